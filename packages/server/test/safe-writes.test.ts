import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recordsOf, startServer, type Answer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({ stopAfterTest: false });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

async function create(object: string, body: Record<string, unknown>): Promise<string> {
  const answer = await call('POST', `/api/data/${object}`, { body });
  expect(answer.status, answer.text).toBe(201);
  return (answer.body as { data: { id: string } }).data.id;
}

async function named(name: string): Promise<Record<string, unknown>[]> {
  return recordsOf(await call('GET', `/api/data/account?name=${encodeURIComponent(name)}`));
}

describe('merging a stale change', () => {
  const stale = { 'if-match': '"1"', prefer: 'merge' };

  it('keeps what others changed, and applies what I changed', async () => {
    const id = await create('account', { name: 'Merge', revenue: 1 });
    const path = `/api/data/account/${id}`;
    await call('PATCH', path, { body: { revenue: 2 } });
    const answer = await call('PATCH', path, { body: { status: 'active' }, headers: stale });
    expect(answer.status, answer.text).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('merge');
    expect(answer.body.data.record).toMatchObject({ revenue: 2, status: 'active', revision: 3 });
  });

  it('answers 409 with base, mine and theirs for the same field', async () => {
    const id = await create('account', { name: 'Conflict', revenue: 1 });
    const path = `/api/data/account/${id}`;
    await call('PATCH', path, { body: { revenue: 2 } });
    const body = { revenue: 3, status: 'active' };
    const answer = await call('PATCH', path, { body, headers: stale });
    expect(answer.status).toBe(409);
    expect(answer.body.code).toBe('merge_conflict');
    expect(answer.body.details).toEqual({
      base: { revision: 1, values: { revenue: 1 } },
      mine: { values: { revenue: 3 } },
      theirs: { revision: 2, values: { revenue: 2 } },
    });
    expect((await call('GET', path)).body.data.record).toMatchObject({
      status: 'new',
      revision: 2,
    });
  });

  it('takes the same change of both for no conflict', async () => {
    const id = await create('account', { name: 'Agreed', revenue: 1 });
    const path = `/api/data/account/${id}`;
    await call('PATCH', path, { body: { revenue: 2 } });
    const answer = await call('PATCH', path, { body: { revenue: 2 }, headers: stale });
    expect(answer.body.data.record).toMatchObject({ revenue: 2, revision: 2 });
  });

  it('reads the base from a whole record that a form sends back', async () => {
    const id = await create('account', { name: 'Form', revenue: 1 });
    const path = `/api/data/account/${id}`;
    const { record } = (await call('GET', path)).body.data as { record: Record<string, unknown> };
    await call('PATCH', path, { body: { revenue: 2 } });
    const saved = await call('PATCH', path, { body: { ...record, website: 'https://a.example' } });
    expect(saved.status, saved.text).toBe(200);
    expect(saved.body.data.record).toMatchObject({ revenue: 2, website: 'https://a.example' });
    const again = await call('PUT', path, { body: { ...record, revenue: 7 } });
    expect(again.body.code).toBe('merge_conflict');
  });

  it('is refused without a base, and for a revision that never was', async () => {
    const id = await create('account', { name: 'Baseless' });
    const path = `/api/data/account/${id}`;
    const body = { revenue: 1 };
    const without = await call('PATCH', path, { body, headers: { prefer: 'merge' } });
    expect(without.body.code).toBe('header_invalid');
    const future = await call('PATCH', path, {
      body,
      headers: { prefer: 'merge', 'if-match': '"9"' },
    });
    expect(future.status).toBe(412);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (key: string) => ({ 'idempotency-key': key });

  it('gives 50 equal requests at once one row and one answer', async () => {
    const send = () =>
      call('POST', '/api/data/account', { body: { name: 'Fifty' }, headers: keyed('fifty') });
    const answers = await Promise.all(Array.from({ length: 50 }, send));
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect(new Set(answers.map((answer) => answer.status))).toEqual(new Set([201]));
    const replayed = answers.filter((one) => one.headers.get('idempotency-replayed') === 'true');
    expect(replayed).toHaveLength(49);
    expect(await named('Fifty')).toHaveLength(1);
  });

  it('answers 422 to another body, and counts per route', async () => {
    const headers = keyed('"quoted-key"');
    const first = { body: { name: 'Key one' }, headers };
    expect((await call('POST', '/api/data/account', first)).status).toBe(201);
    const other = { body: { name: 'Key two' }, headers };
    const reused = await call('POST', '/api/data/account', other);
    expect(reused.status).toBe(422);
    expect(reused.body.code).toBe('idempotency_key_reused');
    expect((await call('POST', '/api/data/contact', other)).status).toBe(201);
    const published = await call('POST', '/api/v1/data/account', first);
    expect(published.headers.get('idempotency-replayed')).toBe('true');
  });

  it('forgets a request that failed, so that it may be corrected', async () => {
    const headers = keyed('failing');
    const wrong = await call('POST', '/api/data/account', { body: { revenue: 1 }, headers });
    expect(wrong.status).toBe(400);
    const right = { body: { name: 'Corrected' }, headers };
    expect((await call('POST', '/api/data/account', right)).status).toBe(201);
  });

  it('holds for changes, deletions, restores and every bulk request', async () => {
    const id = await create('account', { name: 'Every' });
    const path = `/api/data/account/${id}`;
    const twice = async (method: string, target: string, body?: unknown): Promise<Answer> => {
      const options = { body, headers: keyed(`every ${method} ${target}`.replaceAll(/\s/g, '-')) };
      const first = await call(method, target, options);
      const second = await call(method, target, options);
      expect(first.status, first.text).toBeLessThan(300);
      expect(second.text).toBe(first.text);
      expect(second.headers.get('idempotency-replayed')).toBe('true');
      expect(second.headers.get('etag')).toBe(first.headers.get('etag'));
      return first;
    };
    await twice('PATCH', path, { revenue: 1 });
    await twice('PUT', path, { revenue: 2 });
    await twice('DELETE', path);
    await twice('POST', `${path}/restore`);
    await twice('POST', '/api/data/account/createMany', [{ name: 'Every many' }]);
    const records = [{ id, data: { revenue: 3 } }];
    await twice('POST', '/api/data/account/updateMany', { records });
    const operations = [
      { type: 'create', data: { name: 'Every batch' } },
      { type: 'create', data: {} },
    ];
    const body = { operations, options: { atomic: false, continueOnError: true } };
    const mixed = await twice('POST', '/api/data/account/batch', body);
    expect(mixed.body.data).toMatchObject({ succeeded: 1, failed: 1 });
    await twice('POST', '/api/data/account/deleteMany', { ids: [id] });
    expect(await named('Every many')).toHaveLength(1);
    expect(await named('Every batch')).toHaveLength(1);
  });

  it.each(['', 'a b', 'x'.repeat(256), 'a"b'])('refuses the key %j', async (key) => {
    const answer = await call('POST', '/api/data/account', {
      body: { name: 'Bad key' },
      headers: { 'idempotency-key': key },
    });
    expect(answer.body.code).toBe('header_invalid');
  });
});

describe('Prefer: dry-run', () => {
  const headers = { prefer: 'dry-run' };

  it('tells what a write would answer and change, and leaves nothing', async () => {
    const answer = await call('POST', '/api/data/account', { body: { name: 'Dry' }, headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('preference-applied')).toBe('dry-run');
    const { data } = answer.body;
    expect(data).toMatchObject({ dryRun: true, ok: true, status: 201 });
    expect(data.answer.data.record).toMatchObject({ name: 'Dry', status: 'new', revision: 1 });
    expect(data.changes).toMatchObject([
      { object: 'account', operation: 'create', before: null, after: { name: 'Dry' } },
    ]);
    expect(await named('Dry')).toEqual([]);
  });

  it('shows before and after of a change, and the records a deletion reaches', async () => {
    const id = await create('account', { name: 'Dry two', revenue: 1 });
    const path = `/api/data/account/${id}`;
    const change = await call('PATCH', path, { body: { revenue: 2 }, headers });
    expect(change.body.data.changes).toEqual([
      { object: 'account', id, operation: 'update', before: { revenue: 1 }, after: { revenue: 2 } },
    ]);
    const deletion = await call('DELETE', path, { headers });
    expect(deletion.body.data.changes).toMatchObject([{ id, operation: 'delete', after: null }]);
    expect((await call('GET', path)).body.data.record).toMatchObject({ revenue: 1, revision: 1 });
  });

  it('reports a refusal as the answer that the write would get', async () => {
    const invalid = await call('POST', '/api/data/account', { body: { revenue: -1 }, headers });
    expect(invalid.status).toBe(200);
    expect(invalid.body.data).toMatchObject({
      ok: false,
      status: 400,
      error: { code: 'validation_error' },
      changes: [],
    });
    const fields = invalid.body.data.error.fieldErrors as { field: string }[];
    expect(fields.map((one) => one.field)).toEqual(['revenue']);
    const missing = await call('DELETE', '/api/data/account/nobody', { headers });
    expect(missing.body.data).toMatchObject({ ok: false, status: 404 });
  });

  it('rehearses bulk requests, and leaves an idempotency key unused', async () => {
    const both = { ...headers, 'idempotency-key': 'dry-key' };
    const body = [{ name: 'Dry many' }, { name: 'Dry many' }];
    const path = '/api/data/account/createMany';
    const answer = await call('POST', path, { body, headers: both });
    expect(answer.body.data.changes).toHaveLength(2);
    const real = await call('POST', path, { body, headers: { 'idempotency-key': 'dry-key' } });
    expect(real.status).toBe(201);
    expect(real.headers.get('idempotency-replayed')).toBeNull();
    expect(await named('Dry many')).toHaveLength(2);
  });
});
