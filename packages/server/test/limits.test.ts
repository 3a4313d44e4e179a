import { connect } from 'node:net';
import { definePlugin, routesPoint } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { limitsSchema } from '../src/index.js';
import { startServer, type TestServer } from './support.js';

function withLimits(limits: Readonly<Record<string, number>>): Promise<TestServer> {
  return startServer({ config: { limits } });
}

/** Writes bytes to the server and answers with what came back until it closed the connection. */
function raw(url: string, ...parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
    for (const part of parts) socket.write(part);
  });
}

describe('the table of limits', () => {
  it('is this, and a test below stands for each row', () => {
    expect(limitsSchema.parse({})).toEqual({
      bodyBytes: 1024 * 1024,
      jsonDepth: 64,
      urlLength: 8192,
      headerBytes: 16_384,
      pathPartLength: 256,
      batchItems: 200,
      bulkRecords: 1000,
      matchedRecords: 10_000,
      importBytes: 100 * 1024 * 1024,
      transferMs: 600_000,
      deadlineMs: 30_000,
      headersTimeoutMs: 15_000,
      requestTimeoutMs: 30_000,
      keepAliveTimeoutMs: 72_000,
      socketTimeoutMs: 60_000,
      connections: 2048,
      drainMs: 0,
      stopMs: 9000,
    });
    expect(() => limitsSchema.parse({ nosuch: 1 })).toThrow();
  });
});

