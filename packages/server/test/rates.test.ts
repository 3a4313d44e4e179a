import {
  accessPolicyService,
  addressKey,
  definePlugin,
  type CounterService,
  type Principal,
} from '@objectos/spec/contracts';
import { cachePlugin, createMemoryCounters } from '@objectos/cache';
import { createError } from '@objectos/spec/errors';
import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { serverConfigSchema } from '../src/config.js';
import { createRateCounters, usedOf } from '../src/rates/rate-counters.js';
import { authenticatorPlugin, startServer, type TestServerOptions } from './support.js';

const user = (id: string, tenantId: string | null = null): Principal => ({
  kind: 'user',
  id,
  tenantId,
  roles: [],
  fingerprint: id,
});

/** Users by the name in their bearer token, `name@tenant`. */
const byName = authenticatorPlugin({
  authenticate({ headers: { authorization } }) {
    const [, name = '', tenant] = /^Bearer ([^@]+)@?(.*)$/.exec(String(authorization)) ?? [];
    return name === '' || name === 'undefined' ? undefined : user(name, tenant || null);
  },
});

/** Windows of a day, so that none ends while a test runs. */
const DAY = 86_400;
const start = (rateLimits: object, more: TestServerOptions = {}) =>
  startServer({ ...more, plugins: [byName], config: { rateLimits, ...more.config } });

const none = { address: false, principal: false, tenant: false };

