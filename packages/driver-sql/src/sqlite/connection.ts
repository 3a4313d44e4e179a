import type { ObjectOSError } from '@objectos/spec/errors';
import type { Executor } from '../sql/executor.js';
import type { Binding, DatabaseSyncOptions, StatementSync } from './binding.js';
import { sqliteError, type UniqueIndex } from './errors.js';
import { registerFunctions } from './functions.js';
import { createStatementCache } from './statement-cache.js';

/** One open database file with its prepared statements. */
export interface SqliteConnection extends Executor {
  all(text: string, values: readonly unknown[]): unknown[][];
  run(text: string, values: readonly unknown[]): number;
  /** Opens a transaction and takes the write lock. */
  begin(): void;
  /** @throws the error that had ended the transaction, if one did. */
  commit(): void;
  /** Leaves the connection without a transaction. */
  rollback(): void;
  /** Why the running transaction is gone: on some errors (disk full) SQLite ends it by itself. */
  readonly lost: ObjectOSError | undefined;
  close(): void;
}

/** How many prepared statements a connection keeps. */
const STATEMENTS = 500;

const INDEX_COLUMNS = `SELECT made.tbl_name, info.name FROM sqlite_master AS made, pragma_index_info(made.name) AS info
WHERE made.type = 'index' AND made.name = ? ORDER BY info.seqno`;

/** Opens a database file. Every error it throws is one of the catalogue. */
export function openConnection(
  binding: Binding,
  path: string,
  options: DatabaseSyncOptions,
): SqliteConnection {
  const database = binding.open(path, options);
  registerFunctions(database);
  const { prepareValues } = binding;
  const cache = createStatementCache(STATEMENTS, (text) => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  });
  let begun = false;
  let lost: ObjectOSError | undefined;

  const findIndex = (name: string): UniqueIndex | undefined => {
    const rows = cache.get(INDEX_COLUMNS).all(name) as unknown[][];
    const columns = rows.flatMap(([, column]) => (typeof column === 'string' ? [column] : []));
    return rows.length === 0 ? undefined : { table: String(rows[0]?.[0]), columns };
  };
  const execute = <T>(operation: string, statement: () => T): T => {
    // After a lost transaction, each further statement would commit by itself.
    if (lost !== undefined) throw lost;
    try {
      return statement();
    } catch (cause) {
      const error = sqliteError(cause, operation, findIndex);
      if (begun && !database.isTransaction) lost = error;
      throw error;
    }
  };
  const run = (text: string, values: readonly unknown[]): number =>
    execute('write', () => Number(cache.get(text).run(...prepareValues(values)).changes));

  return {
    run,
    all: (text, values) => execute('read', () => readAll(cache.get(text), prepareValues(values))),
    begin() {
      run('BEGIN IMMEDIATE', []);
      begun = true;
    },
    commit() {
      execute('commit', () => cache.get('COMMIT').run());
      begun = false;
    },
    rollback() {
      begun = false;
      lost = undefined;
      if (database.isTransaction) run('ROLLBACK', []);
    },
    get lost() {
      return lost;
    },
    close() {
      cache.clear();
      database.close();
    },
  };
}

function readAll(statement: StatementSync, values: readonly unknown[]): unknown[][] {
  try {
    return statement.all(...values) as unknown[][];
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    statement.setReadBigInts(true);
    try {
      return (statement.all(...values) as unknown[][]).map((row) => row.map(fromBigInt));
    } finally {
      statement.setReadBigInts(false);
    }
  }
}

/** The bindings refuse to read an integer that a JavaScript number cannot hold. */
function isTooLarge(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return (
    code === 'ERR_OUT_OF_RANGE' ||
    (typeof message === 'string' && message.includes('too large to be represented'))
  );
}

/** Exact text where a number would be another one. */
function fromBigInt(value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
