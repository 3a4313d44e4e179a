import { outboundPlugin } from '@objectos/outbound';
import type { ServerResponse } from 'node:http';
import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { databaseService } from '@objectql/core/plugin';
import { createSealer } from '../src/sealer.js';
import { is, setRows } from '../src/store.js';
import { endpointTable, follows, newSecret, type EndpointRow } from '../src/webhook/endpoints.js';
import { WEBHOOK_SCHEDULE } from '../src/channels/webhook.js';
import { serve, type Received } from './servers.js';
import { call, ctx, databases, principal, start } from './support.js';

const manager = principal('manager', 'acme');
const webhooks = '/api/notifications/endpoints';

afterEach(() => {
  vi.useRealTimers();
});

async function hooks(url: string | undefined, { allow = ['127.0.0.1'], timeout = 15_000 } = {}) {
  const { service, routes, kernel } = await start({
    url,
    plugins: [outboundPlugin],
    settings: { '@objectos/outbound': { allow } },
    config: { webhook: { timeout } },
  });
  const as = (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path = '',
    body?: unknown,
    who = manager,
  ) => call(routes, { method, path: `${webhooks}${path}`, body, as: who });
  const add = async (target: string, topics = ['*']): Promise<{ id: string; secret: string }> =>
    (await as('POST', '', { url: target, topics, label: 'ERP' })) as never;
  const emit = async (given: object = {}, by = ctx) => {
    const payload = { name: 'Acme', id: 7 };
    const { id } = await service.emit({ topic: 'deal.won', payload, ...given }, by);
    return () => service.deliveries({ notificationId: id, channel: 'webhook' });
  };
  /** The secret of an endpoint, as if it were sealed with another one of ours. */
  const lose = (id: string) =>
    kernel.service(databaseService).transaction(ctx, (session) =>
      setRows<EndpointRow>(session, endpointTable, {
        where: is('id', id),
        set: { secret: createSealer('another secret').seal(newSecret()) },
      }),
    );
  return { service, as, add, emit, lose };
}

const posts = (received: readonly Received[]) => received.filter(({ method }) => method === 'POST');
const headersOf = ({ headers }: Received) => headers as Record<string, string>;

