import { request as httpRequest } from 'node:http';
import { silentLogger, dataEngineService, type Principal } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { metadataSnapshotService } from '@objectql/core/plugin';
import { describe, expect, it } from 'vitest';
import { serverConfigSchema } from '../src/config.js';
import { createReadiness } from '../src/health/readiness.js';
import { createErrorResponder } from '../src/http/reply.js';
import { createApplication } from '../src/nest/application.js';
import { PUBLIC_ROUTES } from '../src/index.js';
import { createApiQuota } from '../src/rates/api-quota.js';
import { createRateGate } from '../src/rates/rate-gate.js';
import { createCrossSiteCheck } from '../src/security/cross-site.js';
import { EMPTY_ROUTE_TABLE } from '../src/routes/route-table.js';
import { authenticatorPlugin, startServer, type TestServer } from './support.js';

const user: Principal = { kind: 'user', id: 'u1', tenantId: null, roles: [], fingerprint: 'f1' };

/** Every route that the router knows, read from its own printout. */
async function registeredRoutes(server: TestServer): Promise<{ method: string; path: string }[]> {
  const config = serverConfigSchema.parse({});
  const fastify = await createApplication({
    parts: {
      config,
      logger: silentLogger,
      engine: server.kernel.service(dataEngineService),
      snapshot: () => server.kernel.service(metadataSnapshotService).current(),
      localizer: () => undefined,
      respondError: createErrorResponder(silentLogger, config, () => undefined),
      readiness: createReadiness(),
      health: () => undefined,
      mayViewHealth: () => Promise.resolve(false),
      origin: () => 'http://localhost',
      background: () => undefined,
      authenticationLoaded: () => false,
      rates: createRateGate(config.rateLimits),
      quota: createApiQuota(() => undefined, silentLogger),
      elevation: { apply: (_request, ctx) => ctx },
      crossSite: createCrossSiteCheck({ origin: () => '', authenticator: () => undefined }),
    },
    authenticate: () => undefined,
    routes: () => EMPTY_ROUTE_TABLE,
    runInContext: (_context, work) => work(),
    observers: () => [],
  });
  const routes: { method: string; path: string }[] = [];
  const trail: string[] = [];
  for (const line of fastify.printRoutes({ commonPrefix: false }).split('\n')) {
    const match = /^(.*)[├└]── (\S+)(?: \((.*)\))?$/.exec(line);
    if (match?.[2] === undefined) continue;
    const depth = (match[1] ?? '').length / 4;
    trail.length = depth;
    trail.push(match[2]);
    const path = trail.join('').replace(/:(\w+)\|:\w+/g, ':$1');
    for (const method of match[3]?.split(', ') ?? []) routes.push({ method, path });
  }
  await fastify.close();
  return routes;
}

/** `fetch` normalises paths; this sends them as they are. */
function rawStatus(url: string, method: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path });
    request.on('error', (error) => {
      // A request line that is not HTTP is answered with a body, also to HEAD: Node's parser objects.
      if (error.message.includes('Parse Error')) resolve(400);
      else reject(error);
    });
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    request.end();
  });
}

function concrete(path: string): string {
  return path
    .replace(/:object/g, 'contact')
    .replace(/:\w+/g, 'object')
    .replace('*', 'anything/else');
}

function variants(path: string): string[] {
  const letter = path.length - 1;
  const encoded = `%${path.charCodeAt(letter).toString(16)}`;
  return [
    path,
    `${path}/`,
    `/${path}`,
    path.replace(/\/(?=[^/]*$)/, '//'),
    path.replace(/\/(?=[^/]*$)/, '/./'),
    path.replace(/\/(?=[^/]*$)/, '/x/../'),
    path.replace(/\/(?=[^/]*$)/, '%2f'),
    path.slice(0, letter) + encoded,
    path.toUpperCase(),
    `${path};x=1`,
    `${path}?x`,
    `${path}#x`,
    `http://127.0.0.1${path}`,
    `${path}%20`,
    `${path}\\`,
  ];
}

