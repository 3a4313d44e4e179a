import { vi, afterEach, describe, expect, it } from 'vitest';
import {
  call,
  ctx,
  databases,
  dealWon,
  outbox,
  principal,
  start,
  temporaryFolder,
  type Setup,
} from './support.js';

const users = [
  { id: 'ada', email: 'ada@example.com', tenantId: 'acme' },
  { id: 'bob', email: 'bob@example.com', tenantId: 'acme' },
];

async function people(url: string | undefined, more: Setup['config'] = {}) {
  const folder = await temporaryFolder();
  const { service, routes, kernel } = await start({
    url,
    users,
    config: { outboxFolder: folder, ...more },
  });
  const emit = (given: object = {}) =>
    service.emit(
      {
        topic: 'deal.won',
        audience: { users: ['ada'] },
        payload: { name: 'Acme', id: 7 },
        ...given,
      },
      ctx,
    );
  const log = async (id: string) =>
    (await service.deliveries({ notificationId: id }))
      .map(({ channel, state, cause, why }) => `${channel} ${state} ${cause ?? ''} ${why.choice}`)
      .sort();
  const as = principal('ada', 'acme');
  const put = (path: string, body: unknown, who = as) =>
    call(routes, { method: 'PUT', path: `/api/notifications${path}`, body, as: who });
  const get = (path: string, who = as) =>
    call(routes, { path: `/api/notifications${path}`, as: who });
  return { service, kernel, routes, folder, emit, log, put, get };
}

afterEach(() => {
  vi.useRealTimers();
});

const open = databases['SQLite']!;

describe('choices', () => {
  it('are asked from the most specific to the default', async () => {
    const { emit, log, put } = await people(await open());
    const told = async (given: object = {}) => {
      const { id } = await emit(given);
      await expect.poll(async () => (await log(id)).length).toBeGreaterThan(0);
      await expect
        .poll(async () => (await log(id)).some((one) => one.includes('waiting')))
        .toBe(false);
      return log(id);
    };
    expect(await told()).toEqual(['email sent  topic', 'inbox sent  topic']);
    const manager = principal('manager', 'acme');
    await put(
      '/choices/organization',
      { scope: 'topic', name: 'deal.won', channel: 'email', choice: 'off' },
      manager,
    );
    expect(await told()).toEqual([
      'email skipped switched_off choice of the organization for the topic',
      'inbox sent  topic',
    ]);
    await put('/choices', { scope: 'all', channel: '*', choice: 'instant' });
    expect(await told()).toEqual([
      'email sent  own choice for the channel',
      'inbox sent  own choice for the channel',
      'push skipped no_address own choice for the channel',
      'sms skipped no_address own choice for the channel',
    ]);
    await put('/choices', { scope: 'category', name: 'sales', channel: '*', choice: 'off' });
    expect(await told()).toEqual([
      'email skipped switched_off own choice for the category',
      'inbox skipped switched_off own choice for the category',
      'push skipped switched_off own choice for the category',
      'sms skipped switched_off own choice for the category',
    ]);
    await put('/choices', {
      scope: 'topic',
      name: 'deal.won',
      channel: 'inbox',
      choice: 'instant',
    });
    expect((await told())[1]).toBe('inbox sent  own choice for the topic');
    expect(await told({ severity: 'critical' })).toEqual([
      'email sent  critical',
      'inbox sent  critical',
      'push skipped switched_off own choice for the category',
      'sms skipped switched_off own choice for the category',
    ]);
    await put('/choices', { scope: 'topic', name: 'deal.won', channel: 'inbox', choice: null });
    expect((await told())[1]).toBe('inbox skipped switched_off own choice for the category');
  });

  it('cannot switch off what is mandatory', async () => {
    const { emit, log, put, get } = await people(await open(), {
      topics: [{ ...dealWon, channels: ['inbox'], mandatory: true }],
    });
    await put('/choices', { scope: 'all', channel: '*', choice: 'off' });
    const { id } = await emit();
    await expect.poll(() => log(id)).toContain('inbox sent  mandatory');
    const { topics } = (await get('/choices')) as {
      topics: { name: string; channels: object[] }[];
    };
    const deal = topics.find(({ name }) => name === 'deal.won');
    expect(deal).toMatchObject({ mandatory: true, label: 'Deal won' });
    expect(deal?.channels[0]).toEqual({
      channel: 'inbox',
      isDefault: true,
      choice: 'instant',
      by: 'mandatory',
    });
  });

  it('are shown and taken in the words of the published clients', async () => {
    const { get, put, emit, log } = await people(await open());
    expect(await get('/preferences')).toEqual({
      preferences: { email: true, push: true, inApp: true, digest: 'none' },
    });
    const preferences = {
      push: false,
      digest: 'weekly',
      channels: { 'deal.won': { enabled: true, email: false }, other: { enabled: false } },
    };
    expect(await put('/preferences', { preferences })).toEqual({
      preferences: {
        email: true,
        push: false,
        inApp: true,
        digest: 'weekly',
        channels: { 'deal.won': { enabled: true, email: false }, other: { enabled: false } },
      },
    });
    expect((await get('/profile')).digestMinutes).toBe(7 * 1440);
    const { id } = await emit();
    await expect
      .poll(() => log(id))
      .toContain('email skipped switched_off own choice for the topic');
    expect(
      await put('/preferences', { preferences: { email: false, digest: 'daily' } }),
    ).toMatchObject({
      preferences: { email: false },
    });
    expect(await put('/preferences', { preferences: { colour: 'red' } })).toEqual({
      code: 'body_invalid',
    });
  });

  it('are refused where they make no sense, and for others', async () => {
    const { put, get } = await people(await open());
    const invalid = { code: 'body_invalid' };
    expect(await put('/choices', { scope: 'topic', choice: 'off' })).toEqual(invalid);
    expect(await put('/choices', { scope: 'all', name: 'x', choice: 'off' })).toEqual(invalid);
    expect(await put('/choices', { scope: 'all', choice: 'sometimes' })).toEqual(invalid);
    expect(await put('/choices', { scope: 'all', channel: 'webhook', choice: 'off' })).toEqual(
      invalid,
    );
    expect(await put('/profile', { quietFrom: '25:00' })).toEqual(invalid);
    expect(await put('/profile', { timeZone: 'Mars/Olympus' })).toEqual(invalid);
    expect(await put('/profile', { locale: 'no tag' })).toEqual(invalid);
    expect(await put('/choices/organization', { scope: 'all', choice: 'off' })).toEqual({
      code: 'permission_denied',
    });
    expect(await get('/choices/organization')).toEqual({ code: 'permission_denied' });
  });
});

