import { systemContext } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row, TableSchema } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';

/** What is remembered of one key. Times are epoch milliseconds. */
export interface Failures {
  readonly count: number;
  readonly blockedUntil: number;
  readonly expiresAt: number;
}

/** Failures by key; absent: none. */
export type FailuresByKey = ReadonlyMap<string, Failures | undefined>;

/** Where all nodes count failures together. */
export interface FailureStore {
  /**
   * Replaces what is known of keys by what `decide` makes of it, in one step for all of them and
   * for all nodes. When `decide` throws, nothing changes. It may be called again, so it must do
   * nothing else.
   */
  change(keys: readonly string[], decide: (known: FailuresByKey) => FailuresByKey): Promise<void>;
  /** Removes what has expired. */
  sweep(now: number): Promise<number>;
}

/** Failed attempts at sign-in. `id` is a hash: neither addresses nor accounts stand in the table. */
export const failureTable: TableSchema = {
  name: 'sys_sign_in_failure',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'failures', type: 'integer', nullable: false },
    { name: 'blocked_until', type: 'integer', nullable: false },
    { name: 'expires_at', type: 'integer', nullable: false },
  ],
  indexes: [{ name: 'ix_sys_sign_in_failure_end', columns: ['expires_at'], unique: false }],
};
const COLUMNS = failureTable.columns.map(({ name }) => name);
const MOST_ROUNDS = 4;

/** Counts in the application's database, which all nodes have in common. */
export function createFailureStore(database: Database): FailureStore {
  const ctx = systemContext('auth');
  return {
    async change(keys, decide) {
      for (let round = 0; round < MOST_ROUNDS; round += 1) {
        const done = await database.transaction(ctx, (session) => tryChange(session, keys, decide));
        if (done) return;
      }
      throw new Error('unreachable: a row of failed sign-ins neither exists nor can be made');
    },
    sweep: (now) =>
      database.transaction(ctx, (session) =>
        session.delete({
          table: failureTable,
          where: { op: 'lte', field: 'expires_at', value: now },
        }),
      ),
  };
}

/** False when another node made one of the rows in this moment: then there is one to wait for. */
async function tryChange(
  session: DriverSession,
  keys: readonly string[],
  decide: (known: FailuresByKey) => FailuresByKey,
): Promise<boolean> {
  const rows = await session.find({
    table: failureTable,
    columns: COLUMNS,
    where: { op: 'in', field: 'id', value: keys },
    // In one order everywhere, so that two nodes never wait for each other.
    orderBy: [{ field: 'id', direction: 'asc' }],
    lock: 'wait',
  });
  const known = new Map(rows.map((row) => [String(row['id']), failuresOf(row)]));
  const wanted = [...decide(known)];
  const made = wanted.flatMap(([id, one]) =>
    one === undefined || known.has(id) ? [] : [rowOf(id, one)],
  );
  if (made.length > 0 && !(await tryInsert(session, made))) return false;
  for (const [id, one] of wanted) {
    if (!known.has(id)) continue;
    const where = { op: 'eq', field: 'id', value: id } as const;
    if (one === undefined) await session.delete({ table: failureTable, where });
    else await session.update({ table: failureTable, set: rowOf(id, one), where });
  }
  return true;
}

async function tryInsert(session: DriverSession, rows: readonly Row[]): Promise<boolean> {
  try {
    await session.nested((inner) => inner.insert(failureTable, rows));
    return true;
  } catch (error) {
    if (isObjectOSError(error, 'duplicate_value')) return false;
    throw error;
  }
}

function failuresOf(row: Row): Failures {
  return {
    count: Number(row['failures']),
    blockedUntil: Number(row['blocked_until']),
    expiresAt: Number(row['expires_at']),
  };
}

function rowOf(id: string, { count, blockedUntil, expiresAt }: Failures): Row {
  return { id, failures: count, blocked_until: blockedUntil, expires_at: expiresAt };
}
