import type { RecordData } from '@objectos/spec/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { countingDriver, type CountingDriver } from './counting-driver.js';
import { openEngine, system } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
let counting: CountingDriver;

beforeEach(async () => {
  counting = countingDriver();
  engine = await openEngine({ driver: counting.driver });
});
afterEach(() => engine.close());

async function accounts(count: number, more: RecordData = {}): Promise<string[]> {
  const data = Array.from({ length: count }, (_, index) => ({ name: `A${index}`, ...more }));
  const rows = await engine.insertMany('account', data, system);
  counting.reset();
  return rows.map((row) => row.id ?? '');
}

const names = (): Promise<unknown[]> =>
  engine
    .find('account', { orderBy: [{ field: 'name', direction: 'asc' }], limit: 1_000 }, system)
    .then(({ records }) => records.map((record) => record['name']));

describe('updateMany', () => {
  it('runs hooks for each row, and statements for 200', async () => {
    const ids = await accounts(400);
    const hooked: string[] = [];
    engine.hook('beforeUpdate', 'account', ({ id }) => void hooked.push(id), { owner: 't' });
    engine.hook('afterUpdate', 'account', ({ id }) => void hooked.push(id), { owner: 't' });
    const updates = ids.map((id) => ({ id, data: { revenue: 7 } }));
    const results = await engine.updateMany('account', updates, system);
    expect(results.map(({ index, id }) => [index, id])).toEqual(ids.map((id, at) => [at, id]));
    expect(results.every((row) => row.success && row.record?.['revision'] === 2)).toBe(true);
    expect(hooked).toHaveLength(800);
    // The change log is an insert, too.
    expect(counting.counts).toEqual({ find: 2, update: 2, insert: 2 });
  });

  it('says which rows failed, and keeps the good ones only when asked', async () => {
    const ids = await accounts(3);
    const updates = ids.map((id, index) => ({ id, data: { revenue: index === 1 ? -1 : 5 } }));
    const atomic = engine.updateMany('account', updates, system);
    await expect(atomic).rejects.toMatchObject({
      code: 'batch_partial_failure',
      details: { results: [{ index: 1, code: 'validation_error' }] },
    });
    const kept = await engine.updateMany('account', updates, system, { atomic: false });
    expect(kept.map((row) => row.success)).toEqual([true, false, true]);
    const { records } = await engine.find('account', {}, system);
    expect(records.map((record) => record['revenue'])).toEqual([5, null, 5]);
  });

  it('applies two changes of the same record one after the other', async () => {
    const [id = ''] = await accounts(1);
    const results = await engine.updateMany(
      'account',
      [
        { id, data: { revenue: 1 } },
        { id, data: { revenue: 2 } },
      ],
      system,
    );
    expect(results.map((row) => row.record?.['revision'])).toEqual([2, 3]);
    expect(await engine.get('account', id, system)).toMatchObject({ revenue: 2, revision: 3 });
  });
});

describe('deleteMany', () => {
  it('deletes with few statements, and takes the details along', async () => {
    const invoices = await engine.insertMany(
      'invoice',
      Array.from({ length: 200 }, (_, index) => ({ name: `I${index}` })),
      system,
    );
    const lines = invoices.flatMap(({ id }) => [{ invoice: id }, { invoice: id }]);
    await engine.insertMany('line', lines, system);
    counting.reset();
    const ids = invoices.map((row) => row.id ?? '');
    const results = await engine.deleteMany('invoice', ids, system);
    expect(results.every((row) => row.success)).toBe(true);
    expect(await engine.count('line', {}, system)).toBe(0);
    expect(counting.counts['find']).toBeLessThanOrEqual(4);
    expect(counting.counts['update']).toBeLessThanOrEqual(3);
    await engine.restore('invoice', ids[0] ?? '', system);
    expect(await engine.count('line', {}, system)).toBe(2);
  });

  it('names the record that is still used', async () => {
    const [free = '', used = ''] = await accounts(2);
    await engine.insert('invoice', { name: 'I', account: used }, system);
    const results = await engine.deleteMany('account', [free, used], system, { atomic: false });
    expect(results).toMatchObject([
      { id: free, success: true },
      { success: false, error: { code: 'delete_restricted', params: { id: used, count: 1 } } },
    ]);
  });

  it('ends cycles, also over several statements', async () => {
    const ids = await accounts(3);
    const [a = '', b = '', c = ''] = ids;
    await engine.update('account', a, { parent: b }, system);
    await engine.update('account', b, { parent: c }, system);
    await engine.update('account', c, { parent: a }, system);
    await engine.deleteMany('account', ids, system);
    expect(await names()).toEqual([]);
  });
});