describe.each(Object.entries(databases).filter(([kind]) => kind !== 'memory'))(
  'time on %s',
  (_kind, openOne) => {
    it('holds what comes in quiet hours, but for what is critical', async () => {
      vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-03-28T22:30:00Z') });
      const { emit, log, put, folder } = await people(await openOne());
      await put('/profile', {
        locale: 'de',
        timeZone: 'Europe/Berlin',
        quietFrom: '22:00',
        quietTo: '07:00',
      });
      const { id } = await emit();
      await expect
        .poll(() => log(id))
        .toEqual(['email held quiet_hours topic', 'inbox sent  topic']);
      const loud = await emit({ severity: 'critical' });
      await expect
        .poll(() => log(loud.id))
        .toEqual(['email sent  critical', 'inbox sent  critical']);
      // 07:00 in Berlin, an hour earlier than the night before: the clock was moved.
      vi.setSystemTime(Date.parse('2026-03-29T04:59:58Z'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(await log(id)).toContain('email held quiet_hours topic');
      vi.setSystemTime(Date.parse('2026-03-29T05:00:01Z'));
      await expect.poll(() => log(id)).toEqual(['email sent  topic', 'inbox sent  topic']);
      expect((await outbox(folder)).at(-1)).toContain('Subject: Gewonnen: Acme');
    });

    it('collects into one message, and opens the next window after it', async () => {
      const begin = Date.parse('2026-06-01T08:00:00Z');
      vi.useFakeTimers({ toFake: ['Date'], now: begin });
      const { emit, log, folder, service } = await people(await openOne(), {
        topics: [{ ...dealWon, channels: ['email'], digestMinutes: 30 }],
      });
      const audience = { users: ['ada', 'bob'] };
      const many = await Promise.all(
        ['A', 'B', 'C'].map((name) => emit({ audience, payload: { name, id: name } })),
      );
      for (const { id } of many) {
        await expect
          .poll(() => log(id))
          .toEqual(['email collecting  topic', 'email collecting  topic']);
      }
      expect(await outbox(folder)).toEqual([]);
      vi.setSystemTime(begin + 30 * 60_000 + 1_000);
      await expect.poll(async () => (await outbox(folder)).length).toBe(2);
      const states = async () =>
        (await service.deliveries({ userId: 'ada' })).map(({ state }) => state).sort();
      await expect.poll(states).toEqual(['digested', 'digested', 'sent']);
      for (const mail of await outbox(folder)) expect(mail).toMatch(/3 deals:( [ABC]){3}/);
      const next = await emit({ payload: { name: 'D', id: 'D' } });
      await expect.poll(() => log(next.id)).toEqual(['email collecting  topic']);
      const [open] = await service.deliveries({ notificationId: next.id });
      expect(Date.parse(open!.dueAt!)).toBeGreaterThan(begin + 60 * 60_000);
      vi.setSystemTime(begin + 2 * 3_600_000);
      await expect.poll(() => log(next.id)).toEqual(['email sent  topic']);
      expect((await outbox(folder)).at(-1)).toContain('1 deals: D');
    });
  },
);
