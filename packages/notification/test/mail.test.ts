import { expect, it } from 'vitest';
import { closedPort, serveMail, smtpError } from './servers.js';
import { call, ctx, principal, start } from './support.js';

const carl = { addresses: [{ email: 'carl@example.com' }] };
const plain = (host: string) => `smtp://${host}?tls=none`;

async function mailing(smtp: string[], more: object = {}) {
  const config = {
    from: 'CRM <crm@example.com>',
    smtp,
    origin: 'https://crm.example.com',
    ...more,
  };
  const started = await start({ config });
  const { service } = started;
  const emit = (given: object = {}) =>
    service.emit(
      { topic: 'deal.won', audience: carl, payload: { name: 'Acme', id: 7 }, ...given },
      ctx,
    );
  const states = async (id: string) =>
    (await service.deliveries({ notificationId: id })).map(({ state }) => state);
  return { ...started, emit, states };
}

it('sends to a mail server, in text and HTML, with the way out', async () => {
  const server = await serveMail();
  const { emit, service } = await mailing([plain(server.host)]);
  const { id } = await emit();
  await expect.poll(() => server.mails.length).toBe(1);
  const [mail] = server.mails;
  expect(mail).toMatchObject({ from: 'crm@example.com', to: ['carl@example.com'], secure: false });
  const [delivery] = await service.deliveries({ notificationId: id });
  expect(mail!.text).toContain(`Message-ID: <${delivery!.id}@example.com>`);
  expect(mail!.text).toContain('Content-Type: multipart/alternative');
  expect(mail!.text).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click');
  const unfolded = mail!.text.replace(/\r\n[ \t]+/g, '');
  expect(unfolded).toMatch(
    /List-Unsubscribe:\s?<https:\/\/crm\.example\.com\/api\/notifications\/unsubscribe\/[\w.-]+>/,
  );
  expect(mail!.text).toContain('https://crm.example.com/deals/7');
  await expect
    .poll(() => service.deliveries({ notificationId: id }))
    .toMatchObject([{ state: 'sent', provider: server.host }]);
});

it('signs in to the server', async () => {
  const server = await serveMail({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      if (username === 'us er' && password === 'p@ss') callback(null, { user: 'us er' });
      else callback(new Error('wrong'));
    },
  });
  const { emit } = await mailing([`smtp://us%20er:p%40ss@${server.host}?tls=none`]);
  await emit();
  await expect.poll(() => server.mails).toMatchObject([{ user: 'us er' }]);
});

it('speaks to nobody whose certificate it does not trust, and to nobody without one', async () => {
  const untrusted = await serveMail({ disabledCommands: [] });
  const open = await serveMail();
  for (const { host } of [untrusted, open]) {
    const { emit, service } = await mailing([`smtp://${host}`]);
    const { id } = await emit();
    await expect
      .poll(() => service.deliveries({ notificationId: id }))
      .toMatchObject([
        { state: 'waiting', attempt: 1, error: { code: expect.any(String) as string } },
      ]);
  }
  expect([...untrusted.mails, ...open.mails]).toEqual([]);
});

it('takes the next server when one is away, or has no time', async () => {
  const busy = await serveMail({ refuse: () => smtpError(451, '4.7.1 try again later') });
  const good = await serveMail();
  const away = `127.0.0.1:${await closedPort()}`;
  const { emit, service } = await mailing([away, busy.host, good.host].map(plain));
  const { id } = await emit();
  await expect
    .poll(() => service.deliveries({ notificationId: id }))
    .toMatchObject([{ state: 'sent', provider: good.host, attempt: 1 }]);
  expect(good.mails).toHaveLength(1);
});