describe('rate limits', () => {
  it('hold each user for itself, and say where one stands (rate_limited)', async () => {
    const { call } = await start({ ...none, principal: { requests: 2, seconds: DAY } });
    const get = (token: string) => call('GET', '/api/metadata', { token });
    const first = await get('ada');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-limit')).toBe('2');
    expect(first.headers.get('ratelimit-remaining')).toBe('1');
    expect(first.headers.get('ratelimit-policy')).toBe(`2;w=${DAY}`);
    expect(Number(first.headers.get('ratelimit-reset'))).toBeGreaterThan(0);
    expect((await get('ada')).headers.get('ratelimit-remaining')).toBe('0');
    const refused = await get('ada');
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: 'rate_limited', retryable: true });
    expect(refused.headers.get('retry-after')).toBe(refused.headers.get('ratelimit-reset'));
    expect(refused.headers.get('ratelimit-remaining')).toBe('0');
    expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
    expect((await get('bob')).status).toBe(200);
  });

  it('hold a tenant as a whole', async () => {
    const { call } = await start({ ...none, tenant: { requests: 2, seconds: DAY } });
    const status = async (token: string) => (await call('GET', '/api/metadata', { token })).status;
    expect(await status('ada@a')).toBe(200);
    expect(await status('bob@a')).toBe(200);
    expect(await status('cem@a')).toBe(429);
    expect(await status('eva@b')).toBe(200);
    expect(await status('nobody')).toBe(200);
  });

  it('hold who does not sign in by address, however the path, method or header is spelled', async () => {
    const { call } = await start({ ...none, address: { requests: 4, seconds: DAY } });
    const spellings = ['/api/data/contact', '//api/data/contact', '/API/data/contact', '/nosuch'];
    for (const [index, path] of spellings.entries()) {
      const headers = { 'x-forwarded-for': `203.0.113.${index}`, 'x-http-method-override': 'GET' };
      expect((await call('GET', path, { token: null, headers })).status).toBe(401);
    }
    const headers = { 'x-forwarded-for': '203.0.113.99', 'x-real-ip': '203.0.113.99' };
    expect((await call('POST', '/x', { token: null, headers })).status).toBe(429);
    expect((await call('GET', '/healthz', { token: null })).status).toBe(200);
    expect((await call('GET', '/api/metadata', { token: 'ada' })).status).toBe(200);
  });

  it('spend no look-up on unknown credentials of an address that sent too many, on /readyz neither', async () => {
    const good = new Set(['ada']);
    let lookUps = 0;
    const nameOf = (authorization: unknown) => String(authorization).replace('Bearer ', '');
    const lookingUp = authenticatorPlugin({
      knows: ({ headers }) => good.has(nameOf(headers['authorization'])),
      authenticate({ headers }) {
        const name = nameOf(headers['authorization']);
        lookUps += 1;
        if (good.has(name)) return user(name);
        throw createError('unauthenticated', { reason: 'no' });
      },
    });
    const { call } = await startServer({
      plugins: [lookingUp],
      config: { rateLimits: { ...none, address: { requests: 3, seconds: DAY } } },
    });
    const status = async (path: string, token: string) =>
      (await call('GET', path, { token })).status;
    const readiness = await status('/readyz', 'guess-0');
    for (const token of ['guess-1', 'guess-2']) expect(await status('/x', token)).toBe(401);
    expect([readiness, lookUps]).toEqual([200, 3]);
    const refused = await call('GET', '/api/metadata', { token: 'guess-3' });
    expect([refused.status, refused.body]).toMatchObject([429, { code: 'rate_limited' }]);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await status('/readyz', 'guess-4')).toBe(200);
    expect(lookUps).toBe(3);
    expect(await status('/api/metadata', 'ada')).toBe(200);
  });

  it('take the address of the client from trusted proxies only', async () => {
    const { call } = await start(
      { ...none, address: { requests: 1, seconds: DAY } },
      { config: { trustProxy: ['127.0.0.0/8'] } },
    );
    const from = async (ip: string) =>
      (await call('GET', '/x', { token: null, headers: { 'x-forwarded-for': ip } })).status;
    expect(await from('203.0.113.1')).toBe(401);
    expect(await from('203.0.113.1')).toBe(429);
    expect(await from('203.0.113.2')).toBe(401);
    expect(await from('2001:db8::1')).toBe(401);
    expect(await from('2001:db8::ffff')).toBe(429);
  });

  it('hold single routes, by their registered path', async () => {
    const path = '/api/metadata/:type';
    const routes = [{ method: 'GET', path, requests: 1, seconds: DAY }];
    const { call } = await start({ ...none, routes });
    const status = async (target: string, token = 'ada') =>
      (await call('GET', target, { token })).status;
    expect(await status('/api/metadata/objects')).toBe(200);
    expect(await status('/api/metadata/views')).toBe(429);
    expect(await status('/api/metadata')).toBe(200);
    expect(await status('/api/metadata/views', 'bob')).toBe(200);
  });

  it('count a batch by its operations', async () => {
    const { call } = await start({ ...none, principal: { requests: 10, seconds: DAY } });
    const one = { object: 'contact', action: 'create', data: { name: 'x' } };
    const body = { operations: Array.from({ length: 8 }, () => one) };
    const first = await call('POST', '/api/batch', { token: 'ada', body });
    expect(first.status).not.toBe(429);
    expect((await call('POST', '/api/batch', { token: 'ada', body })).status).toBe(429);
    const rest = await call('GET', '/api/metadata', { token: 'ada' });
    // 1 for the refused request itself; its operations count no longer.
    expect([rest.status, rest.headers.get('ratelimit-remaining')]).toEqual([200, '0']);
    const records = { operation: 'create', records: body.operations.map(() => ({ data: {} })) };
    const bulk = { token: 'bob', body: records };
    expect((await call('POST', '/api/data/contact/batch', bulk)).status).not.toBe(429);
    expect((await call('POST', '/api/data/contact/batch', bulk)).status).toBe(429);
  });

  it('count a bulk write as a tenth of its records; by filter, when they are known', async () => {
    const open = definePlugin({
      manifest: { id: 'open', version: '1.0.0' },
      provides: [accessPolicyService],
      setup(ctx) {
        ctx.provide(accessPolicyService, { decide: () => ({ allowed: true }) });
      },
    });
    const { call } = await startServer({
      plugins: [byName, open],
      config: { rateLimits: { ...none, principal: { requests: 12, seconds: DAY } } },
    });
    const left = async (token: string, path: string, body?: object) => {
      const method = body === undefined ? 'GET' : 'POST';
      const { status, headers } = await call(method, path, { token, body });
      return [status, headers.get('ratelimit-remaining')];
    };
    const make = (count: number) => Array.from({ length: count }, () => ({ name: 'x' }));
    const create = '/api/data/contact/createMany';
    // Answers tell what is left before the records are counted.
    expect(await left('ada', create, make(91))).toEqual([201, '11']);
    expect(await left('ada', create, make(31))).toEqual([429, '1']);
    expect(await left('ada', '/api/metadata')).toEqual([200, '0']);
    const remove = { filter: { name: 'x' }, expected: 91 };
    expect(await left('bob', '/api/data/contact/deleteMany', remove)).toEqual([200, '11']);
    expect(await left('bob', '/api/metadata')).toEqual([200, '1']);
  });

  it('are not told to the system, nor where they are off', async () => {
    const { call } = await startServer({
      config: { rateLimits: { ...none, principal: { requests: 1, seconds: DAY } } },
    });
    for (let times = 0; times < 3; times += 1) {
      const answer = await call('GET', '/api/metadata');
      expect([answer.status, answer.headers.get('ratelimit-limit')]).toEqual([200, null]);
    }
  });

  it('are on unless somebody switches them off', () => {
    const { rateLimits } = serverConfigSchema.parse({});
    expect(rateLimits).toMatchObject({
      address: { requests: 3_000, seconds: 60 },
      principal: { requests: 12_000, seconds: 60 },
      tenant: { requests: 120_000, seconds: 60 },
      routes: [],
    });
  });
});

