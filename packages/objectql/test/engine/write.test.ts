import { isObjectOSError } from '@objectos/spec/errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;

beforeEach(async () => {
  engine = await openEngine();
});
afterEach(() => engine.close());

async function refusal(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isObjectOSError(error)) throw new Error(`expected a catalogue error, got ${String(error)}`);
  return error;
}

function changeLog() {
  return engine.driver.reader.find({
    table: changeLogTable,
    columns: changeLogTable.columns.map((column) => column.name),
    orderBy: [{ field: 'seq', direction: 'asc' }],
  });
}

describe('insert', () => {
  it('stores values, defaults and system fields, and logs the change', async () => {
    const account = await engine.insert('account', { name: 'Acme', revenue: 10.005 }, system);
    expect(account).toMatchObject({
      name: 'Acme',
      revenue: 10.01,
      status: 'active',
      code: null,
      revision: 1,
      created_by: 'system:test',
    });
    expect(await engine.get('account', account['id'] as string, system)).toEqual(account);
    expect(await changeLog()).toMatchObject([
      {
        object: 'account',
        record_id: account['id'],
        operation: 'create',
        revision: 1,
        actor: 'system:test',
      },
    ]);
  });

  it('reports every invalid field at once', async () => {
    const error = await refusal(
      engine.insert(
        'contact',
        { email: 'nobody', active: 'yes', born: '2026-02-30', tags: 'x' },
        system,
      ),
    );
    expect(error.code).toBe('validation_error');
    expect(error.fieldErrors.map((one) => [one.field, one.code])).toEqual([
      ['email', 'invalid_format'],
      ['active', 'invalid_type'],
      ['born', 'invalid_format'],
      ['tags', 'invalid_type'],
    ]);
  });

  it.each([
    ['an unknown field', { name: 'A', nmae: 'B' }, 'unknown_field'],
    ['a prototype name', { name: 'A', constructor: 'B' }, 'unknown_field'],
    ['a system field', { name: 'A', created_by: 'me' }, 'read_only_field'],
    ['an id', { name: 'A', id: 'mine' }, 'read_only_field'],
    ['a missing required field', {}, 'validation_error'],
    ['an empty required field', { name: '' }, 'validation_error'],
    ['an option that is none', { name: 'A', status: 'newish' }, 'validation_error'],
    ['a reference to nothing', { name: 'A', parent: 'nobody' }, 'invalid_reference'],
    ['a broken rule', { name: 'A', status: 'lost', revenue: 5 }, 'validation_error'],
  ])('refuses %s and writes nothing', async (_name, data, code) => {
    expect((await refusal(engine.insert('account', data, system))).code).toBe(code);
    expect(await engine.count('account', {}, system)).toBe(0);
    expect(await changeLog()).toEqual([]);
  });

  it('refuses a duplicate of a unique field, naming it', async () => {
    await engine.insert('account', { name: 'A', code: 'x' }, system);
    const error = await refusal(engine.insert('account', { name: 'B', code: 'x' }, system));
    expect(error).toMatchObject({ code: 'duplicate_value', params: { fields: ['code'] } });
  });

  it('takes an id only when the caller says so', async () => {
    const made = await engine.insert('account', { id: 'a-1', name: 'A' }, system, {
      acceptId: true,
    });
    expect(made['id']).toBe('a-1');
    const bad = engine.insert('account', { id: 'a b', name: 'A' }, system, { acceptId: true });
    expect((await refusal(bad)).code).toBe('invalid_id');
  });

  it('normalises instants to UTC and empty text to no value', async () => {
    const made = await engine.insert(
      'contact',
      { name: 'N', email: '', seen: '2026-01-31T10:00:00+02:00' },
      system,
    );
    expect(made).toMatchObject({ email: null, seen: '2026-01-31T08:00:00.000Z' });
  });
});

