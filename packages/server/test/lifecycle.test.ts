import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  accessPolicyService,
  definePlugin,
  httpServerService,
  routesPoint,
  type Principal,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { describe, expect, it, onTestFinished } from 'vitest';
import { authenticatorPlugin, startServer } from './support.js';

/** Codes of an error and of everything that caused it. */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  for (let at = error; at !== undefined && at !== null; at = (at as { cause?: unknown }).cause) {
    if (isObjectOSError(at)) codes.push(at.code);
    if (at instanceof AggregateError) codes.push(...at.errors.flatMap(codesOf));
  }
  return codes;
}

async function codesOfBoot(config: Readonly<Record<string, unknown>>): Promise<string[]> {
  try {
    await startServer({ config });
  } catch (error) {
    return codesOf(error);
  }
  return [];
}

describe('the server', () => {
  it('boots without a warning', async () => {
    const { kernel } = await startServer();
    expect(kernel.logs.filter((log) => log.level === 'warn' || log.level === 'error')).toEqual([]);
  });

  it('listens on loopback, tells its URL, and is discovered', async () => {
    const { kernel, url, call } = await startServer({
      config: { name: 'Test CRM', environment: 'test' },
    });
    expect(new URL(url).hostname).toBe('127.0.0.1');
    expect(kernel.service(httpServerService).url).toBe(url);
    for (const path of ['/.well-known/objectstack', '/api/discovery', '/api/v1/discovery']) {
      const { status, body } = await call('GET', path, { token: null });
      expect(status).toBe(200);
      expect(body.success).toBe(true);
      expect(body.data).toMatchObject({
        name: 'Test CRM',
        version: 'v1',
        environment: 'test',
        routes: { data: '/api/v1/data', metadata: '/api/v1/meta' },
        services: {
          data: { enabled: true, status: 'available' },
          auth: { enabled: false, status: 'unavailable' },
        },
        locale: { default: 'en' },
      });
      expect(body.data.endpoints).toEqual(body.data.routes);
    }
  });

  it('tells when authentication is there', async () => {
    const plugin = authenticatorPlugin({ authenticate: () => undefined });
    const { kernel, call } = await startServer({ plugins: [plugin] });
    expect(kernel.service(httpServerService).startupToken).toBeUndefined();
    const { body } = await call('GET', '/api/discovery', { token: null });
    expect(body.data.services.auth).toMatchObject({ enabled: true, status: 'available' });
  });

  it('refuses to listen for others without authentication, and does so with it', async () => {
    expect(await codesOfBoot({ host: '0.0.0.0' })).toContain('remote_bind_refused');
    const plugin = authenticatorPlugin({ authenticate: () => undefined });
    const { url } = await startServer({ plugins: [plugin], config: { host: '0.0.0.0' } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void other.close());
    const { port } = other.address() as AddressInfo;
    expect(await codesOfBoot({ port })).toContain('port_in_use');
  });

  it('says why it cannot listen', async () => {
    const plugin = authenticatorPlugin({ authenticate: () => undefined });
    const boot = startServer({ plugins: [plugin], config: { host: '203.0.113.1' } });
    expect(codesOf(await boot.catch((error: unknown) => error))).toContain('listen_failed');
  });

  it.each([
    { port: 'x' },
    { nosuch: true },
    { startupToken: 'short' },
    { trustProxy: ['everyone'] },
    { trustProxy: true },
    { corsOrigins: ['*'] },
    { publicUrl: 'crm' },
    { limits: { bodyBytes: 0 } },
  ])('refuses the configuration %j', async (config) => {
    expect(await codesOfBoot(config)).not.toEqual([]);
  });
});

describe('health', () => {
  it('is one word, to anybody', async () => {
    const { call } = await startServer();
    expect((await call('GET', '/healthz', { token: null })).body).toEqual({ status: 'up' });
    const ready = await call('GET', '/readyz', { token: null });
    expect(ready.status).toBe(200);
    expect(ready.body).toEqual({ status: 'ready' });
  });

  it('is not ready while something critical is down, and tells operators what', async () => {
    let status: 'up' | 'down' = 'up';
    const failing = (id: string, critical: boolean) =>
      definePlugin({
        manifest: { id, version: '1.0.0', critical },
        setup: () => ({ health: () => ({ status, detail: `${id} says so` }) }),
      });
    const { call } = await startServer({
      plugins: [failing('vault', true), failing('ticker', false)],
    });
    expect((await call('GET', '/readyz', { token: null })).text).toBe('{"status":"ready"}');
    expect((await call('GET', '/readyz')).body).toMatchObject({ status: 'ready', health: 'up' });
    status = 'down';
    const answer = await call('GET', '/readyz', { token: null });
    expect(answer.status).toBe(503);
    expect(answer.text).toBe('{"status":"not ready"}');
    const detailed = await call('GET', '/readyz');
    expect(detailed.status).toBe(503);
    expect(detailed.body).toMatchObject({ status: 'not ready', health: 'down' });
    expect(detailed.body.plugins).toEqual(
      expect.arrayContaining([
        { plugin: '@objectql/core', critical: true, status: 'up' },
        { plugin: 'vault', critical: true, status: 'down', detail: 'vault says so' },
        { plugin: 'ticker', critical: false, status: 'down', detail: 'ticker says so' },
      ]),
    );
    expect((await call('GET', '/healthz')).status).toBe(200);
    expect((await call('GET', '/readyz', { token: 'wrong' })).text).toBe('{"status":"not ready"}');
  });

  it('stays ready while something that is not critical is down', async () => {
    const ticker = definePlugin({
      manifest: { id: 'ticker', version: '1.0.0' },
      setup: () => ({ health: () => Promise.reject(new Error('no news')) }),
    });
    const { call } = await startServer({ plugins: [ticker] });
    const { status, body } = await call('GET', '/readyz');
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'ready', health: 'degraded', detail: 'ticker is down' });
  });

  it('shows plugins to those of the platform with the permission, and to nobody else', async () => {
    const people: Record<string, Principal> = {};
    for (const [id, tenantId] of [
      ['operator', null],
      ['visitor', null],
      ['tenant-operator', 't1'],
    ] as const) {
      people[id] = { kind: 'user', id, tenantId, roles: [], fingerprint: id };
    }
    const authenticator = authenticatorPlugin({
      authenticate: ({ headers }) => people[String(headers.authorization).replace('Bearer ', '')],
    });
    const policy = definePlugin({
      manifest: { id: 'policy', version: '1.0.0' },
      provides: [accessPolicyService],
      setup: (ctx) => {
        ctx.provide(accessPolicyService, {
          decide: () => ({ allowed: true }),
          permits: ({ id }, permission) => permission === 'view_health' && id !== 'visitor',
        });
      },
    });
    const { call } = await startServer({ plugins: [authenticator, policy] });
    const seen = async (token: string) =>
      Object.keys((await call('GET', '/readyz', { token })).body as object);
    expect(await seen('operator')).toContain('plugins');
    for (const token of ['visitor', 'tenant-operator', 'nobody']) {
      expect(await seen(token)).toEqual(['status']);
    }
  });
});

