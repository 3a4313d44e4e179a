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

async function create(
  object: string,
  body: object,
): Promise<Record<string, unknown> & { id: string }> {
  const answer = await call('POST', `/api/data/${object}`, { body });
  expect(answer.status, answer.text).toBe(201);
  return (answer.body as { data: { record: Record<string, unknown> & { id: string } } }).data
    .record;
}

describe.each(['/api/data', '/api/v1/data'])('records at %s', (prefix) => {
  it('are created, read, listed, changed and deleted in the recorded envelope', async () => {
    const created = await call('POST', `${prefix}/account`, { body: { name: 'Acme' } });
    expect(created.status).toBe(201);
    const { id } = created.body.data;
    expect(created.body).toEqual({
      success: true,
      data: {
        object: 'account',
        id,
        record: expect.objectContaining({ id, name: 'Acme', status: 'new', revision: 1 }),
      },
    });
    expect(created.headers.get('etag')).toBe('"1"');

    const read = await call('GET', `${prefix}/account/${id}`);
    expect(read.status).toBe(200);
    expect(read.body).toEqual(created.body);
    expect(read.headers.get('etag')).toBe('"1"');

    const list = await call('GET', `${prefix}/account?name=Acme&top=1`);
    expect(list.body.data).toMatchObject({ object: 'account', hasMore: expect.any(Boolean) });
    expect(list.body.data.records).toHaveLength(1);
    expect(list.body.data.value).toEqual(list.body.data.records);
    expect(list.body.data.count).toBe(list.body.data.total);

    const changed = await call('PATCH', `${prefix}/account/${id}`, { body: { revenue: 5 } });
    expect(changed.status).toBe(200);
    expect(changed.body.data).toMatchObject({
      object: 'account',
      id,
      record: { name: 'Acme', revenue: 5 },
    });
    expect(changed.headers.get('etag')).toBe('"2"');

    const deleted = await call('DELETE', `${prefix}/account/${id}`);
    expect(deleted.status).toBe(200);
    expect(deleted.body).toEqual({
      success: true,
      data: { object: 'account', id, deleted: true, success: true },
    });
    expect((await call('GET', `${prefix}/account/${id}`)).status).toBe(404);

    const restored = await call('POST', `${prefix}/account/${id}/restore`);
    expect(restored.status, restored.text).toBe(200);
    expect(restored.body.data.record).toMatchObject({ id, name: 'Acme' });
  });

  it('are found by a query in the body, with the real total', async () => {
    for (const name of ['Q1', 'Q2', 'Q3'])
      await create('account', { name, website: `https://${prefix.length}.example.com` });
    const answer = await call('POST', `${prefix}/account/query`, {
      body: {
        object: 'account',
        where: { website: `https://${prefix.length}.example.com` },
        orderBy: [{ field: 'name', order: 'desc' }],
        limit: 2,
        fields: ['name'],
      },
    });
    expect(answer.status, answer.text).toBe(200);
    expect(recordsOf(answer).map((record) => record['name'])).toEqual(['Q3', 'Q2']);
    expect(answer.body.data).toMatchObject({ total: 3, count: 3, hasMore: true });
  });

  it('leaves the total out when asked to', async () => {
    const { data } = (await call('GET', `${prefix}/account?count=false`)).body;
    expect(data).not.toHaveProperty('total');
    expect(data).not.toHaveProperty('count');
    expect(data.records).toEqual(data.value);
  });

  it('accepts what the published clients send with a body-less request', async () => {
    const { id } = await create('account', { name: 'Gone' });
    const headers = { 'content-type': 'application/json' };
    expect((await call('DELETE', `${prefix}/account/${id}`, { headers })).status).toBe(200);
    expect((await call('POST', `${prefix}/account/${id}/restore`, { headers })).status).toBe(200);
    expect((await call('GET', `${prefix}/account/${id}`, { headers })).status).toBe(200);
  });
});

describe('reading', () => {
  it('expands and selects', async () => {
    const account = await create('account', { name: 'Parent' });
    const contact = await create('contact', { name: 'Ada', account: account.id });
    const one = await call(
      'GET',
      `/api/data/contact/${contact.id}?select=name,account&expand=account`,
    );
    expect(one.body.data.record.account).toMatchObject({ id: account.id, name: 'Parent' });
    expect(one.body.data.record).not.toHaveProperty('score');
    const list = await call('GET', `/api/data/contact?account=${account.id}&expand=account`);
    expect(list.body.data.records[0].account).toMatchObject({ name: 'Parent' });
  });

  it('answers 304 on our prefix only, and only for the whole record', async () => {
    const { id } = await create('account', { name: 'Cached' });
    const headers = { 'if-none-match': '"1"' };
    const current = await call('GET', `/api/data/account/${id}`, { headers });
    expect(current.status).toBe(304);
    expect(current.text).toBe('');
    expect(current.headers.get('etag')).toBe('"1"');
    expect((await call('GET', `/api/v1/data/account/${id}`, { headers })).status).toBe(200);
    expect(
      (await call('GET', `/api/data/account/${id}?select=id,revision`, { headers })).status,
    ).toBe(200);
    const stale = { 'if-none-match': '"0"' };
    expect((await call('GET', `/api/data/account/${id}`, { headers: stale })).status).toBe(200);
  });

  it('answers HEAD like GET, without a body', async () => {
    const { id } = await create('account', { name: 'Head' });
    const answer = await call('HEAD', `/api/data/account/${id}`);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe('');
    expect(answer.headers.get('etag')).toBe('"1"');
  });
});