describe('update', () => {
  it('changes what differs and counts the revision', async () => {
    const { id } = await engine.insert('account', { name: 'A' }, system);
    const updated = await engine.update(
      'account',
      id as string,
      { name: 'B', status: 'active' },
      system,
    );
    expect(updated).toMatchObject({ name: 'B', revision: 2 });
    expect((await changeLog())[1]).toMatchObject({
      changed: ['name'],
      before: { name: 'A' },
      after: { name: 'B' },
    });
  });

  it('writes nothing when nothing differs', async () => {
    const { id } = await engine.insert('account', { name: 'A' }, system);
    expect(await engine.update('account', id as string, { name: 'A' }, system)).toMatchObject({
      revision: 1,
    });
    expect(await changeLog()).toHaveLength(1);
  });

  it('accepts a whole record whose read-only values did not change, and names those that did', async () => {
    const whole = await engine.insert('account', { name: 'A' }, system);
    const id = whole['id'] as string;
    const options = { wholeRecord: true };
    expect(
      await engine.update('account', id, { ...whole, name: 'B' }, system, options),
    ).toMatchObject({ name: 'B' });
    const current = await engine.get('account', id, system);
    const forged = engine.update(
      'account',
      id,
      { ...current, created_by: 'me', revision: 9 },
      system,
      options,
    );
    expect(await refusal(forged)).toMatchObject({
      code: 'read_only_field',
      params: { fields: ['created_by', 'revision'] },
    });
  });

  it('refuses a stale revision', async () => {
    const { id } = await engine.insert('account', { name: 'A' }, system);
    await engine.update('account', id as string, { name: 'B' }, system, { ifRevision: 1 });
    const error = await refusal(
      engine.update('account', id as string, { name: 'C' }, system, { ifRevision: 1 }),
    );
    expect(error).toMatchObject({
      code: 'concurrent_modification',
      status: 412,
      params: { expected: 1, actual: 2 },
    });
  });

  it('follows the state machine', async () => {
    const { id } = await engine.insert('account', { name: 'A', status: 'new' }, system);
    const error = await refusal(engine.update('account', id as string, { status: 'lost' }, system));
    expect(error.fieldErrors).toMatchObject([{ field: 'status', code: 'status_order' }]);
    expect(
      await engine.update('account', id as string, { status: 'active' }, system),
    ).toMatchObject({ status: 'active' });
  });
});

describe('delete', () => {
  it('puts a record into the trash, empties lookups to it, and restores it', async () => {
    const { id } = await engine.insert('account', { name: 'A' }, system);
    const contact = await engine.insert(
      'contact',
      { name: 'C', account: id, accounts: [id] },
      system,
    );
    await engine.delete('account', id as string, system);
    expect((await refusal(engine.get('account', id as string, system))).code).toBe(
      'record_not_found',
    );
    expect(await engine.get('contact', contact['id'] as string, system)).toMatchObject({
      account: null,
      accounts: null,
    });
    expect(await engine.restore('account', id as string, system)).toMatchObject({
      name: 'A',
      revision: 3,
    });
  });

  it('is refused while a restricting record points to it', async () => {
    const { id } = await engine.insert('account', { name: 'A' }, system);
    await engine.insert('invoice', { name: 'I', account: id }, system);
    const error = await refusal(engine.delete('account', id as string, system));
    expect(error).toMatchObject({ code: 'delete_restricted', params: { by: 'invoice', count: 1 } });
    expect(await engine.get('account', id as string, system)).toMatchObject({ name: 'A' });
  });

  it('takes details along, and brings them back', async () => {
    const invoice = await engine.insert('invoice', { name: 'I' }, system);
    const id = invoice['id'] as string;
    await engine.insertMany(
      'line',
      [
        { invoice: id, amount: 1 },
        { invoice: id, amount: 2 },
      ],
      system,
    );
    await engine.delete('invoice', id, system);
    expect(await engine.count('line', {}, system)).toBe(0);
    await engine.restore('invoice', id, system);
    expect(await engine.count('line', {}, system)).toBe(2);
  });

  it('removes for good where there is no trash', async () => {
    const { id } = await engine.insert('log', { name: 'L' }, system);
    await engine.delete('log', id as string, system);
    expect(await engine.count('log', { deleted: 'include' }, system)).toBe(0);
    expect((await refusal(engine.restore('log', id as string, system))).code).toBe(
      'record_not_found',
    );
  });

  it('frees a unique value for a new record', async () => {
    const { id } = await engine.insert('account', { name: 'A', code: 'x' }, system);
    await engine.delete('account', id as string, system);
    await engine.insert('account', { name: 'B', code: 'x' }, system);
    expect((await refusal(engine.restore('account', id as string, system))).code).toBe(
      'duplicate_value',
    );
  });
});

