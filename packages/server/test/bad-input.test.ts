import { request as httpRequest } from 'node:http';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopAndCheck } from '@objectos/testing';
import { startServer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({ stopAfterTest: false });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

async function everything(): Promise<string> {
  return (await call('GET', '/api/data/contact?top=1000')).text;
}

const json = (value: unknown) => encodeURIComponent(JSON.stringify(value));

describe('queries', () => {
  it.each([
    ['nosuch=1', 'unknown_parameter'],
    ['nmae=1', 'unknown_parameter'],
    ['__proto__=1', 'unknown_parameter'],
    ['constructor=1', 'unknown_parameter'],
    ['select=nosuch', 'unknown_field'],
    ['sort=nosuch', 'unknown_field'],
    [`filter=${json({ nosuch: 1 })}`, 'unknown_field'],
    [`filter=${json({ name: { $nosuch: 1 } })}`, 'unknown_operator'],
    [`filter=${json(['name', 'nosuch', 1])}`, 'unknown_operator'],
    ['filter={', 'invalid_filter'],
    ['filter=[object Object]', 'invalid_filter'],
    [`filter=${json({ __proto__x: 1 })}`, 'unknown_field'],
    ['top=-1', 'invalid_parameter'],
    ['top=1e3', 'invalid_parameter'],
    ['top=NaN', 'invalid_parameter'],
    ['top=', 'invalid_parameter'],
    ['top=1&top=2', 'invalid_parameter'],
    ['top=1001', 'limit_exceeded'],
    ['top=1000000000', 'limit_exceeded'],
    ['skip=-1', 'invalid_parameter'],
    ['count=maybe', 'invalid_parameter'],
    ['filter=a&where=b', 'invalid_parameter'],
  ])('?%s is %s', async (text, code) => {
    for (const prefix of ['/api/data', '/api/v1/data']) {
      const answer = await call('GET', `${prefix}/contact?${text}`);
      expect(answer.status, answer.text).toBe(400);
      expect(answer.body.code).toBe(code);
      expect(answer.body.error.code).toBe(code);
    }
  });

  it('top=0 is a page without records', async () => {
    const answer = await call('GET', '/api/data/contact?top=0');
    expect(answer.status).toBe(200);
    expect(answer.body.data.records).toEqual([]);
  });

  it('suggests the name that was meant', async () => {
    expect((await call('GET', '/api/data/contact?sort=nmae')).body.message).toContain('"name"');
    expect((await call('GET', '/api/data/contcat')).body.message).toContain('"contact"');
  });

  it.each([
    ['sort=name', 'unknown_parameter'],
    ['filter={}', 'unknown_parameter'],
    ['count=true', 'unknown_parameter'],
    ['name=x', 'unknown_parameter'],
  ])('of one record know no ?%s', async (text, code) => {
    const answer = await call('GET', `/api/data/contact/some-id?${text}`);
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe(code);
  });

  it.each([
    [{ object: 'account' }, 'invalid_parameter'],
    [{ nosuch: 1 }, 'unknown_parameter'],
    [[], 'body_invalid'],
    ['"text"', 'body_invalid'],
    [{ where: { nosuch: 1 } }, 'unknown_field'],
    [{ limit: '5' }, 'invalid_parameter'],
  ])('in a body: %j is %s', async (body, code) => {
    const answer = await call('POST', '/api/data/contact/query', { body });
    expect(answer.status, answer.text).toBe(400);
    expect(answer.body.code).toBe(code);
  });

  it('nested 10,000 deep are refused', async () => {
    const deep = '{"$not":'.repeat(10_000) + '{"name":1}' + '}'.repeat(10_000);
    const answer = await call('POST', '/api/data/contact/query', { body: `{"where":${deep}}` });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('limit_exceeded');
  });
});

describe('records', () => {
  it.each([
    [{ name: 'x', nosuch: 1 }, 'unknown_field'],
    [{}, 'validation_error'],
    [{ name: 5 }, 'validation_error'],
    [{ name: 'x', score: '5' }, 'validation_error'],
    [{ name: 'x', score: 101 }, 'validation_error'],
    [{ name: 'x', birthday: 'yesterday' }, 'validation_error'],
    [{ name: 'x', active: 'yes' }, 'validation_error'],
    [{ name: 'x', email: 'no mail' }, 'validation_error'],
    [{ name: 'x', tags: 'one' }, 'validation_error'],
    [{ name: 'x', account: 'missing' }, 'invalid_reference'],
    [{ name: 'x', account: { id: 'a' } }, 'nested_write_invalid'],
    [{ name: 'x', id: 'mine' }, 'read_only_field'],
    [{ name: 'x', created_at: '2001-01-01T00:00:00.000Z' }, 'read_only_field'],
    [{ name: 'x', revision: 7 }, 'read_only_field'],
    [{ name: 'x', code: 'mine' }, 'read_only_field'],
    [[], 'body_invalid'],
    ['null', 'body_invalid'],
    ['5', 'body_invalid'],
    ['', 'body_invalid'],
    ['{"name":', 'body_invalid'],
    ["{'name':'x'}", 'body_invalid'],
    ['{"name":"x","__proto__":{"admin":true}}', 'body_invalid'],
    ['{"name":"x","notes":{"deep":{"__proto__":{"admin":true}}}}', 'body_invalid'],
    ['{"name":"x","notes":{"constructor":{"prototype":{"admin":true}}}}', 'body_invalid'],
    ['{"name":"x","a.__proto__.b":1}', 'body_invalid'],
  ])('%j: %s, and nothing is written', async (body, code) => {
    const before = await everything();
    const answer = await call('POST', '/api/data/contact', { body });
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.status, answer.text).toBeLessThan(500);
    expect(answer.body.code, answer.text).toBe(code);
    expect(answer.body.requestId).toBe(answer.headers.get('x-request-id'));
    expect(await everything()).toBe(before);
    expect(({} as Record<string, unknown>)['admin']).toBeUndefined();
  });

  it('name each wrong field', async () => {
    const answer = await call('POST', '/api/data/contact', { body: { name: 5, score: 'x' } });
    expect(answer.body.error.fieldErrors).toEqual(
      expect.arrayContaining([
        { field: 'name', code: expect.any(String), message: expect.any(String) },
        { field: 'score', code: expect.any(String), message: expect.any(String) },
      ]),
    );
  });

  it('do not repeat a unique value', async () => {
    const body = { name: 'Twin', email: 'twin@example.com' };
    expect((await call('POST', '/api/data/contact', { body })).status).toBe(201);
    const answer = await call('POST', '/api/data/contact', { body });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('duplicate_value');
  });
});

