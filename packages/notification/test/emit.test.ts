import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { describe, expect, it } from 'vitest';
import { call, ctx, databases, outbox, principal, start, temporaryFolder } from './support.js';

describe.each(Object.entries(databases))('notifications on %s', (kind, open) => {
  it('tells people in the application, in the order things happened', async () => {
    const { service } = await start({ url: await open() });
    const audience = { users: ['ada', 'bob'] };
    const emit = (name: string) =>
      service.emit({ topic: 'deal.won', audience, payload: { name, id: 7 } }, ctx);
    await emit('Acme');
    await expect.poll(async () => (await service.inbox('ada', {})).unread).toBe(1);
    await emit('Globex');
    await expect.poll(async () => (await service.inbox('bob', {})).unread).toBe(2);
    const { items } = await service.inbox('ada', {});
    expect(items).toHaveLength(2);
    expect(items[0]).toMatchObject({
      topic: 'deal.won',
      title: 'Won: Globex',
      body: 'Globex won',
      url: '/deals/7',
      severity: 'info',
      readAt: null,
    });
    expect(await service.markRead('ada', [items[0]!.id])).toBe(1);
    expect(await service.markRead('ada', [items[0]!.id])).toBe(0);
    expect(await service.markRead('bob', [items[1]!.id])).toBe(0);
    expect(await service.inbox('ada', { read: false })).toMatchObject({
      unread: 1,
      items: [{ title: 'Won: Acme' }],
    });
    expect(await service.inbox('ada', { before: items[0]!.id })).toMatchObject({
      items: [{ title: 'Won: Acme' }],
    });
    expect(await service.archive('ada', [items[1]!.id])).toBe(1);
    expect(await service.inbox('ada', {})).toMatchObject({
      unread: 0,
      items: [{ title: 'Won: Globex' }],
    });
    expect((await service.inbox('ada', { archived: true })).items).toHaveLength(1);
    expect(await service.markRead('bob', 'all')).toBe(2);
  });

  it('writes mail into the outbox, once, to whoever is named twice', async () => {
    const folder = await temporaryFolder();
    const { service } = await start({
      url: await open(),
      config: {
        from: 'CRM <crm@example.com>',
        outboxFolder: folder,
        origin: 'https://crm.example.com',
      },
    });
    const addresses = [
      { email: 'carl@example.com', locale: 'de-AT' },
      { email: 'carl@example.com' },
      { email: '"a@x b"@y' },
      { email: 'dora@example.com,eve@example.com' },
    ];
    const { id } = await service.emit(
      { topic: 'deal.won', audience: { addresses }, payload: { name: 'Acme <1>', id: 'a b' } },
      ctx,
    );
    await expect.poll(async () => (await outbox(folder)).length).toBe(1);
    const [mail = ''] = await outbox(folder);
    expect(mail).toContain('To: carl@example.com\r\n');
    expect(mail).toContain('From: CRM <crm@example.com>\r\n');
    expect(mail).toContain('Subject: Gewonnen: Acme <1>\r\n');
    expect(mail).toContain('Auto-Submitted: auto-generated');
    expect(mail).toContain('Acme <1> ist gewonnen.');
    await expect
      .poll(() => service.deliveries({ notificationId: id }))
      .toMatchObject([
        {
          channel: 'email',
          state: 'sent',
          provider: 'outbox',
          address: 'carl@example.com',
          attempt: 1,
          why: { audience: 'addresses', choice: 'topic', actor: 'system:test', source: null },
        },
      ]);
  });

  it('sends nothing of what is rolled back', async () => {
    const { service, kernel, jobs } = await start({ url: await open() });
    if (kind === 'memory') return;
    const database = kernel.service(databaseService);
    const notification = { topic: 'deal.won', audience: { users: ['ada'] } };
    await expect(
      database.transaction(ctx, async (_session, inner) => {
        await service.emit(notification, inner);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await jobs.list({})).toEqual([]);
    await database.transaction(ctx, (_session, inner) => service.emit(notification, inner));
    await expect.poll(async () => (await service.inbox('ada', {})).unread).toBe(1);
  });

  it('takes one of those with the same key, in a tenant and for a time', async () => {
    const { service } = await start({ url: await open() });
    const emit = (deduplicationKey: string, given = ctx, deduplicateFor = 60_000) =>
      service.emit(
        { topic: 'deal.won', audience: { users: ['ada'] }, deduplicationKey, deduplicateFor },
        given,
      );
    const first = await emit('deal-1');
    expect(first.created).toBe(true);
    const many = await Promise.all(Array.from({ length: 10 }, () => emit('deal-1')));
    expect(many.every(({ id, created }) => id === first.id && !created)).toBe(true);
    expect((await emit('deal-2')).created).toBe(true);
    expect((await emit('deal-1', systemContext('t', { tenantId: 'other' }))).created).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await emit('deal-1', ctx, 1)).created).toBe(true);
    await expect.poll(async () => (await service.inbox('ada', {})).unread).toBe(4);
  });

  it('refuses what it cannot send', async () => {
    const { service } = await start({ url: await open() });
    const refused = (change: object, code = 'notification_invalid') =>
      expect(service.emit({ topic: 'deal.won', ...change }, ctx)).rejects.toMatchObject({ code });
    await refused({ topic: 'nothing' }, 'notification_topic_unknown');
    await refused({ audience: { addresses: [{ phone: '030 1234' }] } });
    await refused({ audience: { everybody: true } });
    await refused({ audience: { fields: ['owner_id'] } });
    await refused({ payload: { big: 'x'.repeat(65 * 1024) } });
    await refused({ payload: { count: 1n } });
    await refused({ deduplicationKey: '' });
  });

  it('fails alone with a text that cannot be filled in, and sends it when it is corrected', async () => {
    const topic = {
      name: 'list',
      label: 'List',
      channels: ['inbox' as const],
      templates: {
        en: { subject: 'S', text: '{{#each all}}{{#each @root.all}}x{{/each}}{{/each}}' },
      },
    };
    const { service } = await start({ url: await open(), config: { topics: [topic] } });
    const payload = { all: Array.from({ length: 150 }, () => 1) };
    await service.emit({ topic: 'list', audience: { users: ['ada'] }, payload }, ctx);
    await expect
      .poll(() => service.deliveries({ topic: 'list' }))
      .toMatchObject([{ state: 'failed', error: { code: 'template_failed' } }]);
    const [failed] = await service.deliveries({ topic: 'list' });
    await expect(service.retry(failed!.id)).rejects.toMatchObject({ code: 'template_failed' });
    await expect(service.retry(failed!.id, { payload: [1] })).rejects.toMatchObject({
      code: 'notification_invalid',
    });
    expect(await service.retry(failed!.id, { payload: { all: [1, 2] } })).toMatchObject({
      state: 'sent',
    });
    expect((await service.inbox('ada', {})).items).toMatchObject([{ body: 'xxxx' }]);
    await expect(service.retry(failed!.id)).rejects.toMatchObject({
      code: 'delivery_state_conflict',
    });
    await expect(service.retry('nothing')).rejects.toMatchObject({ code: 'delivery_not_found' });
  });

  it('tells users of their organization who may read the record, at verified addresses', async () => {
    const url = await open();
    if (url === undefined) return;
    const folder = await temporaryFolder();
    const users = [
      { id: 'ada', email: 'ada@example.com', tenantId: 'acme' },
      { id: 'bob', email: 'bob@example.com', tenantId: 'acme', verified: false },
      { id: 'carl', email: 'carl@example.com', tenantId: 'other' },
      { id: 'stranger', email: 'stranger@example.com', tenantId: 'acme' },
      { id: 'dora', email: 'dora@example.com', tenantId: 'acme' },
    ];
    const { service, kernel } = await start({
      url,
      users,
      config: { outboxFolder: folder },
    });
    const deal = await kernel
      .service(dataEngineService)
      .insert('deal', { name: 'Acme', seller: 'ada' }, ctx);
    const { id } = await service.emit(
      {
        topic: 'deal.won',
        audience: {
          users: ['bob', 'carl', 'stranger', 'dora', 'nobody'],
          fields: ['seller'],
          addresses: [{ email: 'ada@example.com' }],
          except: ['dora'],
        },
        about: { object: 'deal', id: deal['id'] as string },
        payload: { name: 'Acme' },
        source: 'rule "won"',
      },
      ctx,
    );
    const log = async () =>
      (await service.deliveries({ notificationId: id })).map(
        ({ userId, channel, state, cause, why }) =>
          `${userId} ${channel} ${state} ${cause ?? ''} ${why.audience} ${why.source}`,
      );
    await expect
      .poll(async () => (await log()).sort())
      .toEqual([
        'ada email sent  field seller rule "won"',
        'ada inbox sent  field seller rule "won"',
        'bob email skipped no_address users rule "won"',
        'bob inbox sent  users rule "won"',
      ]);
    expect(await outbox(folder)).toHaveLength(1);
    // Without a record to read, the organization decides alone.
    const plain = await service.emit(
      { topic: 'deal.won', audience: { users: ['carl', 'dora'] }, payload: { name: 'Acme' } },
      ctx,
    );
    const told = async () =>
      (await service.deliveries({ notificationId: plain.id })).map(({ userId }) => userId);
    await expect.poll(told).toEqual(['dora', 'dora']);
  });
});

