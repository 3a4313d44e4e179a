import type { Executor } from '../sql/session.js';
import type { DatabaseSync, StatementSync } from './binding.js';
import { sqliteError } from './errors.js';
import { createStatementCache } from './statement-cache.js';

/** One open database file with its prepared statements. */
export interface SqliteConnection extends Executor {
  all(text: string, values: readonly unknown[]): unknown[][];
  run(text: string, values: readonly unknown[]): number;
  /** Whether a transaction is open. SQLite itself ends one on some errors (disk full, input or output). */
  readonly inTransaction: boolean;
  close(): void;
}

/** How many prepared statements a connection keeps. */
const STATEMENTS = 500;

/** Wraps an open database. Every error it throws is one of the catalogue. */
export function createConnection(database: DatabaseSync): SqliteConnection {
  const cache = createStatementCache(STATEMENTS, (text) => {
    const statement = database.prepare(text);
    statement.setReturnArrays(true);
    return statement;
  });
  return {
    get inTransaction() {
      return database.isTransaction;
    },
    all(text, values) {
      try {
        return readAll(cache.get(text), values);
      } catch (error) {
        throw sqliteError(error, 'read');
      }
    },
    run(text, values) {
      try {
        return Number(cache.get(text).run(...values).changes);
      } catch (error) {
        throw sqliteError(error, 'write');
      }
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