describe('limits of what is sent', () => {
  it('bodyBytes', async () => {
    const { call } = await startServer();
    const body = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`;
    const over = await call('POST', '/api/data/account', { body: body(1024 * 1024 + 1) });
    expect(over.status).toBe(413);
    expect(over.body.code).toBe('body_too_large');
    const exactly = await call('POST', '/api/data/account', { body: body(1024 * 1024) });
    expect(exactly.body.code).toBe('validation_error');
  });

  it('bodyBytes, of a body that does not say its length', async () => {
    const { url, token } = await withLimits({ bodyBytes: 1024 });
    const chunk = 'x'.repeat(600);
    const text = await raw(
      url,
      'POST /api/data/account HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n',
      `Authorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\n`,
      `258\r\n${chunk}\r\n258\r\n${chunk}\r\n0\r\n\r\n`,
    );
    expect(text).toContain('HTTP/1.1 413');
    expect(text).toContain('body_too_large');
  });

  it('jsonDepth', async () => {
    const { call } = await startServer();
    const notes = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    const over = await call('POST', '/api/data/contact', {
      body: `{"name":"x","notes":${notes(64)}}`,
    });
    expect(over.status).toBe(400);
    expect(over.body).toMatchObject({
      code: 'limit_exceeded',
      message: expect.stringContaining('jsonDepth'),
    });
    const most = await call('POST', '/api/data/contact', {
      body: `{"name":"x","notes":${notes(63)}}`,
    });
    expect(most.body.code).not.toBe('limit_exceeded');
    const huge = await call('POST', '/api/data/contact', { body: notes(200_000) });
    expect(huge.status).toBe(400);
  });

  it('urlLength', async () => {
    const { call } = await startServer();
    const answer = await call('GET', `/api/data/contact?name=${'x'.repeat(8192)}`);
    expect(answer.status).toBe(414);
    expect(answer.body.code).toBe('url_too_long');
    const path = '/api/data/contact?name=';
    const most = await call('GET', path + 'x'.repeat(8192 - path.length));
    expect(most.status).toBe(200);
  });

  it('headerBytes', async () => {
    const { url, call } = await startServer();
    const text = await raw(
      url,
      `GET /healthz HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17_000)}\r\n\r\n`,
    );
    expect(text).toContain('HTTP/1.1 431');
    expect(text).toContain('headers_too_large');
    expect(text.toLowerCase()).toContain('x-content-type-options: nosniff');
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  it('what is not HTTP', async () => {
    const { url, call } = await startServer();
    const text = await raw(url, 'NONSENSE\r\n\r\n');
    expect(text).toContain('HTTP/1.1 400');
    expect(text).toContain('request_malformed');
    expect((await call('GET', '/healthz')).status).toBe(200);
  });

  it('pathPartLength', async () => {
    const { call } = await startServer();
    const long = await call('GET', `/api/data/contact/${'x'.repeat(257)}`);
    expect(long.status).toBe(414);
    expect(long.body.code).toBe('url_too_long');
    expect((await call('GET', `/api/data/contact/${'x'.repeat(256)}`)).body.code).toBe(
      'record_not_found',
    );
  });

  it('batchItems', async () => {
    const { call } = await startServer();
    const records = Array.from({ length: 201 }, () => ({ data: { name: 'x' } }));
    const over = await call('POST', '/api/data/account/batch', {
      body: { operation: 'create', records },
    });
    expect(over.status).toBe(400);
    expect(over.body.message).toContain('batchItems');
    const most = await call('POST', '/api/data/account/batch', {
      body: { operation: 'create', records: records.slice(1) },
    });
    expect(most.body.data.succeeded).toBe(200);
  });

  it('matchedRecords', async () => {
    const { call } = await withLimits({ matchedRecords: 1 });
    await call('POST', '/api/data/account/createMany', { body: [{ name: 'm' }, { name: 'm' }] });
    const body = { filter: { name: 'm' } };
    const over = await call('POST', '/api/data/account/deleteMany', { body });
    expect(over.status).toBe(400);
    expect(over.body.code).toBe('limit_exceeded');
    expect(over.body.message).toContain('matching records');
  });

  it('bulkRecords', async () => {
    const { call } = await startServer();
    const records = Array.from({ length: 1001 }, (_, index) => ({ name: `bulk ${index}` }));
    const over = await call('POST', '/api/data/account/createMany', { body: records });
    expect(over.status).toBe(400);
    expect(over.body.message).toContain('bulkRecords');
    const most = await call('POST', '/api/data/account/createMany', { body: records.slice(1) });
    expect(most.body.data).toHaveLength(1000);
    expect((await call('GET', '/api/data/account?top=1000')).body.data.total).toBe(1000);
  });
});

describe('limits of time', () => {
  it('deadlineMs, of the engine', async () => {
    const { call, kernel } = await withLimits({ deadlineMs: 1 });
    const slow = definePlugin({
      manifest: { id: 'slow-hook', version: '1.0.0' },
      setup: (ctx) => {
        ctx.hook('data.record.beforeFind', () => new Promise((resolve) => setTimeout(resolve, 20)));
      },
    });
    await kernel.add(slow);
    const answer = await call('GET', '/api/data/contact');
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({ code: 'deadline_exceeded', retryable: true });
  });

  it('deadlineMs, of a contributed route, which is told', async () => {
    let aborted = false;
    const hanging = definePlugin({
      manifest: { id: 'hanging', version: '1.0.0' },
      setup: (ctx) => {
        ctx.contribute(routesPoint, {
          method: 'GET',
          path: '/api/hanging',
          access: 'authenticated',
          handler: ({ signal }) =>
            new Promise(() => {
              signal.addEventListener('abort', () => (aborted = true));
            }),
        });
      },
    });
    const { call } = await startServer({
      plugins: [hanging],
      config: { limits: { deadlineMs: 20 } },
    });
    const answer = await call('GET', '/api/hanging');
    expect(answer.status).toBe(503);
    expect(answer.body.code).toBe('deadline_exceeded');
    expect(aborted).toBe(true);
  });

  it.each([
    ['headersTimeoutMs', 'GET /healthz HTTP/1.1\r\nHost: x\r\n'],
    ['requestTimeoutMs', 'POST /api/data/account HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n'],
  ])('%s cuts a request that does not end', async (_limit, start) => {
    const { url } = await withLimits({ headersTimeoutMs: 50, requestTimeoutMs: 100 });
    const text = await raw(url, start);
    expect(text).toContain('HTTP/1.1 408');
    expect(text).toContain('request_timeout');
  });

  it('socketTimeoutMs cuts a connection that is silent in the middle of a body', async () => {
    const { url, token } = await withLimits({ socketTimeoutMs: 100 });
    const text = await raw(
      url,
      `POST /api/data/account HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n`,
      'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"na',
    );
    expect(text).not.toContain(' 201 ');
  });

  it('keepAliveTimeoutMs closes an idle connection', async () => {
    const { url } = await withLimits({ keepAliveTimeoutMs: 50 });
    const text = await raw(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(text).toContain('HTTP/1.1 200');
  });
});

describe('limits of connections', () => {
  it('closes one too many', async () => {
    const { url } = await withLimits({ connections: 1, keepAliveTimeoutMs: 50 });
    const { hostname, port } = new URL(url);
    const first = connect(Number(port), hostname);
    await new Promise((resolve) => first.once('connect', resolve));
    first.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
    await new Promise((resolve) => first.once('data', resolve));
    expect(await raw(url, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n').catch(() => '')).toBe('');
    first.destroy();
  });
});