describe('by filter', () => {
  const where = { op: 'startsWith', field: 'name', value: 'A1' } as const;

  it('changes and deletes what matches', async () => {
    await accounts(20);
    const updated = await engine.updateWhere('account', where, { revenue: 3 }, system);
    expect(updated).toHaveLength(11);
    const rich = { op: 'eq', field: 'revenue', value: 3 } as const;
    expect(await engine.count('account', { where: rich }, system)).toBe(11);
    const deleted = await engine.deleteWhere('account', rich, system, { expected: 11 });
    expect(deleted.every((row) => row.success)).toBe(true);
    expect(await engine.count('account', {}, system)).toBe(9);
  });

  it('settles the rows before it writes the first', async () => {
    await accounts(3);
    const poor = { op: 'isNull', field: 'revenue', value: true } as const;
    await engine.updateWhere('account', poor, { revenue: 1 }, system);
    expect(await engine.count('account', { where: poor }, system)).toBe(0);
  });

  it('refuses another number than expected, or too many, before it loads anything', async () => {
    await accounts(5);
    const every = { op: 'and', args: [] } as const;
    await expect(
      engine.deleteWhere('account', every, system, { expected: 4 }),
    ).rejects.toMatchObject({ code: 'unexpected_count', params: { actual: 5 } });
    await expect(
      engine.updateWhere('account', every, { revenue: 1 }, system, { max: 4 }),
    ).rejects.toMatchObject({ code: 'limit_exceeded' });
    expect(counting.counts).toEqual({ count: 2 });
    expect(await engine.count('account', {}, system)).toBe(5);
  });

  it('speaks only of fields that exist', async () => {
    const wrong = { op: 'eq', field: 'nothing', value: 1 } as const;
    await expect(engine.deleteWhere('account', wrong, system)).rejects.toMatchObject({
      code: 'unknown_field',
    });
  });
});

describe('upsert', () => {
  const by = ['code'];

  it('inserts, then changes the record with the same key', async () => {
    const first = await engine.upsert('account', { code: 'a', name: 'One' }, system, { by });
    expect(first).toMatchObject({ created: true, record: { name: 'One', status: 'active' } });
    const again = await engine.upsert('account', { code: 'a', name: 'Two' }, system, { by });
    expect(again).toMatchObject({ created: false, record: { name: 'Two', revision: 2 } });
    expect(again.record['id']).toBe(first.record['id']);
  });

  it('makes one record of equal requests at the same time', async () => {
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        engine.upsert('account', { code: 'a', name: `N${index}` }, system, { by }),
      ),
    );
    expect(all.filter((one) => one.created)).toHaveLength(1);
    expect(await engine.count('account', {}, system)).toBe(1);
  });

  it('does many with one statement of each kind', async () => {
    const rows = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => ({ code: `c${index}`, name }));
    await engine.upsertMany('account', rows(100, 'old'), system, { by });
    counting.reset();
    const results = await engine.upsertMany('account', rows(200, 'new'), system, { by });
    expect(results.filter((row) => row.created === true)).toHaveLength(100);
    expect(results.map((row) => row.record?.['code'])).toEqual(rows(200, '').map((r) => r.code));
    expect(new Set(await names())).toEqual(new Set(['new']));
    expect(counting.counts).toEqual({ find: 1, insertTogether: 1, insert: 1, update: 1 });
  });

  it('takes the same key twice in one request, in order', async () => {
    const twice = [
      { code: 'a', name: 'One' },
      { code: 'a', name: 'Two' },
    ];
    const results = await engine.upsertMany('account', twice, system, { by });
    expect(results.map((row) => row.created)).toEqual([true, false]);
    expect(await names()).toEqual(['Two']);
  });

  it('by id keeps the id, and finds nothing new when only what exists may change', async () => {
    const options = { by: ['id'] };
    await engine.upsert('account', { id: 'x-1', name: 'One' }, system, options);
    await engine.upsert('account', { id: 'x-1', name: 'Two' }, system, options);
    expect(await names()).toEqual(['Two']);
    const existing = { by: ['id'], existingOnly: true };
    await expect(
      engine.upsert('account', { id: 'x-2', name: 'No' }, system, existing),
    ).rejects.toMatchObject({ code: 'record_not_found' });
  });

  it.each([
    [['name'], { name: 'A' }, 'upsert_key_not_unique'],
    [['nothing'], { name: 'A' }, 'unknown_field'],
    [['code'], { name: 'A' }, 'validation_error'],
    [['code'], { code: 5, name: 'A' }, 'validation_error'],
    [['id'], { id: { a: 1 }, name: 'A' }, 'invalid_id'],
  ])('by %j refuses %j as %s', async (key, data, code) => {
    await expect(engine.upsert('account', data, system, { by: key })).rejects.toMatchObject({
      code,
    });
  });
});