describe('stopping', () => {
  it('finishes requests under way, and takes no new ones', async () => {
    let arrived = (): void => undefined;
    const started = new Promise<void>((resolve) => (arrived = resolve));
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const slow = definePlugin({
      manifest: { id: 'slow', version: '1.0.0' },
      setup: (ctx) => {
        ctx.contribute(routesPoint, {
          method: 'GET',
          path: '/api/slow',
          access: 'authenticated',
          handler: async () => {
            arrived();
            await released;
            return new Response('done');
          },
        });
      },
    });
    const { call, kernel, url } = await startServer({ plugins: [slow], stopAfterTest: false });
    const answer = call('GET', '/api/slow');
    await started;
    const stopped = kernel.stop();
    await expect
      .poll(() =>
        fetch(`${url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed');
    release();
    expect((await answer).text).toBe('done');
    expect((await stopped).failures).toEqual([]);
  });

  it('still serves for drainMs after it said that it is not ready, and ends each connection', async () => {
    const { call, kernel } = await startServer({
      stopAfterTest: false,
      config: { limits: { drainMs: 5_000 } },
    });
    const stopped = kernel.stop();
    await expect.poll(async () => (await call('GET', '/readyz')).status).toBe(503);
    const late = await call('GET', '/api/data/account');
    expect(late.status).toBe(200);
    expect(late.headers.get('connection')).toBe('close');
    expect((await stopped).failures).toEqual([]);
  });

  it('cuts what does not finish in time', async () => {
    const hanging = definePlugin({
      manifest: { id: 'hanging', version: '1.0.0' },
      setup: (ctx) => {
        ctx.contribute(routesPoint, {
          method: 'GET',
          path: '/api/hanging',
          access: 'authenticated',
          handler: () => new Promise(() => undefined),
        });
      },
    });
    const { call, kernel } = await startServer({
      plugins: [hanging],
      stopAfterTest: false,
      config: { limits: { stopMs: 50 } },
    });
    const answer = call('GET', '/api/hanging').catch(() => 'cut');
    await expect.poll(async () => (await call('GET', '/healthz')).status).toBe(200);
    const { failures } = await kernel.stop();
    expect(failures).toEqual([]);
    expect(await answer).toBe('cut');
  });
});

describe('compression', () => {
  it('shrinks long answers for clients that accept it, and leaves short ones alone', async () => {
    const { call } = await startServer();
    const records = Array.from({ length: 50 }, (_, index) => ({ name: `Account ${index}` }));
    await call('POST', '/api/data/account/createMany', { body: records });
    const gzip = { 'accept-encoding': 'gzip' };
    const long = await call('GET', '/api/data/account', { headers: gzip });
    expect(long.headers.get('content-encoding')).toBe('gzip');
    expect(long.headers.get('vary')).toContain('accept-encoding');
    expect(long.body.data.total).toBe(50);
    const short = await call('GET', '/api/data/account?top=1', { headers: gzip });
    expect(short.headers.get('content-encoding')).toBeNull();
    const plain = await call('GET', '/api/data/account', {
      headers: { 'accept-encoding': 'identity' },
    });
    expect(plain.headers.get('content-encoding')).toBeNull();
    expect(plain.body).toEqual(long.body);
  });
});
