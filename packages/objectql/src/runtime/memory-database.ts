import type { ExecutionContext, MaybePromise } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type {
  AggregateStatement,
  DriverSession,
  FindStatement,
  Row,
  TableSchema,
} from '../driver/contract.js';
import type { Database } from './database.js';
import { rowMatches, sortRows } from './memory-rows.js';

type Tables = Map<string, readonly Row[]>;

/** A transaction under way, and what is to be told after its commit. */
interface RunningWork {
  readonly session: DriverSession;
  readonly committed: (() => void)[];
}

/**
 * A database in this process's memory, for plugins in a host without one. Rows are gone with the
 * process. Transactions run one after another, and a failed one leaves nothing behind. What it does
 * not know (text search, hierarchies) it refuses.
 */
export function createMemoryDatabase(): Database {
  let tables: Tables = new Map();
  let last: Promise<unknown> = Promise.resolve();
  const running = new WeakMap<object, RunningWork>();

  async function run<T>(
    ctx: ExecutionContext,
    work: (session: DriverSession, ctx: ExecutionContext) => MaybePromise<T>,
  ): Promise<T> {
    // Rows are never changed in place, so a copy of the lists is a snapshot.
    const mine: Tables = new Map(tables);
    const session = createSession(() => mine);
    const transaction = { kind: 'transaction' as const };
    const committed: (() => void)[] = [];
    running.set(transaction, { session, committed });
    try {
      const result = await work(session, { ...ctx, transaction });
      tables = mine;
      return result;
    } finally {
      running.delete(transaction);
      if (tables === mine) for (const tell of committed) tell();
    }
  }

  const reader = createSession(() => tables, 'read-only');
  const own = (ctx: ExecutionContext) =>
    ctx.transaction === undefined ? undefined : running.get(ctx.transaction);

  return {
    capabilities: {
      synchronous: true,
      serialWrites: true,
      aggregate: true,
      bulkInsert: true,
      decimal: 'double',
    },
    async ensureTables(schemas) {
      for (const { name } of schemas) if (!tables.has(name)) tables.set(name, []);
    },
    reader,
    sessionOf: (ctx) => own(ctx)?.session ?? reader,
    afterCommit(ctx, work) {
      const joined = own(ctx);
      if (joined === undefined) work();
      else joined.committed.push(work);
    },
    async transaction(ctx, work) {
      const joined = own(ctx);
      if (joined !== undefined) return work(joined.session, ctx);
      const next = last.then(
        () => run(ctx, work),
        () => run(ctx, work),
      );
      last = next.catch(() => undefined);
      return next;
    },
  };
}

function createSession(
  tables: () => Tables,
  mode: 'read-only' | 'writing' = 'writing',
): DriverSession {
  const rowsOf = ({ name }: TableSchema): readonly Row[] => tables().get(name) ?? [];
  const write = (table: TableSchema, rows: readonly Row[]): void => {
    if (mode === 'read-only') {
      throw createError('driver_capability_missing', {
        driver: 'memory',
        capability: 'a write outside a transaction',
      });
    }
    tables().set(table.name, rows);
  };
  const find = (statement: Omit<FindStatement, 'columns'>): Row[] => {
    const { table, where, orderBy, offset = 0, limit } = statement;
    const found = sortRows(
      rowsOf(table).filter((row) => rowMatches(row, where, rowsOf)),
      orderBy,
    );
    return found.slice(offset, limit === undefined ? undefined : offset + limit);
  };
  const session: DriverSession = {
    find: (statement) => find(statement).map((row) => pick(row, statement.columns)),
    count: (statement) => find(statement).length,
    aggregate: (statement) => aggregate(statement, find(statement)),
    insert(table, added) {
      const rows = [...rowsOf(table)];
      for (const row of added) {
        assertUnique(table, rows, row);
        rows.push(structuredClone(row));
      }
      write(table, rows);
    },
    update({ table, set, where }) {
      let count = 0;
      const rows: Row[] = [];
      for (const row of rowsOf(table)) {
        const changed = rowMatches(row, where, rowsOf);
        if (changed) count += 1;
        rows.push(changed ? { ...row, ...structuredClone(set) } : row);
      }
      if (count > 0) rows.forEach((row, at) => assertUnique(table, rows.slice(0, at), row));
      write(table, rows);
      return count;
    },
    delete({ table, where }) {
      const rows = rowsOf(table);
      const kept = rows.filter((row) => !rowMatches(row, where, rowsOf));
      write(table, kept);
      return rows.length - kept.length;
    },
    claim({ table, where, orderBy, limit, set, returning }) {
      const claimed = new Set(find({ table, where, orderBy, limit }).map((row) => row['id']));
      write(
        table,
        rowsOf(table).map((row) => (claimed.has(row['id']) ? { ...row, ...set } : row)),
      );
      const now = new Map(rowsOf(table).map((row) => [row['id'], row]));
      return [...claimed].map((id) => pick(now.get(id) ?? {}, returning));
    },
    follow() {
      throw createError('driver_capability_missing', { driver: 'memory', capability: 'follow' });
    },
    // One transaction runs after the other.
    lockKey: () => undefined,
    nested: (work) => nested(tables(), session, work),
  };
  return session;
}

/** Undoes the statements of `work` when it fails. */
function nested<T>(
  tables: Tables,
  session: DriverSession,
  work: (session: DriverSession) => MaybePromise<T>,
): MaybePromise<T> {
  const before = new Map(tables);
  const undo = (error: unknown): never => {
    tables.clear();
    for (const [name, rows] of before) tables.set(name, rows);
    throw error;
  };
  try {
    const result = work(session);
    return result instanceof Promise ? result.catch(undo) : result;
  } catch (error) {
    return undo(error);
  }
}

function assertUnique(table: TableSchema, rows: readonly Row[], row: Row): void {
  const keys = table.indexes.filter((index) => index.unique).map((index) => index.columns);
  for (const columns of [['id'], ...keys]) {
    const values = columns.map((column) => row[column] ?? null);
    if (values.includes(null)) continue;
    if (rows.some((other) => columns.every((column, at) => other[column] === values[at]))) {
      throw createError('duplicate_value', { object: table.name, fields: [...columns] });
    }
  }
}

function aggregate(
  { aggregations, groupBy = [] }: AggregateStatement,
  rows: readonly Row[],
): Row[] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(groupBy.map((column) => row[columnName(column)] ?? null));
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  if (groupBy.length === 0 && groups.size === 0) groups.set('[]', []);
  return [...groups].map(([key, members]) => {
    const names = groupBy.map(columnName);
    const values = JSON.parse(key) as unknown[];
    const result: Row = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    for (const one of aggregations) {
      if (one.function !== 'count') {
        const capability = `the aggregate "${one.function}"`;
        throw createError('driver_capability_missing', { driver: 'memory', capability });
      }
      const { column } = one;
      result[one.alias] = members.filter(
        (row) => column === undefined || (row[column] ?? null) !== null,
      ).length;
    }
    return result;
  });
}

function columnName(key: NonNullable<AggregateStatement['groupBy']>[number]): string {
  if (typeof key === 'string') return key;
  throw createError('driver_capability_missing', {
    driver: 'memory',
    capability: 'groups of time',
  });
}

function pick(row: Row, columns: readonly string[]): Row {
  return structuredClone(
    Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
  );
}
