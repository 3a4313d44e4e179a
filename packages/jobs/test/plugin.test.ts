import {
  accessPolicyService,
  definePlugin,
  jobsService,
  routesPoint,
  systemContext,
  type Principal,
  type Route,
} from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { expect, it } from 'vitest';
import { jobsPlugin } from '../src/index.js';

const user = (tenantId: string | null, id = 'ada'): Principal => ({
  kind: 'user',
  id,
  tenantId,
  roles: [],
  fingerprint: id,
});

async function start() {
  const routes: Route[] = [];
  const host = definePlugin({
    manifest: { id: 'host', version: '1.0.0' },
    provides: [accessPolicyService],
    setup(ctx) {
      ctx.provide(accessPolicyService, {
        decide: () => ({ allowed: false, reason: 'no' }),
        permits: (principal, permission) => principal.id === 'ada' && permission === 'manage_jobs',
      });
      ctx.consume(routesPoint, (all) => {
        routes.splice(0, routes.length, ...all.map(({ value }) => value));
      });
    },
  });
  const kernel = await createTestKernel({ plugins: [host, jobsPlugin] });
  const call = async (
    method: string,
    path: string,
    {
      principal = user(null),
      body,
      query = '',
    }: { principal?: Principal; body?: unknown; query?: string } = {},
  ) => {
    for (const route of routes) {
      const names: string[] = [];
      const pattern = route.path.replace(
        /:(\w+)/g,
        (_, name: string) => (names.push(name), '([^/]+)'),
      );
      const match = new RegExp(`^${pattern}$`).exec(path);
      if (route.method !== method || match === null) continue;
      if (
        route.path.includes(':') &&
        routes.some((one) => one.path === path && one.method === method)
      )
        continue;
      const params = Object.fromEntries(names.map((name, at) => [name, match[at + 1]!]));
      const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
      const request = new Request(`http://x${path}${query}`, init);
      try {
        const answer = await route.handler(request, { principal, requestId: 'r', params });
        // eslint-disable-next-line @typescript-eslint/no-explicit-any -- read freely in assertions
        return ((await answer.json()) as { data: unknown }).data as Record<string, any>;
      } catch (error) {
        return { code: (error as { code: string }).code };
      }
    }
    throw new Error(`no route ${method} ${path}`);
  };
  return { kernel, jobs: kernel.service(jobsService), call };
}

it('says that jobs without a database end with the process', async () => {
  const { kernel } = await start();
  expect(
    kernel.logs.some(({ level, message }) => level === 'warn' && message.includes('memory')),
  ).toBe(true);
});

it('lists, shows, retries and cancels for those who manage jobs, each in their tenant', async () => {
  const { jobs, call } = await start();
  const acme = await jobs.enqueue('a', {}, systemContext('t', { tenantId: 'acme' }), {
    delay: 1_000_000,
  });
  const other = await jobs.enqueue('a', {}, systemContext('t', { tenantId: 'other' }));
  // Somebody of the platform elevates to see more; only the system sees all.
  expect((await call('GET', '/api/jobs'))['total']).toBe(0);
  const installation = await jobs.enqueue('a', {}, systemContext('t'));
  expect(await call('GET', '/api/jobs')).toMatchObject({ jobs: [{ id: installation.id }] });
  for (const [method, what] of [
    ['GET', ''],
    ['POST', '/cancel'],
    ['POST', '/retry'],
  ] as const) {
    expect(await call(method, `/api/jobs/${acme.id}${what}`)).toEqual({ code: 'job_not_found' });
  }
  const system = { principal: systemContext('t').principal };
  expect((await call('GET', '/api/jobs', system))['total']).toBe(3);
  const mine = { principal: user('acme') };
  expect(await call('GET', '/api/v1/jobs', mine)).toMatchObject({
    total: 1,
    jobs: [{ id: acme.id }],
  });
  expect(await call('GET', `/api/jobs/${other.id}`, mine)).toEqual({ code: 'job_not_found' });
  expect(await call('POST', `/api/jobs/${other.id}/cancel`, mine)).toEqual({
    code: 'job_not_found',
  });
  expect(await call('GET', `/api/jobs/${acme.id}`, mine)).toMatchObject({
    state: 'scheduled',
    logs: [],
  });
  expect(
    await call('POST', `/api/jobs/${acme.id}/cancel`, { ...mine, body: { reason: 'x' } }),
  ).toMatchObject({
    state: 'cancelled',
    error: { message: 'x' },
  });
  expect(
    await call('POST', `/api/jobs/${acme.id}/retry`, { ...mine, body: { payload: 1 } }),
  ).toMatchObject({
    state: 'available',
    payload: 1,
  });
  expect(await call('GET', '/api/jobs/stats', mine)).toEqual({ code: 'permission_denied' });
  await call('POST', '/api/jobs/queues/default/pause');
  expect((await call('GET', '/api/jobs/stats'))['queues'][0]).toMatchObject({ paused: true });
  await call('POST', '/api/jobs/queues/default/resume');
});