describe('conditional writes', () => {
  it('go through at the expected revision and are refused at another', async () => {
    const { id } = await create('account', { name: 'Shared' });
    const path = `/api/data/account/${id}`;
    const first = await call('PATCH', path, {
      body: { revenue: 1 },
      headers: { 'if-match': '"1"' },
    });
    expect(first.status).toBe(200);
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      const body = method === 'DELETE' ? {} : { body: { revenue: 2 } };
      const stale = await call(method, path, { ...body, headers: { 'if-match': '"1"' } });
      expect(stale.status, method).toBe(412);
      expect(stale.body.code).toBe('concurrent_modification');
    }
    expect((await call('GET', path)).body.data.record).toMatchObject({ revenue: 1, revision: 2 });
    expect((await call('DELETE', path, { headers: { 'if-match': '"2"' } })).status).toBe(200);
  });

  it.each([
    ['2', 400],
    ['W/"1"', 412],
    ['"a"', 412],
    ['"1", "2"', 200],
    ['*', 200],
  ])('with If-Match %s answer %i', async (tag, status) => {
    const { id } = await create('account', { name: 'Tagged' });
    const answer = await call('PATCH', `/api/data/account/${id}`, {
      body: { revenue: 1 },
      headers: { 'if-match': tag },
    });
    expect(answer.status).toBe(status);
  });

  it('refuse If-None-Match, which is for reads', async () => {
    const { id } = await create('account', { name: 'None' });
    const headers = { 'if-none-match': '"1"' };
    const answer = await call('PATCH', `/api/data/account/${id}`, {
      body: { revenue: 1 },
      headers,
    });
    expect(answer.body.code).toBe('header_invalid');
  });

  it('hold for a restore too', async () => {
    const { id } = await create('account', { name: 'Back' });
    const path = `/api/data/account/${id}`;
    expect((await call('DELETE', path)).status).toBe(200);
    const stale = await call('POST', `${path}/restore`, { headers: { 'if-match': '"1"' } });
    expect(stale.status).toBe(412);
    const fresh = await call('POST', `${path}/restore`, { headers: { 'if-match': '"2"' } });
    expect(fresh.status).toBe(200);
    expect(fresh.headers.get('etag')).toBe('"3"');
  });
});

describe('whole records', () => {
  it('may be sent back as they were read, with a change', async () => {
    const record = await create('contact', { name: 'Grace' });
    const body = { ...record, name: 'Grace H.' };
    for (const method of ['PATCH', 'PUT']) {
      const current = (await call('GET', `/api/data/contact/${record.id}`)).body.data.record;
      const answer = await call(method, `/api/data/contact/${record.id}`, {
        body: { ...current, name: `${body.name} ${method}` },
      });
      expect(answer.status, answer.text).toBe(200);
      expect(answer.body.data.record.name).toBe(`Grace H. ${method}`);
    }
  });

  it('are refused with another id, or with a changed read-only field', async () => {
    const record = await create('contact', { name: 'Joan' });
    const path = `/api/data/contact/${record.id}`;
    const other = await call('PATCH', path, { body: { ...record, id: 'other' } });
    expect(other.status).toBe(400);
    expect(other.body.code).toBe('id_mismatch');
    const changed = await call('PATCH', path, {
      body: { ...record, created_at: '2001-01-01T00:00:00.000Z' },
    });
    expect(changed.status).toBe(400);
    expect(changed.body.code).toBe('read_only_field');
    expect(changed.body.message).toContain('created_at');
    const partial = await call('PATCH', path, { body: { revision: 1 } });
    expect(partial.body.code).toBe('read_only_field');
  });
});

describe('what others restrict', () => {
  it('is not deleted', async () => {
    const account = await create('account', { name: 'Held' });
    await create('contact', { name: 'Holder', account: account.id });
    const answer = await call('DELETE', `/api/data/account/${account.id}`);
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('delete_restricted');
    expect((await call('GET', `/api/data/account/${account.id}`)).status).toBe(200);
  });
});
