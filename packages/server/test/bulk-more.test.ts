import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, startServer, type Answer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({
    stopAfterTest: false,
    config: { limits: { matchedRecords: 20 } },
  });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

function post(path: string, body?: unknown): Promise<Answer> {
  return call('POST', `/api/data/${path}`, body === undefined ? {} : { body });
}

async function make(count: number, name: string): Promise<string[]> {
  const answer = await post('account/createMany', Array(count).fill({ name }));
  expect(answer.status, answer.text).toBe(201);
  return recordsOf<{ id: string }>(answer).map((record) => record.id);
}

async function total(query: string): Promise<number> {
  return (await call('GET', `/api/data/account?${query}&top=0`)).body.data.total as number;
}

describe('by filter', () => {
  it('changes and deletes all that match, and tells each', async () => {
    await make(3, 'filtered');
    const filter = { name: 'filtered' };
    const updated = await post('account/updateMany', { filter, data: { revenue: 9 } });
    expect(updated.status, updated.text).toBe(200);
    expect(updated.body.data).toMatchObject({ operation: 'update', total: 3, succeeded: 3 });
    expect(await total('name=filtered&revenue=9')).toBe(3);
    const deleted = await post('account/deleteMany', { filter, expected: 3 });
    expect(deleted.body.data).toMatchObject({ operation: 'delete', succeeded: 3 });
    expect(await total('name=filtered')).toBe(0);
  });

  it('refuses another number than expected', async () => {
    await make(2, 'guarded');
    const answer = await post('account/deleteMany', { filter: { name: 'guarded' }, expected: 1 });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('unexpected_count');
    expect(await total('name=guarded')).toBe(2);
  });

  it('refuses a filter that matches everything without a number, and too many', async () => {
    await make(21, 'many');
    const every = await post('account/deleteMany', { filter: {} });
    expect(every.body.code).toBe('body_invalid');
    const many = await post('account/deleteMany', { filter: { name: 'many' } });
    expect(many.body.code).toBe('limit_exceeded');
    expect(await total('name=many')).toBe(21);
  });

  it.each([
    ['updateMany', { filter: { nothing: 1 }, data: {} }, 'unknown_field'],
    ['updateMany', { filter: { name: 'x' } }, 'body_invalid'],
    ['updateMany', { filter: { name: 'x' }, data: {}, ids: [] }, 'body_invalid'],
    ['deleteMany', { filter: { name: 'x' }, expected: -1 }, 'body_invalid'],
  ])('%s refuses %j as %s', async (path, body, code) => {
    expect((await post(`account/${path}`, body)).body.code).toBe(code);
  });
});

describe('upsert', () => {
  it('answers 201, then 200, and 400 by a field that is not unique', async () => {
    const body = { email: 'up@a.example', name: 'Up' };
    const first = await post('contact/upsert?by=email', body);
    expect(first.status, first.text).toBe(201);
    expect(first.headers.get('etag')).toBe('"1"');
    const second = await post('contact/upsert?by=email', { ...body, name: 'Up again' });
    expect(second.status).toBe(200);
    expect(second.body.data.record).toMatchObject({ name: 'Up again', revision: 2 });
    const other = await post('contact/upsert?by=name', body);
    expect(other.status).toBe(400);
    expect(other.body.code).toBe('upsert_key_not_unique');
    expect((await post('contact/upsert', body)).body.code).toBe('invalid_parameter');
    expect((await post('contact/upsert?key=email', body)).body.code).toBe('unknown_parameter');
  });

  it('makes one record of 20 requests at the same time', async () => {
    const body = { email: 'race@a.example', name: 'Race' };
    const send = () => post('contact/upsert?by=email', body);
    const answers = await Promise.all(Array.from({ length: 20 }, send));
    const statuses = answers.map((answer) => answer.status).sort();
    expect(statuses).toEqual([...Array<number>(19).fill(200), 201]);
  });

  it('does many, and in the published batch form', async () => {
    const records = [
      { email: 'many-1@a.example', name: 'A' },
      { email: 'many-2@a.example', name: 'B' },
    ];
    const first = await post('contact/upsertMany', { records, by: ['email'] });
    expect(first.body.data.results).toMatchObject([{ created: true }, { created: true }]);
    const batch = await post('contact/batch', {
      operation: 'upsert',
      by: ['email'],
      records: [{ externalId: 'many-1@a.example', data: { name: 'A2' } }],
    });
    expect(batch.body.data.results).toMatchObject([{ created: false, success: true }]);
    const mixed = await post('contact/batch', {
      by: ['email'],
      operations: [
        { type: 'upsert', data: { email: 'many-3@a.example', name: 'C' } },
        { type: 'create', data: { name: 'D' } },
      ],
    });
    expect(mixed.body.data).toMatchObject({ operation: 'mixed', succeeded: 2 });
  });
});

describe('validateOnly', () => {
  it('answers the results of a batch that leaves nothing', async () => {
    const body = {
      operation: 'create',
      records: [{ data: { name: 'Validated' } }, { data: { revenue: -1 } }],
      options: { validateOnly: true, atomic: false, continueOnError: true },
    };
    const answer = await post('account/batch', body);
    expect(answer.body.data).toMatchObject({ succeeded: 1, failed: 1 });
    expect(await total('name=Validated')).toBe(0);
    const atomic = { ...body, options: { validateOnly: true } };
    expect((await post('account/batch', atomic)).body.code).toBe('batch_partial_failure');
  });
});

describe('purge, empty trash and clone', () => {
  it('purge for good, at the expected revision', async () => {
    const [id = ''] = await make(1, 'purged');
    await call('DELETE', `/api/data/account/${id}`);
    const path = `/api/data/account/${id}/purge`;
    expect((await call('POST', path, { headers: { 'if-match': '"1"' } })).status).toBe(412);
    const answer = await call('POST', path, { headers: { 'if-match': '"2"' } });
    expect(answer.body.data).toEqual({ object: 'account', id, purged: true });
    expect((await post(`account/${id}/restore`)).status).toBe(404);
  });

  it('empty the trash, or a part of it', async () => {
    const ids = await make(3, 'trashed');
    await post('account/deleteMany', { ids });
    const part = { filter: { name: 'trashed' }, expected: 2 };
    expect((await post('account/emptyTrash', part)).body.code).toBe('unexpected_count');
    const answer = await post('account/emptyTrash', { filter: { name: 'trashed' } });
    expect(answer.body.data).toMatchObject({ operation: 'purge', succeeded: 3 });
    const rest = await post('account/emptyTrash');
    expect(rest.status, rest.text).toBe(200);
  });

  it('clone a record with its children', async () => {
    const [id = ''] = await make(1, 'Original');
    await post('contact', { name: 'Child', account: id });
    const body = { overrides: { name: 'Copy' }, children: ['contact'] };
    const answer = await post(`account/${id}/clone`, body);
    expect(answer.status, answer.text).toBe(201);
    expect(answer.body.data).toMatchObject({ sourceId: id, record: { name: 'Copy' } });
    const copy = answer.body.data.id as string;
    const children = await call('GET', `/api/data/contact?account=${copy}`);
    expect(recordsOf(children)).toHaveLength(1);
    expect((await post(`account/${id}/clone`, { deep: 1 })).body.code).toBe('body_invalid');
    expect((await post('account/nobody/clone')).status).toBe(404);
  });

  it('are switched on by their own methods', async () => {
    for (const path of ['upsert?by=id', 'x/clone', 'x/purge', 'emptyTrash']) {
      const answer = await post(`reading/${path}`, path.startsWith('upsert') ? {} : undefined);
      expect(answer.status, path).toBe(405);
    }
  });
});