describe('deny by default', () => {
  it('every registered route but the listed ones asks who you are, however its path is written', async () => {
    const server = await startServer();
    const routes = await registeredRoutes(server);
    expect(routes.length).toBeGreaterThan(50);
    const open = new Set(PUBLIC_ROUTES.map((route) => `${route.method} ${route.path}`));
    for (const { method, path } of routes) {
      const listed = open.has(`${method === 'HEAD' ? 'GET' : method} ${path}`);
      for (const [index, variant] of variants(concrete(path)).entries()) {
        const status = await rawStatus(server.url, method, variant);
        const exact =
          listed &&
          (index === 0 || variant.startsWith(`${path}?`) || variant.startsWith(`${path}#`));
        if (exact) expect([200, 503], `${method} ${variant}`).toContain(status);
        else expect([400, 401, 404, 501], `${method} ${variant}`).toContain(status);
        if (!listed && index === 0) expect(status, `${method} ${variant}`).toBe(401);
      }
    }
  });

  it('every listed route exists', async () => {
    const { call } = await startServer();
    for (const { method, path } of PUBLIC_ROUTES) {
      expect((await call(method, path, { token: null })).status, path).toBe(200);
    }
  });

  it('unknown paths do not tell the anonymous that they are unknown', async () => {
    const { call } = await startServer();
    expect((await call('GET', '/nosuch', { token: null })).status).toBe(401);
    expect((await call('GET', '/nosuch')).status).toBe(404);
  });
});

/** The codes of a failure and of its causes. */
function codesOf(failure: unknown): string[] {
  if (!(failure instanceof Error)) return [];
  return [(failure as Error & { code: string }).code, ...codesOf(failure.cause)];
}

describe('the start-up token', () => {
  it('is asked for in the header, never in the URL', async () => {
    const { call, token } = await startServer();
    for (const name of ['access_token', 'token', 'startupToken', 'authorization']) {
      const answer = await call('GET', `/api/data/contact?${name}=${token}`, { token: null });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('Bearer');
      expect(answer.text).not.toContain(token);
    }
  });

  it('is refused when wrong', async () => {
    const { call } = await startServer();
    const answer = await call('GET', '/api/data/contact', { token: 'x'.repeat(43) });
    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({
      success: false,
      code: 'unauthenticated',
      category: 'authentication',
      error: { code: 'unauthenticated', httpStatus: 401 },
    });
  });

  it('can be given by the configuration, and acts as a named system principal', async () => {
    const startupToken = 'a-token-of-at-least-32-characters';
    const { call, token, kernel } = await startServer({ config: { startupToken } });
    expect(token).toBe(startupToken);
    const actors: string[] = [];
    const off = kernel
      .service(dataEngineService)
      .hook(
        'beforeInsert',
        'account',
        ({ ctx }) => void actors.push(`${ctx.principal.kind}:${ctx.principal.id}`),
        { owner: 'test' },
      );
    expect((await call('POST', '/api/data/account', { body: { name: 'x' } })).status).toBe(201);
    expect(actors).toEqual(['system:startup-token']);
    await off();
  });

  it.each(['t'.repeat(40), 'change-me-0123456789-abcdefghijklmno'])(
    'is refused in production as %s (startup_token_weak)',
    async (startupToken) => {
      const boot = (environment: string) =>
        startServer({ config: { startupToken, environment }, stopAfterTest: false });
      const refused = await boot('production').catch((error: unknown) => error as Error);
      expect(codesOf(refused)).toContain('startup_token_weak');
      const { kernel } = await boot('development');
      await kernel.stop();
    },
  );

  it('stands in no log', async () => {
    const { call, token, kernel } = await startServer();
    await call('GET', `/api/data/contact?access_token=${token}`);
    await call('GET', '/api/data/contact', { token: `${token}x` });
    expect(JSON.stringify(kernel.logs)).not.toContain(token);
  });

  it('stops working the moment an authenticator is there, and works again without it', async () => {
    const server = await startServer();
    expect((await server.call('GET', '/api/data/contact')).status).toBe(200);
    const plugin = authenticatorPlugin({ authenticate: () => undefined });
    await server.kernel.add(plugin);
    expect((await server.call('GET', '/api/data/contact')).status).toBe(401);
    await server.kernel.uninstall('test-authenticator');
    expect((await server.call('GET', '/api/data/contact')).status).toBe(200);
  });
});