describe.each(Object.entries(databases))('webhooks on %s', (_kind, open) => {
  it('are signed as Standard Webhooks has it, for endpoints that follow the topic', async () => {
    const receiver = await serve((_request, response) => response.end('ok'));
    const { add, emit, as } = await hooks(await open());
    const { id, secret } = await add(`${receiver.url}/hook`, ['other', 'deal.*']);
    await add(`${receiver.url}/other`, ['deals.*']);
    expect(secret).toMatch(/^whsec_/);
    const log = await emit({ source: 'rule "won"' });
    await expect.poll(log).toMatchObject([
      {
        state: 'sent',
        address: id,
        userId: null,
        why: { audience: 'endpoint', choice: 'follows deal.*', source: 'rule "won"' },
      },
    ]);
    const [request] = posts(receiver.received);
    expect(request?.path).toBe('/hook');
    const body = request!.body.toString();
    expect(new Webhook(secret).verify(body, headersOf(request!))).toMatchObject({
      type: 'deal.won',
      data: { name: 'Acme', id: 7 },
    });
    const other = (await as('POST', `/${id}/rotate`)) as { secret: string };
    await expect.poll(await emit()).toMatchObject([{ state: 'sent' }]);
    const second = posts(receiver.received)[1]!;
    for (const one of [secret, other.secret]) {
      expect(() =>
        new Webhook(one).verify(second.body.toString(), headersOf(second)),
      ).not.toThrow();
    }
    const { endpoints } = await as('GET');
    expect(endpoints).toHaveLength(2);
    expect(JSON.stringify(endpoints)).not.toContain('whsec_');
  });

  it('are tried again by the schedule, under the same id, until one is taken', async () => {
    const begin = Date.parse('2026-06-01T08:00:00Z');
    vi.useFakeTimers({ toFake: ['Date'], now: begin });
    const receiver = await serve((request, response) => {
      if (request.method !== 'POST') return response.end();
      const tries = posts(receiver.received).length;
      return response.writeHead(tries <= 3 ? 500 : 204).end();
    });
    const { add, emit, as } = await hooks(await open());
    await add(receiver.url);
    const log = await emit();
    for (const attempt of [1, 2, 3]) {
      await expect
        .poll(log)
        .toMatchObject([{ state: 'waiting', attempt, error: { code: 'http_500' } }]);
      const { dueAt, error } = (await log())[0]!;
      const wait = Date.parse(dueAt!) - Date.parse(error!.at);
      const planned = WEBHOOK_SCHEDULE[attempt]!;
      expect(wait).toBeGreaterThanOrEqual(planned);
      expect(wait).toBeLessThanOrEqual(planned * 1.1 + 1);
      expect((await as('GET')).endpoints[0].failingSince).not.toBeNull();
      vi.setSystemTime(Date.parse(dueAt!) + 10);
    }
    await expect.poll(log).toMatchObject([{ state: 'sent', attempt: 4, error: null }]);
    const ids = new Set(posts(receiver.received).map(({ headers }) => headers['webhook-id']));
    expect(ids.size).toBe(1);
    expect((await as('GET')).endpoints[0]).toMatchObject({ failingSince: null, enabled: true });
  });

  it('end after the whole schedule; the endpoint is disabled, and who made it is told', async () => {
    const begin = Date.parse('2026-06-01T08:00:00Z');
    vi.useFakeTimers({ toFake: ['Date'], now: begin });
    const receiver = await serve((_request, response) => response.writeHead(500).end());
    const { add, emit, as, service } = await hooks(await open());
    const { id } = await add(receiver.url);
    const log = await emit();
    for (let attempt = 1; attempt < WEBHOOK_SCHEDULE.length; attempt += 1) {
      await expect.poll(log).toMatchObject([{ state: 'waiting', attempt }]);
      vi.setSystemTime(Date.parse((await log())[0]!.dueAt!) + 10);
    }
    await expect.poll(log).toMatchObject([{ state: 'failed', attempt: 10 }]);
    expect(posts(receiver.received)).toHaveLength(10);
    expect((await as('GET')).endpoints[0]).toMatchObject({
      enabled: false,
      disabledReason: expect.stringContaining('hours') as string,
    });
    await expect
      .poll(async () => (await service.inbox('manager', {})).items)
      .toMatchObject([{ title: 'The webhook endpoint "ERP" is disabled' }]);
    expect(await (await emit())()).toEqual([]);
    // Enabled again, what failed can be sent once more.
    await as('PATCH', `/${id}`, { enabled: true });
    expect(await service.retry((await log())[0]!.id)).toMatchObject({
      state: 'waiting',
      attempt: 0,
    });
    await expect.poll(log).toMatchObject([{ state: 'waiting', attempt: 1 }]);
  });
});

const open = databases['SQLite']!;

it('disables an endpoint that answers 410 at once', async () => {
  const receiver = await serve((_request, response) => response.writeHead(410).end());
  const { add, emit, as, service } = await hooks(await open());
  await add(receiver.url);
  await expect.poll(await emit()).toMatchObject([{ state: 'failed', error: { code: 'http_410' } }]);
  expect((await as('GET')).endpoints[0]).toMatchObject({
    enabled: false,
    disabledReason: 'it answered 410',
  });
  await expect.poll(async () => (await service.inbox('manager', {})).unread).toBe(1);
});

it('says when the secret of an endpoint can be read no more, until it is rotated', async () => {
  const receiver = await serve((_request, response) => response.end());
  const { add, emit, as, lose } = await hooks(await open());
  const { id } = await add(receiver.url);
  await lose(id);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'failed', error: { code: 'secret_unreadable' } }]);
  expect(posts(receiver.received)).toEqual([]);
  await as('POST', `/${id}/rotate`);
  await expect.poll(await emit()).toMatchObject([{ state: 'sent' }]);
});