it('serves everybody their own inbox, and the log to who manages notifications', async () => {
  const { service, routes } = await start();
  await service.emit(
    { topic: 'deal.won', audience: { users: ['ada'] }, payload: { name: 'A', id: 1 } },
    ctx,
  );
  await expect.poll(async () => (await service.inbox('ada', {})).unread).toBe(1);
  const page = await call(routes, {
    path: '/api/v1/notifications?read=false&limit=1&type=deal.won',
  });
  expect(page).toMatchObject({
    unreadCount: 1,
    notifications: [{ type: 'deal.won', title: 'Won: A', actionUrl: '/deals/1', read: false }],
  });
  const { id, data } = page.notifications[0];
  const { notificationId } = data;
  expect(page.cursor).toBe(id);
  const why = await call(routes, { path: `/api/notifications/${notificationId}/why` });
  expect(why).toMatchObject({
    topic: 'deal.won',
    deliveries: [
      { channel: 'email', state: 'skipped', cause: 'no_address' },
      { channel: 'inbox', state: 'sent', audience: 'users', choice: 'topic', source: null },
    ],
  });
  const bob = principal('bob', 'acme');
  expect(await call(routes, { path: `/api/notifications/${notificationId}/why`, as: bob })).toEqual(
    {
      code: 'delivery_not_found',
    },
  );
  const mark = (as: typeof bob) =>
    call(routes, { method: 'POST', path: '/api/notifications/read', body: { ids: [id] }, as });
  expect(await mark(bob)).toMatchObject({ readCount: 0 });
  expect(await mark(principal('ada'))).toMatchObject({ readCount: 1 });
  expect(await call(routes, { method: 'POST', path: '/api/notifications/read/all' })).toMatchObject(
    { readCount: 0 },
  );
  expect(
    await call(routes, { method: 'POST', path: '/api/notifications/archive', body: { ids: [id] } }),
  ).toMatchObject({ archivedCount: 1 });
  const system = systemContext('x').principal;
  expect(await call(routes, { path: '/api/notifications', as: system })).toEqual({
    code: 'permission_denied',
  });
  expect(await call(routes, { path: '/api/notifications?limit=0' })).toEqual({
    code: 'invalid_parameter',
  });

  const manager = principal('manager', 'acme');
  for (const path of ['/api/notifications/deliveries', '/api/notifications/topics']) {
    expect(await call(routes, { path })).toEqual({ code: 'permission_denied' });
  }
  const { deliveries } = await call(routes, {
    path: '/api/notifications/deliveries?channel=inbox',
    as: manager,
  });
  expect(deliveries).toHaveLength(1);
  const elsewhere = principal('manager', 'other');
  expect(await call(routes, { path: '/api/notifications/deliveries', as: elsewhere })).toEqual({
    deliveries: [],
  });
  const retry = {
    method: 'POST' as const,
    path: `/api/notifications/deliveries/${deliveries[0].id}/retry`,
  };
  expect(await call(routes, { ...retry, as: elsewhere })).toEqual({ code: 'delivery_not_found' });
  expect(await call(routes, { ...retry, as: manager })).toEqual({
    code: 'delivery_state_conflict',
  });
  expect(await call(routes, { ...retry, body: { payload: 1 }, as: manager })).toEqual({
    code: 'body_invalid',
  });
});