it('refuses everybody else, and bad input', async () => {
  const { call } = await start();
  const eve = { principal: user(null, 'eve') };
  // Everybody sees the work that they started, and no other.
  expect(await call('GET', '/api/jobs', eve)).toEqual({ jobs: [], total: 0 });
  expect(await call('POST', '/api/jobs/x/retry', eve)).toEqual({ code: 'job_not_found' });
  expect(await call('GET', '/api/jobs/stats', eve)).toEqual({ code: 'permission_denied' });
  expect(await call('POST', '/api/jobs/queues/x/pause', eve)).toEqual({
    code: 'permission_denied',
  });
  expect(await call('GET', '/api/jobs', { query: '?state=odd' })).toEqual({
    code: 'invalid_parameter',
  });
  expect(await call('GET', '/api/jobs', { query: '?limit=1000000' })).toEqual({
    code: 'invalid_parameter',
  });
  expect(await call('GET', '/api/jobs', { query: '?colour=red' })).toEqual({
    code: 'unknown_parameter',
  });
  expect(await call('POST', '/api/jobs/x/retry')).toEqual({ code: 'job_not_found' });
});

it('runs a module in a thread, and ends the thread of a run that takes too long', async () => {
  const { jobs } = await start();
  const code = (body: string) => new URL(`data:text/javascript,${encodeURIComponent(body)}`);
  jobs.handleInThread('sum', code('export const run = ({ payload }) => payload.a + payload.b;'));
  jobs.handleInThread('endless', code('export const run = () => { for (;;) {} };'));
  jobs.handleInThread('broken', code('export const run = () => { throw new Error("boom"); };'));
  const ctx = systemContext('t');
  const sum = await jobs.enqueue('sum', { a: 1, b: 2 }, ctx);
  const once = { maxAttempts: 1 };
  const endless = await jobs.enqueue('endless', {}, ctx, { ...once, timeout: 300 });
  const broken = await jobs.enqueue('broken', {}, ctx, once);
  const state = (id: string) => async () => (await jobs.get(id))?.state;
  await expect.poll(state(sum.id), { timeout: 10_000 }).toBe('completed');
  expect((await jobs.get(sum.id))?.result).toBe(3);
  await expect.poll(state(endless.id), { timeout: 10_000 }).toBe('dead');
  await expect.poll(state(broken.id), { timeout: 10_000 }).toBe('dead');
  expect((await jobs.get(broken.id))?.error?.message).toBe('boom');
  const again = await jobs.enqueue('sum', { a: 2, b: 2 }, ctx);
  await expect.poll(state(again.id), { timeout: 10_000 }).toBe('completed');
});

it('refuses a second handler, until the first one leaves', async () => {
  const { jobs } = await start();
  const dispose = jobs.handle('a', () => 1);
  expect(() => jobs.handle('a', () => 2)).toThrow(
    expect.objectContaining({ code: 'job_handler_duplicate' }),
  );
  await dispose();
  await jobs.handle('a', () => 2)();
});

it('lets running jobs end while the plugins they work with still run, and takes no more', async () => {
  const seen: string[] = [];
  let running = (): void => undefined;
  const started = new Promise<void>((resolve) => (running = resolve));
  const mailer = definePlugin({
    manifest: { id: 'mailer', version: '1.0.0' },
    deps: { jobs: jobsService },
    setup(ctx, { jobs }) {
      jobs.handle('mail', async ({ payload, ctx: inner }) => {
        running();
        await new Promise<void>((resolve) => {
          ctx.on('kernel.stopping', () => resolve());
        });
        await jobs.enqueue('mail', 'late', inner);
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(`sent ${String(payload)}`);
      });
      return { stop: () => void seen.push('mailer stopped') };
    },
  });
  const kernel = await createTestKernel({ plugins: [jobsPlugin, mailer], stopAfterTest: false });
  await kernel.service(jobsService).enqueue('mail', 'early', systemContext('test'));
  await started;
  expect((await kernel.stop()).failures).toEqual([]);
  expect(seen).toEqual(['sent early', 'mailer stopped']);
});