const redisUrl = await findRedis();

describe.skipIf(redisUrl === undefined)('two nodes on one Redis (skipped without Redis)', () => {
  it('count together', async () => {
    const cache = { redisUrl, prefix: `test:${randomUUID()}` };
    const node = () =>
      startServer({
        plugins: [cachePlugin, byName],
        config: { rateLimits: { ...none, principal: { requests: 1_000, seconds: DAY } } },
        pluginConfig: { '@objectos/cache': cache },
      });
    const [one, two] = [await node(), await node()];
    const left = async ({ call }: typeof one, token: string) =>
      Number((await call('GET', '/api/metadata', { token })).headers.get('ratelimit-remaining'));
    for (let times = 0; times < 20; times += 1) await left(one, 'ada');
    let asked = 0;
    const left2 = async () => (await left(two, 'ada')) + (asked += 1);
    await expect.poll(left2).toBe(1_000 - 20);
    await expect.poll(async () => (await left(one, 'ada')) < 1_000 - 20 - asked).toBe(true);
    expect(await left(two, 'bob')).toBe(999);
  });
});

function findRedis(): Promise<string | undefined> {
  const url = process.env['TEST_REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port || 6379) });
    socket.once('connect', () => resolve(url)).once('error', () => resolve(undefined));
    socket.once('connect', () => socket.destroy());
  });
}

describe('addressKey', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '::ffff:203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::6', '2001:db8:1:2'],
    ['2001:db8::6', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
  ])('of %s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });
});

describe('rate counters', () => {
  const rate = { requests: 10, seconds: 60 };
  let time = 0;
  const now = () => time;

  it('begin anew with each window', () => {
    const counters = createRateCounters({ now });
    const rule = counters.rule('r', rate);
    counters.add(rule, counters.usage(rule, 'a', 59_999), 3);
    expect(usedOf(counters.usage(rule, 'a', 59_999))).toBe(3);
    expect(usedOf(counters.usage(rule, 'a', 60_000))).toBe(0);
  });

  it('keep a bounded number of keys; who comes later shares one count', () => {
    const counters = createRateCounters({ now, maxKeys: 2 });
    const rule = counters.rule('r', rate);
    for (const key of ['a', 'b', 'c', 'd']) counters.add(rule, counters.usage(rule, key, 0), 1);
    expect(['a', 'b', 'c', 'e'].map((key) => usedOf(counters.usage(rule, key, 0)))).toEqual([
      1, 1, 2, 2,
    ]);
    expect(rule.usages.size).toBe(3);
  });

  it('count with other nodes, lose nothing on the way, and go on alone', async () => {
    time = 5_000;
    const memory = createMemoryCounters(now);
    let away = false;
    const shared: CounterService = {
      shared: true,
      add: (list) => (away ? Promise.reject(new Error('away')) : memory.add(list)),
    };
    const nodes = [0, 1].map(() => createRateCounters({ now, counters: () => shared }));
    const rules = nodes.map((node) => node.rule('r', rate));
    const use = (at: 0 | 1, by: number) =>
      nodes[at]!.add(rules[at]!, nodes[at]!.usage(rules[at]!, 'a', time), by);
    const used = (at: 0 | 1) => usedOf(nodes[at]!.usage(rules[at]!, 'a', time));
    use(0, 3);
    const underWay = nodes[0]!.sync();
    use(0, 1);
    expect(used(0)).toBe(4);
    await underWay;
    expect(used(0)).toBe(4);
    use(1, 2);
    await nodes[1]!.sync();
    await nodes[0]!.sync();
    expect([used(0), used(1)]).toEqual([6, 5]);
    away = true;
    use(0, 2);
    await nodes[0]!.sync();
    expect(used(0)).toBe(8);
    away = false;
    use(0, 1);
    await nodes[0]!.sync();
    expect(used(0), 'what could not be told is not forgotten here').toBe(9);
  });
});
