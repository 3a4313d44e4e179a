import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stopAndCheck } from '@objectos/testing';
import { recordsOf, startServer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({ stopAfterTest: false });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

async function names(prefix: string): Promise<string[]> {
  const filter = encodeURIComponent(JSON.stringify(['name', 'startswith', prefix]));
  const answer = await call('GET', `/api/data/account?filter=${filter}&sort=name`);
  expect(answer.status, answer.text).toBe(200);
  return recordsOf<{ name: string }>(answer).map((record) => record.name);
}

async function make(...given: string[]): Promise<string[]> {
  const answer = await call('POST', '/api/data/account/createMany', {
    body: given.map((name) => ({ name })),
  });
  expect(answer.status, answer.text).toBe(201);
  return recordsOf<{ id: string }>(answer).map((record) => record.id);
}

function batch(body: unknown, path = '/api/data/account/batch') {
  return call('POST', path, { body });
}

describe('createMany', () => {
  it('returns the records', async () => {
    const answer = await call('POST', '/api/v1/data/account/createMany', {
      body: [{ name: 'cm-1' }, { name: 'cm-2' }],
    });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject([
      { name: 'cm-1', revision: 1 },
      { name: 'cm-2', revision: 1 },
    ]);
  });

  it('creates all or none, and says which record is wrong', async () => {
    const answer = await call('POST', '/api/data/account/createMany', {
      body: { records: [{ name: 'none-1' }, { revenue: -5 }] },
    });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('batch_partial_failure');
    expect(answer.body.details.results).toMatchObject([{ index: 1, code: 'validation_error' }]);
    expect(await names('none-')).toEqual([]);
  });
});

describe('updateMany and deleteMany', () => {
  it('tell what became of each record', async () => {
    const [first = '', second = ''] = await make('um-1', 'um-2');
    const updated = await call('POST', '/api/data/account/updateMany', {
      body: {
        records: [
          { id: first, data: { revenue: 1 } },
          { id: second, data: { revenue: 2 } },
        ],
        options: { returnRecords: true },
      },
    });
    expect(updated.status, updated.text).toBe(200);
    expect(updated.body.data).toMatchObject({
      success: true,
      operation: 'update',
      total: 2,
      succeeded: 2,
      failed: 0,
      results: [
        { id: first, success: true, index: 0, data: { revenue: 1 } },
        { id: second, success: true, index: 1, data: { revenue: 2 } },
      ],
    });
    const deleted = await call('POST', '/api/data/account/deleteMany', {
      body: { ids: [first, second] },
    });
    expect(deleted.body.data).toMatchObject({ success: true, operation: 'delete', succeeded: 2 });
    expect(deleted.body.data.results[0]).not.toHaveProperty('data');
    expect(await names('um-')).toEqual([]);
  });

  it('keep the good ones when not atomic and told to go on', async () => {
    const [good = ''] = await make('go-1');
    const answer = await call('POST', '/api/data/account/deleteMany', {
      body: { ids: ['missing', good], options: { atomic: false, continueOnError: true } },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toMatchObject({ success: false, succeeded: 1, failed: 1 });
    expect(answer.body.data.results[0].errors).toMatchObject([{ code: 'record_not_found' }]);
    expect(await names('go-')).toEqual([]);
  });
});

describe('batch', () => {
  it('takes one operation for all records', async () => {
    const answer = await batch({ operation: 'create', records: [{ data: { name: 'one-1' } }] });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toMatchObject({ operation: 'create', succeeded: 1 });
    expect(await names('one-')).toEqual(['one-1']);
  });

  it('takes mixed operations, in one transaction', async () => {
    const [first = '', second = ''] = await make('mix-1', 'mix-2');
    const answer = await batch(
      {
        operations: [
          { type: 'create', data: { name: 'mix-3' } },
          { type: 'update', id: first, data: { name: 'mix-1b' } },
          { type: 'delete', id: second },
        ],
      },
      '/api/v1/data/account/batch',
    );
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toMatchObject({ success: true, operation: 'mixed', total: 3 });
    expect(await names('mix-')).toEqual(['mix-1b', 'mix-3']);
  });

  it('undoes a mixed batch when one item fails', async () => {
    const [first = ''] = await make('undo-1');
    const answer = await batch({
      operations: [
        { type: 'update', id: first, data: { name: 'undo-changed' } },
        { type: 'create', data: { name: 'undo-2' } },
        { type: 'delete', id: 'missing' },
      ],
    });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('batch_partial_failure');
    expect(answer.body.details.results).toMatchObject([{ index: 2, code: 'record_not_found' }]);
    expect(await names('undo-')).toEqual(['undo-1']);
  });

  it.each([{ options: { atomic: false } }, { atomic: false }])(
    'stops at the first failure when not atomic: %j',
    async (options) => {
      const prefix = 'options' in options ? 'stop-a' : 'stop-b';
      const answer = await batch({
        operations: [
          { type: 'create', data: { name: `${prefix}-1` } },
          { type: 'create', data: {} },
          { type: 'create', data: { name: `${prefix}-3` } },
        ],
        ...options,
      });
      expect(answer.status, answer.text).toBe(200);
      const { results } = (answer.body as { data: { results: { errors?: { code: string }[] }[] } })
        .data;
      const codes = results.map((result) => result.errors?.[0]?.code);
      expect(codes).toEqual([undefined, 'validation_error', 'batch_stopped']);
      expect(await names(prefix)).toEqual([`${prefix}-1`]);
    },
  );

  it('goes on with a mixed batch when told to', async () => {
    const answer = await batch({
      operations: [
        { type: 'delete', id: 'missing' },
        { type: 'create', data: { name: 'on-1' } },
      ],
      options: { atomic: false, continueOnError: true },
    });
    expect(answer.body.data).toMatchObject({ succeeded: 1, failed: 1 });
    expect(await names('on-')).toEqual(['on-1']);
  });

  it('refuses an upsert that does not say its key, and writes nothing', async () => {
    const answer = await batch({ operation: 'upsert', records: [{ data: { name: 'keyless' } }] });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('body_invalid');
    expect(await names('keyless')).toEqual([]);
  });

  it('needs the API methods of what it does', async () => {
    const answer = await batch({ operation: 'create', records: [] }, '/api/data/reading/batch');
    expect(answer.status).toBe(405);
    expect(answer.body.code).toBe('method_not_enabled');
  });
});