describe('an authenticator', () => {
  it('says who acts, and without a permission plugin a user has no access', async () => {
    const plugin = authenticatorPlugin({ authenticate: () => Promise.resolve(user) });
    const { call } = await startServer({ plugins: [plugin] });
    const answer = await call('GET', '/api/data/contact', { token: null });
    expect(answer.status).toBe(403);
    expect(answer.body.code).toBe('permission_denied');
    expect((await call('GET', '/api/metadata/objects', { token: null })).body.items).toEqual([]);
    expect((await call('GET', '/api/metadata/object/contact', { token: null })).status).toBe(404);
    expect((await call('GET', '/api/metadata/permission_sets', { token: null })).status).toBe(403);
    expect((await call('GET', '/api/metadata/views', { token: null })).body.items).toEqual([]);
    const document = (await call('GET', '/api/openapi.json', { token: null })).body;
    expect(Object.keys(document.paths as object)).not.toContain('/api/data/contact');
    expect(JSON.stringify(document)).not.toContain('birthday');
  });

  it('that refuses or breaks lets nobody in, synchronously or not', async () => {
    const bad = createError('unauthenticated', { reason: 'The session has expired.' });
    const failures = [
      () => Promise.reject(bad),
      () => {
        throw bad;
      },
      () => Promise.reject(new Error('database password: hunter2')),
      () => {
        throw new Error('database password: hunter2');
      },
    ];
    let next = 0;
    const authenticate = () => (failures[next] ?? failures[0]!)();
    const { call, kernel } = await startServer({
      plugins: [authenticatorPlugin({ authenticate })],
    });
    for (const [index, status] of [401, 401, 500, 500].entries()) {
      next = index;
      const answer = await call('GET', '/api/data/contact');
      expect(answer.status).toBe(status);
      expect(answer.text).not.toContain('hunter2');
    }
    const logged = kernel.logs.filter((entry) => entry.fields['code'] === 'internal_error');
    expect(logged).toHaveLength(2);
    expect(logged[0]?.fields['requestId']).toEqual(expect.any(String));
    expect(String(logged[0]?.fields['error'])).toContain('hunter2');
  });

  it('sees the peer, and believes X-Forwarded-For from trusted proxies only', async () => {
    const seen: string[] = [];
    const authenticate = ({ remoteAddress }: { remoteAddress: string }) => {
      seen.push(remoteAddress);
      return user;
    };
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    const plugins = [authenticatorPlugin({ authenticate })];
    const direct = await startServer({ plugins });
    await direct.call('GET', '/api/metadata', { headers });
    const behindProxy = await startServer({ plugins, config: { trustProxy: ['127.0.0.0/8'] } });
    await behindProxy.call('GET', '/api/metadata', { headers });
    expect(seen).toEqual(['127.0.0.1', '203.0.113.9']);
  });

  it('is not needed behind a trusted proxy for the token to be refused from elsewhere', async () => {
    const { call } = await startServer({ config: { trustProxy: ['127.0.0.1'] } });
    const headers = { 'x-forwarded-for': '203.0.113.9' };
    expect((await call('GET', '/api/data/contact', { headers })).status).toBe(401);
    expect((await call('GET', '/api/data/contact')).status).toBe(200);
  });
});