describe('bulk', () => {
  const rows = [{ name: 'A' }, { name: '' }, { name: 'C', status: 'none' }, { name: 'D' }];

  it('is all or nothing, and says which rows failed', async () => {
    const error = await refusal(engine.insertMany('account', rows, system));
    expect(error).toMatchObject({
      code: 'batch_partial_failure',
      params: { succeeded: 2, failed: 2 },
    });
    expect(error.details['results']).toMatchObject([{ index: 1 }, { index: 2 }]);
    expect(await engine.count('account', {}, system)).toBe(0);
    expect(await changeLog()).toEqual([]);
  });

  it('keeps the good rows when asked to', async () => {
    const results = await engine.insertMany('account', rows, system, { atomic: false });
    expect(results.map((result) => result.success)).toEqual([true, false, false, true]);
    expect(await engine.count('account', {}, system)).toBe(2);
    expect(await changeLog()).toHaveLength(2);
  });

  it('updates and deletes rows with results for each', async () => {
    const made = await engine.insertMany('account', [{ name: 'A' }, { name: 'B' }], system);
    const ids = made.map((result) => result.id ?? '');
    const updated = await engine.updateMany(
      'account',
      [
        { id: ids[0] ?? '', data: { name: 'X' } },
        { id: 'nobody', data: { name: 'Y' } },
      ],
      system,
      { atomic: false },
    );
    expect(updated.map((result) => result.success)).toEqual([true, false]);
    const deleted = await engine.deleteMany('account', [...ids, 'nobody'], system, {
      atomic: false,
    });
    expect(deleted.map((result) => result.success)).toEqual([true, true, false]);
  });

  it('refuses more rows than the limit', async () => {
    const many = Array.from({ length: 10_001 }, () => ({ name: 'A' }));
    expect((await refusal(engine.insertMany('account', many, system))).code).toBe('limit_exceeded');
  });
});

describe('transactions', () => {
  it('undo everything when the work throws, and keep what a caught failure did not touch', async () => {
    const failing = engine.transaction(system, async (ctx) => {
      await engine.insert('account', { name: 'A' }, ctx);
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    await engine.transaction(system, async (ctx) => {
      await engine.insert('account', { name: 'B' }, ctx);
      await engine.insert('account', { name: '' }, ctx).catch(() => undefined);
      expect(await engine.count('account', {}, ctx)).toBe(1);
      expect(await engine.count('account', {}, system)).toBe(0);
    });
    expect(await engine.count('account', {}, system)).toBe(1);
    expect(await changeLog()).toHaveLength(1);
  });
});

describe('without permission', () => {
  it('lets nobody but the system in while no policy is there', async () => {
    for (const work of [
      () => engine.find('account', {}, user()),
      () => engine.get('account', 'x', user()),
      () => engine.insert('account', { name: 'A' }, user()),
      () => engine.delete('account', 'x', user()),
    ]) {
      expect((await refusal(work())).code).toBe('permission_denied');
    }
  });

  it('needs a principal', async () => {
    const nobody = { requestId: 'x' } as never;
    expect((await refusal(engine.find('account', {}, nobody))).code).toBe('principal_required');
  });
});