it('waits as long as the receiver asks', async () => {
  const receiver = await serve((_request, response) =>
    response.writeHead(429, { 'retry-after': '900' }).end(),
  );
  const { add, emit } = await hooks(await open());
  await add(receiver.url);
  const log = await emit();
  await expect.poll(log).toMatchObject([{ state: 'waiting', attempt: 1 }]);
  const { dueAt, error } = (await log())[0]!;
  expect(Date.parse(dueAt!) - Date.parse(error!.at)).toBe(900_000);
});

it('keeps no other waiting for a slow receiver', async () => {
  const held: ServerResponse[] = [];
  const slow = await serve((request, response) => {
    if (request.method === 'POST') held.push(response);
    else response.end();
  });
  const quick = await serve((_request, response) => response.end());
  const { add, emit } = await hooks(await open());
  await add(slow.url);
  await add(quick.url);
  await Promise.all(Array.from({ length: 12 }, () => emit()));
  await expect.poll(() => posts(quick.received).length).toBe(12);
  // All of them were through while the slow one held its first two.
  expect(held).toHaveLength(2);
  for (const response of held) response.end();
});

it('cuts a receiver off that takes too long', async () => {
  const receiver = await serve((request, response) => {
    if (request.method !== 'POST') response.end();
  });
  const { add, emit } = await hooks(await open(), { timeout: 200 });
  await add(receiver.url);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'waiting', attempt: 1, error: { code: 'outbound_timeout' } }]);
});

it('follows no redirect, and calls nobody in a private network', async () => {
  const inside = await serve((_request, response) => response.end());
  const outside = await serve((_request, response) =>
    response.writeHead(302, { location: `${inside.url}/admin` }).end(),
  );
  const { add, emit } = await hooks(await open());
  await add(outside.url);
  await expect
    .poll(await emit())
    .toMatchObject([{ state: 'waiting', error: { code: 'outbound_redirected' } }]);
  expect(inside.received).toEqual([]);

  const closed = await hooks(await open(), { allow: [] });
  for (const target of [
    inside.url,
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'nonsense',
    'https://x.example/#y',
  ]) {
    expect(await closed.add(target)).toEqual({ code: 'webhook_endpoint_invalid' });
  }
  expect(inside.received).toEqual([]);
});

it('keeps endpoints and what they hear within the organization', async () => {
  const receiver = await serve((_request, response) => response.end());
  const { add, emit, as } = await hooks(await open());
  const { id } = await add(receiver.url);
  const log = await emit({}, { ...ctx, principal: { ...ctx.principal, tenantId: 'other' } });
  const eve = principal('eve', 'acme');
  expect(await as('GET', '', undefined, eve)).toEqual({ code: 'permission_denied' });
  const elsewhere = principal('manager', 'other');
  expect(await as('GET', '', undefined, elsewhere)).toEqual({ endpoints: [] });
  for (const method of ['PATCH', 'DELETE'] as const) {
    expect(await as(method, `/${id}`, {}, elsewhere)).toEqual({
      code: 'webhook_endpoint_not_found',
    });
  }
  expect(await as('PATCH', `/${id}`, { topics: ['not a topic!'] })).toEqual({
    code: 'body_invalid',
  });
  expect(await as('PATCH', `/${id}`, { label: 'New', enabled: false })).toMatchObject({
    label: 'New',
    enabled: false,
  });
  expect(await as('DELETE', `/${id}`)).toMatchObject({ success: true });
  expect(await log()).toEqual([]);
  expect(posts(receiver.received)).toEqual([]);
});

it('says that there are no webhooks without the outbound plugin', async () => {
  const { routes } = await start();
  const body = { url: 'https://example.com', label: 'ERP' };
  expect(await call(routes, { method: 'POST', path: webhooks, body, as: manager })).toEqual({
    code: 'notification_channel_missing',
  });
});

it('knows which topics a pattern means', () => {
  expect(follows('*', 'a.b')).toBe(true);
  expect(follows('a.b', 'a.b')).toBe(true);
  expect(follows('a.*', 'a.b.c')).toBe(true);
  expect(follows('a.*', 'ab.c')).toBe(false);
  expect(follows('a.b', 'a.bc')).toBe(false);
});