describe('headers', () => {
  it('that protect stand on every answer, whatever its status', async () => {
    const { call } = await startServer();
    const answers = await Promise.all([
      call('GET', '/healthz'),
      call('GET', '/api/data/contact'),
      call('GET', '/api/data/contact', { token: null }),
      call('GET', '/nosuch'),
      call('GET', '/api/data/contact/%zz'),
      call('POST', '/api/data/contact', { body: '{' }),
      call('GET', `/api/data/contact?name=${'x'.repeat(9000)}`),
      call('GET', '/api/metadata'),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([
      200, 200, 401, 404, 400, 400, 414, 200,
    ]);
    for (const { headers } of answers) {
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
      expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
      expect(headers.get('cache-control')).toMatch(/no-store|no-cache/);
      expect(headers.get('x-request-id')).toMatch(/^[\w.:-]{1,64}$/);
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });

  it('keep who came over https on https', async () => {
    const header = 'strict-transport-security';
    const plain = await startServer();
    expect((await plain.call('GET', '/healthz')).headers.get(header)).toBeNull();
    const secure = await startServer({ config: { publicUrl: 'https://crm.example.com' } });
    for (const path of ['/healthz', '/nosuch', '/api/data/contact/%zz']) {
      expect((await secure.call('GET', path)).headers.get(header)).toBe('max-age=31536000');
    }
  });

  it('take over a harmless request id and replace any other', async () => {
    const { call } = await startServer();
    const id = async (given: string) =>
      (await call('GET', '/healthz', { headers: { 'x-request-id': given } })).headers.get(
        'x-request-id',
      );
    expect(await id('trace-1.2:3_4')).toBe('trace-1.2:3_4');
    for (const given of ['a b', '<script>', 'x'.repeat(65), '"'])
      expect(await id(given)).not.toBe(given);
    expect(await id('a b')).not.toBe(await id('a b'));
  });

  it('let pages of listed origins send and read every header that means something here', async () => {
    const origin = 'https://app.example.com';
    const { call } = await startServer({
      config: {
        corsOrigins: [origin],
        rateLimits: { principal: false, address: { requests: 4, seconds: 86_400 } },
      },
    });
    const sent = [
      ...['authorization', 'content-type', 'accept-language', 'x-api-key', 'x-csrf-token'],
      ...['if-match', 'if-none-match', 'range', 'if-range', 'idempotency-key', 'prefer'],
      ...['x-request-id', 'x-resume-token', 'x-elevate-organization', 'x-elevate-reason'],
      ...['traceparent', 'tracestate', 'x-environment-id'],
    ];
    const preflight = await call('OPTIONS', '/api/data/contact/1', {
      token: null,
      headers: {
        origin,
        'access-control-request-method': 'PATCH',
        'access-control-request-headers': sent.join(', '),
      },
    });
    const listOf = (headers: Headers, name: string) =>
      (headers.get(name) ?? '').toLowerCase().split(/, */).sort();
    expect(listOf(preflight.headers, 'access-control-allow-headers')).toEqual(
      expect.arrayContaining(sent),
    );
    const answers = [
      await call('GET', '/api/data/contact', { headers: { origin } }),
      await call('GET', '/api/data/nosuch', { headers: { origin } }),
      await call('GET', '/api/data/contact', { token: null, headers: { origin } }),
      await call('GET', '/nosuch', { token: null, headers: { origin } }),
      await call('GET', '/nosuch', { token: null, headers: { origin } }),
      await call('GET', '/nosuch', { token: null, headers: { origin } }),
      await call('GET', '/nosuch', { token: null, headers: { origin } }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 404, 401, 401, 401, 401, 429]);
    for (const { headers } of answers) {
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(headers.get('vary')).toMatch(/origin/i);
      expect(listOf(headers, 'access-control-expose-headers')).toEqual(
        [
          ...['etag', 'location', 'retry-after', 'x-request-id', 'preference-applied'],
          ...['idempotency-replayed', 'content-disposition', 'content-language'],
          ...['content-range', 'accept-ranges'],
          ...['ratelimit-limit', 'ratelimit-policy', 'ratelimit-remaining', 'ratelimit-reset'],
          ...['x-quota-limit', 'x-quota-remaining', 'x-quota-reset'],
        ].sort(),
      );
    }
  });

  it('open the API to the browsers of listed origins only', async () => {
    const origin = 'https://app.example.com';
    const { call } = await startServer({ config: { corsOrigins: [origin] } });
    const preflight = (from: string) =>
      call('OPTIONS', '/api/data/contact', {
        token: null,
        headers: { origin: from, 'access-control-request-method': 'PATCH' },
      });
    const allowed = await preflight(origin);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull();
    expect(
      (await preflight('https://evil.example.com')).headers.get('access-control-allow-origin'),
    ).toBeNull();
    const answer = await call('GET', '/api/data/contact', { headers: { origin } });
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    expect(allowed.headers.get('x-content-type-options')).toBe('nosniff');
    expect(
      (await call('GET', '/api/data/contact', { token: null, headers: { origin } })).status,
    ).toBe(401);
  });
});