describe('purge and empty trash', () => {
  it('delete for good, with the details in the trash', async () => {
    const invoice = await engine.insert('invoice', { name: 'I' }, system);
    await engine.insert('line', { invoice: invoice['id'] }, system);
    const id = invoice['id'] as string;
    await engine.delete('invoice', id, system);
    await engine.purge('invoice', id, system);
    const everything = { deleted: 'include' } as const;
    expect(await engine.count('invoice', everything, system)).toBe(0);
    expect(await engine.count('line', everything, system)).toBe(0);
    const log = await counting.driver.reader.count({
      table: changeLogTable,
      where: { op: 'eq', field: 'operation', value: 'purge' },
    });
    expect(log).toBe(2);
  });

  it('purge a record that is not in the trash, unless something needs it', async () => {
    const [free = '', used = ''] = await accounts(2);
    await engine.insert('invoice', { name: 'I', account: used }, system);
    await engine.purge('account', free, system);
    await expect(engine.purge('account', used, system)).rejects.toMatchObject({
      code: 'delete_restricted',
    });
  });

  it('empty the trash and nothing else', async () => {
    const ids = await accounts(4);
    await engine.deleteMany('account', ids.slice(0, 3), system);
    const one = { op: 'eq', field: 'name', value: 'A0' } as const;
    expect(await engine.emptyTrash('account', one, system)).toHaveLength(1);
    const every = { op: 'and', args: [] } as const;
    expect(await engine.emptyTrash('account', every, system)).toHaveLength(2);
    expect(await engine.count('account', { deleted: 'include' }, system)).toBe(1);
  });
});

describe('clone', () => {
  it('copies what may be copied, with other values where given', async () => {
    const original = await engine.insert('account', { name: 'A', code: 'a', revenue: 5 }, system);
    const copy = await engine.clone('account', original['id'] as string, system, {
      overrides: { name: 'B' },
    });
    expect(copy).toMatchObject({ name: 'B', revenue: 5, code: null, revision: 1 });
    expect(copy['id']).not.toBe(original['id']);
  });

  it('takes children along by name, or all that belong to the record', async () => {
    const invoice = await engine.insert('invoice', { name: 'I' }, system);
    const id = invoice['id'] as string;
    await engine.insertMany('line', [{ invoice: id, amount: 1 }, { invoice: id }], system);
    await engine.clone('invoice', id, system);
    expect(await engine.count('line', {}, system)).toBe(2);
    const named = await engine.clone('invoice', id, system, { children: ['line'] });
    const ofCopy = { op: 'eq', field: 'invoice', value: named['id'] as string } as const;
    expect(await engine.count('line', { where: ofCopy }, system)).toBe(2);
    await engine.clone('invoice', id, system, { children: true });
    expect(await engine.count('line', {}, system)).toBe(6);
    await expect(
      engine.clone('invoice', id, system, { children: ['nothing'] }),
    ).rejects.toMatchObject({ code: 'unknown_field' });
  });
});