it('shows what a template would say, also one that is not kept', async () => {
  const { service, routes } = await start();
  expect(await service.preview({ topic: 'deal.won', locale: 'de-AT' })).toEqual({
    locale: 'de',
    subject: 'Gewonnen: Sample',
    text: 'Sample ist gewonnen.',
    html: null,
    short: null,
    url: null,
    missing: [],
  });
  const as = principal('manager');
  const preview = (body: unknown) =>
    call(routes, { method: 'POST', path: '/api/notifications/preview', body, as });
  const draft = {
    name: 'draft',
    label: 'Draft',
    templates: { en: { subject: 'Hi {{name}}', text: '{{amount}}', html: '{{name}}' } },
  };
  expect(await preview({ topic: draft, payload: { name: '<b>' } })).toMatchObject({
    subject: 'Hi <b>',
    html: '&lt;b&gt;',
    missing: ['amount'],
  });
  expect(await preview({ topic: 'nothing' })).toEqual({ code: 'notification_topic_unknown' });
  const broken = { ...draft, templates: { en: { subject: '{{#if', text: 't' } } };
  expect(await preview({ topic: broken })).toEqual({ code: 'template_invalid' });
});

it('takes mail of other plugins, sealed in its job, and refuses what is no plain mail', async () => {
  const folder = await temporaryFolder();
  const { mail, jobs } = await start({ config: { outboxFolder: folder } });
  const text = 'https://example.com/reset?token=canary';
  await mail().send({ to: 'ada@example.com', subject: 'Your link', text }, ctx);
  await expect.poll(async () => (await outbox(folder)).length).toBe(1);
  expect((await outbox(folder))[0]).toContain('reset?token=3Dcanary'.replace('=3D', '='));
  expect(JSON.stringify(await jobs.list({}))).not.toContain('canary');
  expect(mail().outboxFolder?.()).toBe(folder);
  const refused = (change: object) =>
    expect(
      mail().send({ to: 'ada@example.com', subject: 'S', text, ...change }, ctx),
    ).rejects.toMatchObject({ code: 'mail_invalid' });
  await refused({ to: 'a@example.com, b@example.com' });
  await refused({ to: '"a@x b"@y' });
  await refused({ to: 'Ada <ada@example.com>' });
  await refused({ to: 'ada@example.com\r\nBcc: eve@example.com' });
  await refused({ subject: 'Hi\r\nBcc: eve@example.com' });
});

it('has no mail service where there is no way for mail', async () => {
  const { mail } = await start();
  expect(mail).toThrow();
});
