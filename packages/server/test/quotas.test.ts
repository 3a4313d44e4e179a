import { quotaService, silentLogger, type QuotaLimits } from '@objectos/spec/contracts';
import { createTestKernel, testDatabaseUrl } from '@objectos/testing';
import {
  accessPolicyService,
  definePlugin,
  httpServerService,
  type Principal,
} from '@objectos/spec/contracts';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { serverPlugin } from '../src/index.js';
import { createApiQuota } from '../src/rates/api-quota.js';
import { authenticatorPlugin, caller, FILES } from './support.js';

const user = (id: string, tenantId: string | null): Principal => ({
  kind: 'user',
  id,
  tenantId,
  roles: [],
  fingerprint: `${id} ${tenantId}`,
});

/** Users by the name in their bearer token, `name@tenant`. */
const byName = authenticatorPlugin({
  authenticate({ headers: { authorization } }) {
    const [, name = '', tenant] = /^Bearer ([^@]+)@?(.*)$/.exec(String(authorization)) ?? [];
    return name === '' || name === 'undefined' ? undefined : user(name, tenant || null);
  },
});

/** Everybody may do everything; the platform's `root` manages quotas, and so does `eve` in `a`. */
const policy = definePlugin({
  manifest: { id: 'test-policy', version: '1.0.0' },
  provides: [accessPolicyService],
  setup(ctx) {
    ctx.provide(accessPolicyService, {
      decide: () => ({ allowed: true }),
      permits: ({ id }, permission) =>
        permission === 'manage_quotas' && (id === 'root' || id === 'eve'),
    });
  },
});

async function start(quotas: QuotaLimits = {}) {
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url: await testDatabaseUrl() }),
    quotas,
    applicationFiles: async () => Object.entries(FILES).map(([file, text]) => ({ file, text })),
  });
  const kernel = await createTestKernel({
    plugins: [engine, serverPlugin, byName, policy],
    config: { '@objectos/plugin-server': { port: 0 } },
  });
  return { kernel, call: caller(kernel.service(httpServerService).url, '') };
}

describe('quotas over HTTP', () => {
  it('calls of a day: 20 at once, and not one too many (daily_quota_exceeded)', async () => {
    const { call } = await start({ apiCallsPerDay: 10 });
    const get = (token: string) => call('GET', '/api/metadata', { token });
    const answers = await Promise.all(Array.from({ length: 20 }, () => get('ada@a')));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const refused = await get('bob@a');
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      code: 'daily_quota_exceeded',
      details: { quota: 'apiCallsPerDay', limit: 10, used: 10 },
    });
    expect(refused.headers.get('x-quota-limit')).toBe('10');
    expect(refused.headers.get('x-quota-remaining')).toBe('0');
    expect(refused.headers.get('retry-after')).toBe(refused.headers.get('x-quota-reset'));
    const other = await get('eva@b');
    expect(other.status).toBe(200);
    expect(other.headers.get('x-quota-remaining')).toBe('9');
    expect((await get('nobody')).headers.get('x-quota-limit')).toBeNull();
  });

  it('counts go on where the shared counter stands', async () => {
    const { kernel } = await start({ apiCallsPerDay: 3 });
    const service = kernel.service(quotaService);
    const reply = { headers: () => undefined } as unknown as FastifyReply;
    const node = () => createApiQuota(() => service, silentLogger);
    const one = node();
    await one.admit(user('ada', 'a'), reply);
    await one.admit(user('ada', 'a'), reply);
    await one.flush();
    const two = node();
    await two.admit(user('ada', 'a'), reply);
    await two.flush();
    expect(() => two.admit(user('ada', 'a'), reply)).toThrow(/used up: 3 of 3/);
    await two.flush();
    const { used } = (await service.use('a')).find((one) => one.quota === 'apiCallsPerDay') ?? {};
    expect(used).toBe(3);
  });

  it('records: refused with the quota, its limit and what is used', async () => {
    const { call } = await start({ records: 1 });
    const insert = (token: string) =>
      call('POST', '/api/data/account', { token, body: { name: 'Acme' } });
    expect((await insert('ada@a')).status).toBe(201);
    const refused = await insert('ada@a');
    expect(refused.status).toBe(403);
    expect(refused.body).toMatchObject({
      code: 'quota_exceeded',
      details: { quota: 'records', limit: 1, used: 1 },
    });
    expect((await insert('eva@b')).status).toBe(201);
  });

  it('an organization sees its own use; only the platform sees and sets others', async () => {
    const { call } = await start({ records: 5 });
    await call('POST', '/api/data/account', { token: 'ada@a', body: { name: 'Acme' } });
    const own = await call('GET', '/api/quotas', { token: 'ada@a' });
    expect(own.body.data).toMatchObject({
      organization: 'a',
      quotas: [{ quota: 'records', limit: 5, own: false, used: 1 }, {}, {}, {}],
    });
    const set = (token: string, body: unknown) => call('PUT', '/api/quotas/a', { token, body });
    expect((await call('GET', '/api/quotas/b', { token: 'eve@a' })).status).toBe(403);
    expect((await set('eve@a', { records: 100 })).status).toBe(403);
    expect((await set('ada', { records: 100 })).status).toBe(403);
    expect((await set('root', { records: -1 })).body.code).toBe('body_invalid');
    expect((await set('root', { nosuch: 1 })).body.code).toBe('body_invalid');
    const done = await set('root', { records: 1, jobsPerDay: 'unlimited' });
    expect(done.body.data.quotas[0]).toEqual({ quota: 'records', limit: 1, own: true, used: 1 });
    const refused = await call('POST', '/api/data/account', {
      token: 'ada@a',
      body: { name: 'B' },
    });
    expect(refused.body.code).toBe('quota_exceeded');
  });
});
