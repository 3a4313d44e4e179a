import { isObjectOSError } from '@objectos/spec/errors';
import { diffSchema, type TableSchema } from '@objectql/core/driver';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';

const table: TableSchema = {
  name: 'thing',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'name', type: 'text', nullable: true },
    { name: 'code', type: 'text', nullable: true },
    { name: 'amount', type: 'decimal', nullable: true },
    { name: 'active', type: 'boolean', nullable: true },
    { name: 'tags', type: 'json', nullable: true },
    { name: 'deleted_at', type: 'datetime', nullable: true },
  ],
  indexes: [{ name: 'ux_thing_code', columns: ['code'], unique: true, liveOnly: true }],
};

let driver: SqlDriver;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'driver-sql-'));
  driver = new SqlDriver({ url: `sqlite:${path.join(folder, 'sub', 'test.sqlite')}` });
  await driver.connect();
  await driver.applySchema([{ kind: 'createTable', table }]);
});
afterEach(async () => {
  await driver.close();
  rmSync(folder, { recursive: true, force: true });
});

const insert = (
  id: string,
  values: Record<string, unknown> = {},
  commit: 'shared' | 'own' = 'shared',
) => driver.transaction((session) => session.insert(table, [{ id, ...values }]), { commit });

const ids = async () =>
  (
    await driver.reader.find({
      table,
      columns: ['id'],
      orderBy: [{ field: 'id', direction: 'asc' }],
    })
  ).map((row) => row['id']);

describe('SqlDriver on SQLite', () => {
  it('round-trips every kind of value', async () => {
    await insert('a', { name: 'Ünï', amount: 0.1, active: true, tags: ['x', "y'z"] });
    const [row] = await driver.reader.find({
      table,
      columns: ['name', 'amount', 'active', 'tags', 'code'],
    });
    expect(row).toEqual({ name: 'Ünï', amount: 0.1, active: true, tags: ['x', "y'z"], code: null });
  });

  it('shares a commit among concurrent works; a failing one is undone alone', async () => {
    const outcomes = await Promise.allSettled([
      ...Array.from({ length: 50 }, (_, index) =>
        insert(`s${String(index)}`, { code: `c${String(index)}` }),
      ),
      insert('dup', { code: 'c3' }),
      driver.transaction(
        async (session) => {
          await session.insert(table, [{ id: 'late' }]);
          await Promise.resolve();
          throw new Error('changed my mind');
        },
        { commit: 'shared' },
      ),
    ]);
    expect(outcomes.filter((outcome) => outcome.status === 'rejected')).toHaveLength(2);
    expect(await ids()).toHaveLength(50);
    const reason = (outcomes[50] as PromiseRejectedResult).reason as unknown;
    expect(isObjectOSError(reason, 'duplicate_value') && reason.params).toEqual({
      object: 'thing',
      fields: ['code'],
    });
  });

  it('keeps uncommitted rows from the reader, and undoes a transaction that throws', async () => {
    await expect(
      driver.transaction(async (session) => {
        await session.insert(table, [{ id: 'a' }]);
        expect(await session.count({ table })).toBe(1);
        expect(await ids()).toEqual([]);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await ids()).toEqual([]);
  });

  it('undoes nested work alone', async () => {
    await driver.transaction(async (session) => {
      await session.insert(table, [{ id: 'a' }]);
      await Promise.resolve(
        session.nested((inner) => {
          void inner.insert(table, [{ id: 'b' }]);
          return Promise.reject(new Error('inner'));
        }),
      ).catch(() => undefined);
      await session.insert(table, [{ id: 'c' }]);
    });
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('refuses a session that outlived its transaction', async () => {
    const leaked = await driver.transaction(async (session) => session);
    expect(() => leaked.find({ table, columns: ['id'] })).toThrow(
      expect.objectContaining({ code: 'storage_failed' }) as Error,
    );
  });

  it('reads its own schema back and adds what is missing', async () => {
    const wider: TableSchema = {
      ...table,
      columns: [...table.columns, { name: 'born', type: 'date', nullable: true }],
      indexes: [...table.indexes, { name: 'ix_thing_name', columns: ['name'], unique: false }],
    };
    expect(diffSchema(await driver.introspect(), [table]).changes).toEqual([]);
    const { changes } = diffSchema(await driver.introspect(), [wider]);
    expect(changes.map((change) => change.kind)).toEqual(['addColumn', 'createIndex']);
    await driver.applySchema(changes);
    expect(diffSchema(await driver.introspect(), [wider])).toEqual({
      changes: [],
      destructive: [],
      unused: [],
    });
    expect(diffSchema(await driver.introspect(), [table]).unused).toEqual(['thing.born']);
    const other: TableSchema = {
      ...table,
      columns: table.columns.map((column) =>
        column.name === 'name' ? { ...column, type: 'integer' } : column,
      ),
    };
    expect(diffSchema(await driver.introspect(), [other]).destructive).toHaveLength(1);
  });

  it('survives hostile text and refuses NUL', async () => {
    const text = `'); DROP TABLE thing; --"\\`;
    await insert('a', { name: text });
    const found = await driver.reader.find({
      table,
      columns: ['id'],
      where: { op: 'contains', field: 'name', value: 'DROP TABLE' },
    });
    expect(found).toEqual([{ id: 'a' }]);
    await expect(insert('b', { name: 'a\0b' })).rejects.toMatchObject({
      code: 'unsupported_value',
    });
  });

  it.each([
    'postgres://user:secret@host/db?pool=1',
    'postgres://user:secret@host/db?pool=101',
    'postgres://user:secret@host/db?pool=many',
    'postgres://user:secret@host/db?schema=Bad%22',
    'postgres://user:secret@host/db?statement_timeout=0',
    'postgres://user:secret@:x',
    'mysql://user:secret@x',
    '',
    'sqlite:',
  ])('refuses the URL %j without telling its password', (url) => {
    const error = (() => {
      try {
        return new SqlDriver({ url });
      } catch (reason) {
        return reason as Error;
      }
    })();
    expect(error).toMatchObject({ code: 'unsupported_database_url' });
    expect((error as Error).message).not.toContain('secret');
  });

  it('says when it is not connected, and that a path cannot be opened', async () => {
    const closed = new SqlDriver({ url: ':memory:' });
    expect(() => closed.reader.count({ table })).toThrow(
      expect.objectContaining({ code: 'driver_unavailable' }) as Error,
    );
    const impossible = new SqlDriver({
      url: `sqlite:${path.join(folder, 'sub', 'test.sqlite', 'x.sqlite')}`,
    });
    await expect(impossible.connect()).rejects.toMatchObject({
      code: 'driver_unavailable',
      message: expect.stringContaining(
        `x.sqlite can't be made: a file stands in the place of a folder`,
      ) as string,
    });
  });
});