it('tries again later, and sends nothing more to a mailbox that is not there', async () => {
  const server = await serveMail({
    refuse: (address) =>
      address.startsWith('carl')
        ? smtpError(550, '5.1.1 no such user')
        : smtpError(451, '4.2.0 busy'),
  });
  const { emit, service, states, routes } = await mailing([plain(server.host)]);
  const { id } = await emit();
  await expect.poll(() => states(id)).toEqual(['failed']);
  expect((await service.deliveries({ notificationId: id }))[0]).toMatchObject({
    error: { code: 'smtp_550' },
    attempt: 1,
  });
  const again = await emit();
  await expect.poll(() => states(again.id)).toEqual(['suppressed']);
  expect((await service.deliveries({ notificationId: again.id }))[0]?.cause).toBe('bounced');

  const busy = await emit({ audience: { addresses: [{ email: 'dora@example.com' }] } });
  await expect
    .poll(() => service.deliveries({ notificationId: busy.id }))
    .toMatchObject([
      {
        state: 'waiting',
        attempt: 1,
        error: { message: expect.stringContaining('busy') as string },
      },
    ]);
  const due = (await service.deliveries({ notificationId: busy.id }))[0]!;
  expect(Date.parse(due.dueAt!)).toBeGreaterThan(Date.parse(due.error!.at) + 9_000);

  const manager = principal('manager');
  const list = () => call(routes, { path: '/api/notifications/suppressions', as: manager });
  expect(await list()).toMatchObject({
    suppressions: [
      { channel: 'email', address: 'carl@example.com', topic: null, reason: 'bounced' },
    ],
  });
  const remove = { method: 'POST' as const, path: '/api/notifications/suppressions/remove' };
  const body = { id: (await list()).suppressions[0].id };
  expect(await call(routes, { ...remove, body, as: principal('manager', 'acme') })).toEqual({
    code: 'permission_denied',
  });
  expect(await call(routes, { ...remove, body, as: manager })).toEqual({ success: true });
  expect(await list()).toEqual({ suppressions: [] });
});

it('gives the mail of other plugins up when the server refuses it for good', async () => {
  const server = await serveMail({ refuse: () => smtpError(554, '5.7.1 refused') });
  const { mail, jobs } = await mailing([plain(server.host)]);
  await mail().send({ to: 'ada@example.com', subject: 'S', text: 'T' }, ctx);
  await expect
    .poll(() => jobs.list({ name: 'notification.mail' }))
    .toMatchObject([{ state: 'dead', error: { code: 'job_discarded' } }]);
  expect(mail().outboxFolder?.()).toBeUndefined();
});

it('gets people out of a topic by the link in a mail, and by nothing else', async () => {
  const server = await serveMail();
  const { emit, states, routes, service } = await mailing([plain(server.host)]);
  await emit();
  await expect.poll(() => server.mails.length).toBe(1);
  const unfolded = server.mails[0]!.text.replace(/\r\n[ \t]+/g, '');
  const link = /List-Unsubscribe:\s?<https:\/\/crm\.example\.com([^>]+)>/.exec(unfolded)![1]!;
  const visit = async (method: 'GET' | 'POST', path: string) => {
    const route = routes.find(
      (one) => one.method === method && one.path.includes('/unsubscribe/'),
    )!;
    expect(route.access).toBe('public');
    const params = { token: path.split('/').at(-1)! };
    const anonymous = { principal: principal('nobody'), requestId: 'r', params };
    const answer = await route.handler(new Request(`http://x${path}`, { method }), anonymous);
    return { status: answer.status, text: await answer.text() };
  };
  expect(await visit('GET', link)).toMatchObject({
    status: 200,
    text: expect.stringContaining('carl@example.com') as string,
  });
  const second = await emit();
  await expect.poll(() => states(second.id)).toEqual(['sent']);
  for (const wrong of [
    `${link}x`,
    link.replace('unsubscribe/', 'unsubscribe/x'),
    '/unsubscribe/e30.e30',
  ]) {
    expect(await visit('POST', wrong)).toMatchObject({ status: 404 });
  }
  expect(await visit('POST', link)).toMatchObject({ status: 200 });
  const third = await emit();
  await expect.poll(() => states(third.id)).toEqual(['suppressed']);
  expect((await service.deliveries({ notificationId: third.id }))[0]?.cause).toBe('unsubscribed');
});

it('offers no way out of what must be sent', async () => {
  const server = await serveMail();
  const { emit } = await mailing([plain(server.host)]);
  await emit({ severity: 'critical', payload: { name: 'A\r\nBcc: eve@example.com', id: 1 } });
  await expect.poll(() => server.mails.length).toBe(1);
  const [{ text, to }] = server.mails as [(typeof server.mails)[0]];
  expect(text).not.toContain('List-Unsubscribe');
  expect(text).toContain('Subject: Won: A Bcc: eve@example.com\r\n');
  const [head] = text.split('\r\n\r\n');
  expect(head).not.toMatch(/^Bcc:/m);
  expect(to).toEqual(['carl@example.com']);
});
