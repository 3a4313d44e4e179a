import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({ stopAfterTest: false });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

function batch(operations: unknown, headers: Record<string, string> = {}, path = '/api/batch') {
  return call('POST', path, { body: { operations, atomic: true }, headers });
}

const total = async (object: string, query: string): Promise<number> =>
  (await call('GET', `/api/data/${object}?${query}&top=0`)).body.data.total as number;

describe('a batch over several objects', () => {
  it('lets later operations refer to earlier records, by index and by name', async () => {
    const answer = await batch(
      [
        { object: 'account', data: { name: 'Cross' }, ref: 'acme' },
        { object: 'contact', action: 'create', data: { name: 'Child', account: { $ref: 0 } } },
        { object: 'contact', data: { name: 'Second', account: { $ref: 'acme' } }, ref: 'second' },
        { object: 'account', action: 'update', id: { $ref: 'acme' }, data: { revenue: 5 } },
        { object: 'contact', action: 'delete', id: { $ref: 'second' } },
      ],
      {},
      '/api/v1/batch',
    );
    expect(answer.status, answer.text).toBe(200);
    const { results } = answer.body.data as { results: Record<string, unknown>[] };
    const account = results[0]?.['id'];
    expect(results).toMatchObject([
      { object: 'account', action: 'create' },
      { object: 'contact', record: { name: 'Child', account } },
      { object: 'contact', record: { name: 'Second', account } },
      { object: 'account', action: 'update', record: { revenue: 5, revision: 2 } },
      { object: 'contact', action: 'delete', deleted: true },
    ]);
    expect(await total('contact', 'name=Child')).toBe(1);
    expect(await total('contact', 'name=Second')).toBe(0);
  });

  it('writes everything or nothing, and names the operation that failed', async () => {
    const answer = await batch([
      { object: 'account', data: { name: 'Undone' } },
      { object: 'contact', data: { account: { $ref: 0 } } },
    ]);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('batch_partial_failure');
    expect(answer.body.details.results).toMatchObject([
      { index: 1, object: 'contact', code: 'validation_error' },
    ]);
    expect(await total('account', 'name=Undone')).toBe(0);
  });

  it('upserts, is sent twice with one effect, and can be rehearsed', async () => {
    const operations = [
      {
        object: 'contact',
        action: 'upsert',
        by: ['email'],
        data: { email: 'x@a.example', name: 'X' },
      },
      { object: 'account', data: { name: 'Once' } },
    ];
    const rehearsed = await batch(operations, { prefer: 'dry-run' });
    expect(rehearsed.body.data.changes).toHaveLength(2);
    expect(await total('account', 'name=Once')).toBe(0);
    const first = await batch(operations, { 'idempotency-key': 'cross' });
    const second = await batch(operations, { 'idempotency-key': 'cross' });
    expect(first.status, first.text).toBe(200);
    expect(second.text).toBe(first.text);
    expect(await total('account', 'name=Once')).toBe(1);
  });

  it('takes text for text, whatever it looks like', async () => {
    const answer = await batch([{ object: 'account', data: { name: '@{a.id} {"$ref":0}' } }]);
    expect(answer.body.data.results[0].record.name).toBe('@{a.id} {"$ref":0}');
  });

  it.each([
    [{}, 'body_invalid'],
    [{ operations: [], atomic: false }, 'body_invalid'],
    [{ operations: ['x'] }, 'body_invalid'],
    [{ operations: [{ object: 'account', action: 'explode' }] }, 'body_invalid'],
    [{ operations: [{ object: 'account', action: 'update', data: {} }] }, 'body_invalid'],
    [{ operations: [{ object: 'account', id: 'x', data: {} }] }, 'body_invalid'],
    [{ operations: [{ object: 'account', action: 'upsert', data: {} }] }, 'body_invalid'],
    [
      {
        operations: [
          { object: 'account', ref: 'a' },
          { object: 'account', ref: 'a' },
        ],
      },
      'body_invalid',
    ],
    [{ operations: [{ object: 'nothing', data: {} }] }, 'object_not_found'],
    [{ operations: [{ object: 'reading', data: {} }] }, 'method_not_enabled'],
    [{ operations: Array(201).fill({ object: 'account' }) }, 'limit_exceeded'],
    [
      { operations: [{ object: 'contact', data: { account: { $ref: 0 } } }] },
      'batch_partial_failure',
    ],
  ])('refuses %.80j as %s', async (body, code) => {
    expect((await call('POST', '/api/batch', { body })).body.code).toBe(code);
  });
});
