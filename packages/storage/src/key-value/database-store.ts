import { systemContext } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row, RowFilter, TableSchema } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import { ABOVE_ALL, type Expected, type KeyValueStore, type StoredEntry } from './store.js';

const AT_ONCE = 500;

/** Values by scope and key. `id` is both together, so one index finds, sorts and separates. */
export const keyValueTable: TableSchema = {
  name: 'sys_key_value',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'value', type: 'text', nullable: false },
    { name: 'version', type: 'text', nullable: false },
    { name: 'expires_at', type: 'integer', nullable: true },
  ],
  indexes: [{ name: 'ix_sys_key_value_end', columns: ['expires_at'], unique: false }],
};
const COLUMNS = keyValueTable.columns.map((column) => column.name);

/**
 * A store in the application's database. A write inside a transaction of the running request is part
 * of it.
 */
export function createDatabaseStore(database: Database): KeyValueStore {
  const ctx = systemContext('storage');

  return {
    backend: 'database',
    prepare: () => database.ensureTables([keyValueTable]),
    async get(scope, key, now) {
      const [row] = await database.sessionOf(ctx).find({
        table: keyValueTable,
        columns: COLUMNS,
        where: all(is('id', scope + key), isLive(now)),
        limit: 1,
      });
      return row === undefined ? undefined : entryOf(row, scope);
    },
    put: (scope, entry, expected, now) =>
      database.transaction(ctx, (session) => put(session, scope, entry, expected, now)),
    delete: (scope, key, expected, now) =>
      database.transaction(ctx, async (session) => {
        const where = all(is('id', scope + key), isLive(now), ...versionOf(expected));
        return (await session.delete({ table: keyValueTable, where })) > 0;
      }),
    async list(scope, { prefix, after, limit }, now) {
      const start = scope + prefix;
      const rows = await database.sessionOf(ctx).find({
        table: keyValueTable,
        columns: COLUMNS,
        where: all(
          { op: 'gte', field: 'id', value: start },
          { op: 'lt', field: 'id', value: start + ABOVE_ALL },
          ...(after === undefined
            ? []
            : [{ op: 'gt', field: 'id', value: scope + after } as const]),
          isLive(now),
        ),
        orderBy: [{ field: 'id', direction: 'asc' }],
        limit,
      });
      return rows.map((row) => entryOf(row, scope));
    },
    async clear(scope) {
      await database.transaction(ctx, (session) =>
        session.delete({
          table: keyValueTable,
          where: all(
            { op: 'gte', field: 'id', value: scope },
            { op: 'lt', field: 'id', value: scope + ABOVE_ALL },
          ),
        }),
      );
    },
    async sweep(now) {
      const over: RowFilter = all(
        { op: 'not', arg: is('expires_at', null) },
        { op: 'lte', field: 'expires_at', value: now },
      );
      const rows = await database.reader.find({
        table: keyValueTable,
        columns: ['id'],
        where: over,
        limit: AT_ONCE,
      });
      if (rows.length === 0) return;
      const ids = rows.map((row) => row['id'] as string);
      await database.transaction(ctx, (session) =>
        session.delete({
          table: keyValueTable,
          where: all({ op: 'in', field: 'id', value: ids }, over),
        }),
      );
    },
    // Whoever owns the database says how it is.
    isUp: async () => true,
    close: async () => undefined,
  };
}

async function put(
  session: DriverSession,
  scope: string,
  { key, text, version, expiresAt }: StoredEntry,
  expected: Expected,
  now: number,
): Promise<boolean> {
  const id = scope + key;
  const set = { value: text, version, expires_at: expiresAt };
  const where = all(is('id', id), isLive(now), ...versionOf(expected));
  const wantsNone = expected?.version === null;
  if (!wantsNone && (await session.update({ table: keyValueTable, set, where })) > 0) return true;
  if (expected !== undefined && !wantsNone) return false;
  const over = all(is('id', id), { op: 'not', arg: isLive(now) });
  await session.delete({ table: keyValueTable, where: over });
  if (await tryInsert(session, { id, ...set })) return true;
  if (wantsNone) return false;
  // Somebody else was first with a value; the later one counts.
  if ((await session.update({ table: keyValueTable, set, where: is('id', id) })) > 0) return true;
  throw createError('storage_unavailable', { backend: 'the database' });
}

async function tryInsert(session: DriverSession, row: Row): Promise<boolean> {
  try {
    await session.nested((inner) => inner.insert(keyValueTable, [row]));
    return true;
  } catch (error) {
    if (isObjectOSError(error, 'duplicate_value')) return false;
    throw error;
  }
}

function entryOf(row: Row, scope: string): StoredEntry {
  const expires = row['expires_at'] as number | null;
  return {
    key: (row['id'] as string).slice(scope.length),
    text: row['value'] as string,
    version: row['version'] as string,
    expiresAt: expires,
  };
}

function isLive(now: number): RowFilter {
  return {
    op: 'or',
    args: [is('expires_at', null), { op: 'gt', field: 'expires_at', value: now }],
  };
}

function versionOf(expected: Expected): RowFilter[] {
  return expected === undefined || expected.version === null
    ? []
    : [is('version', expected.version)];
}

function all(...args: readonly RowFilter[]): RowFilter {
  return { op: 'and', args };
}

function is(field: string, value: string | number | null): RowFilter {
  return { op: 'eq', field, value };
}