describe('names from outside', () => {
  it.each([
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'sys_change_log',
    'internal',
    'CONTACT',
  ])('object "%s" does not exist on any route', async (object) => {
    const answers = await Promise.all([
      call('GET', `/api/data/${object}`),
      call('GET', `/api/data/${object}/1`),
      call('POST', `/api/data/${object}`, { body: {} }),
      call('POST', `/api/data/${object}/query`, { body: {} }),
      call('PATCH', `/api/data/${object}/1`, { body: {} }),
      call('DELETE', `/api/data/${object}/1`),
      call('POST', `/api/data/${object}/1/restore`),
      call('POST', `/api/data/${object}/createMany`, { body: [] }),
      call('GET', `/api/metadata/object/${object}`),
      call('GET', `/api/metadata/${object}/views/list`),
      call('GET', `/api/v1/ui/view/${object}`),
    ]);
    for (const answer of answers) {
      expect(answer.status, answer.text).toBe(404);
      expect(answer.body.code).toBe('object_not_found');
    }
  });

  it.each([
    'constructor',
    '__proto__',
    "' or 1=1 --",
    '%00',
    '%F0%9F%92%A9',
    '..%2f..%2fpackage.json',
  ])('id "%s" is not found', async (id) => {
    const answer = await call('GET', `/api/data/contact/${id}`);
    expect(answer.status, answer.text).toBe(404);
    expect(answer.body.code).toBe('record_not_found');
  });

  it.each([
    '/nosuch',
    '/api/data',
    '/api/data/',
    '/api//data/contact',
    '/api/data/contact/',
    '/API/data/contact',
  ])('GET %s is nothing', async (path) => {
    const answer = await call('GET', path);
    expect(answer.status, answer.text).toBeGreaterThanOrEqual(400);
    expect(answer.body.success).toBe(false);
  });

  it('a URL that is not UTF-8 is refused', async () => {
    const answer = await call('GET', '/api/data/contact/%E0%A4%A');
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('url_invalid');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  it('metadata is not written over HTTP', async () => {
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE']) {
      const answer = await call(method, '/api/v1/meta/object/contact', { body: {} });
      expect(answer.status).toBe(404);
      expect(answer.body.code).toBe('endpoint_not_found');
    }
  });

  it('a method that the object does not offer is refused by name', async () => {
    const answer = await call('POST', '/api/data/reading', { body: { name: 'x' } });
    expect(answer.status).toBe(405);
    expect(answer.body.message).toContain('create');
    expect((await call('GET', '/api/data/reading')).status).toBe(200);
  });
});

describe('content types', () => {
  /** `fetch` mends headers; this sends them as they are. */
  function post(
    contentType: string | undefined,
    body: string,
  ): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const headers = {
        authorization: `Bearer ${server.token}`,
        'content-length': String(Buffer.byteLength(body)),
        ...(contentType === undefined ? {} : { 'content-type': contentType }),
      };
      const request = httpRequest(`${server.url}/api/data/contact`, { method: 'POST', headers });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      });
      request.end(body);
    });
  }

  it.each([
    'application/json;x=1',
    'application/json\t;x',
    'application/json x',
    'application/json; charset=utf-16',
    'application/jsonx',
    'application/vnd.api+json',
    'text/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    '*/*',
    'application',
    undefined,
  ])('%j is not JSON', async (contentType) => {
    const { status, text } = await post(contentType, '{"name":"Typed"}');
    expect(status, text).toBe(415);
    expect(text).toContain('unsupported_media_type');
  });

  it.each([
    'application/json',
    ' application/json',
    'APPLICATION/JSON',
    'application/json; charset=utf-8',
  ])('%j is JSON, and validated', async (contentType) => {
    expect((await post(contentType, '{"name":5}')).status).toBe(400);
    expect((await post(contentType, '{"name":"Typed"}')).status).toBe(201);
  });
});

describe('anything at all', () => {
  it('is answered without a fault of the server', async () => {
    const part = fc.oneof(
      fc.string(),
      fc.webFragments(),
      fc.constantFrom('contact', 'query', '__proto__', '%', '..'),
    );
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record({ where: fc.jsonValue(), limit: fc.jsonValue(), orderBy: fc.jsonValue() }),
    );
    const parameter = fc.constantFrom(
      'filter',
      'sort',
      'select',
      'expand',
      'top',
      'skip',
      'count',
      'name',
      'score',
    );
    await fc.assert(
      fc.asyncProperty(part, body, parameter, async (text, value, name) => {
        const encoded = encodeURIComponent(text);
        const answers = await Promise.all([
          call('POST', '/api/data/contact/query', { body: value }),
          call('POST', '/api/data/contact/batch', { body: value }),
          call('POST', '/api/data/account', { body: value }),
          call('GET', `/api/data/contact?${name}=${encoded}`),
          call('GET', `/api/data/contact?${name}=${encodeURIComponent(JSON.stringify(value))}`),
          call('GET', `/api/data/contact/${encoded}`),
          call('GET', `/api/metadata/${encoded}`),
          call('GET', `/api/v1/ui/view/contact?type=${encoded}`),
        ]);
        for (const answer of answers) expect(answer.status, answer.text).toBeLessThan(500);
      }),
      { numRuns: 60 },
    );
  });

  it('tells nothing about the inside of the server', async () => {
    const answers = await Promise.all([
      call('GET', `/api/data/contact?filter=${json({ name: { $regex: '(' } })}`),
      call('GET', "/api/data/contact/';drop table contact"),
      call('POST', '/api/data/contact', { body: '{' }),
    ]);
    for (const { text } of answers) {
      expect(text).not.toMatch(/sqlite|select |node_modules|\.ts:|\/packages\/|stack/i);
    }
  });
});
