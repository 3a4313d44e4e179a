import type { PoolClient } from 'pg';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { TablePlan } from '../sql/plan.js';
import type { Executor } from '../sql/session.js';
import { isConnectionLost, mayRunAgain, postgresError, unavailable } from './errors.js';
import { insertAllSql, insertOneSql, rowArrays } from './insert.js';
import type { StatementNames } from './statement-names.js';

/** Rows per statement of a bulk insert. */
const INSERT_CHUNK = 1000;
/** The savepoint around a statement that a unique value may refuse. */
const GUARD = 'guarded';

/** A transaction on one connection. It begins with its first statement, in the same round trip. */
export interface PostgresTransaction extends Executor {
  all(text: string, values: readonly unknown[]): Promise<unknown[][]>;
  run(text: string, values: readonly unknown[]): Promise<number>;
  insert(table: TablePlan, values: readonly unknown[]): Promise<void>;
  runGuarded(text: string, values: readonly unknown[]): Promise<number>;
  /** Statements without values, in one round trip. */
  script(statements: readonly string[]): Promise<void>;
  /** @throws the error that had ended the transaction, if one did. */
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** Why nothing more can be done in it: PostgreSQL ends a transaction on any error. */
  readonly failed: ObjectOSError | undefined;
  /** Whether a statement was answered: if not, nothing can have happened yet. */
  readonly answered: boolean;
}

/** Begins a transaction. */
export function beginTransaction(client: PoolClient, names: StatementNames): PostgresTransaction {
  let failed: ObjectOSError | undefined;
  let answered = false;

  const fail = (error: unknown, operation: string): ObjectOSError => {
    const converted = postgresError(error, operation);
    failed ??= converted;
    return converted;
  };
  const query = async (text: string, values: readonly unknown[], operation: string) => {
    if (failed !== undefined) throw failed;
    try {
      const config = {
        name: names.nameOf(text),
        text,
        values: [...values],
        rowMode: 'array',
      } as const;
      const result = await client.query<unknown[]>(config);
      answered = true;
      return result;
    } catch (error) {
      throw fail(error, operation);
    }
  };
  /** A statement whose answer matters only when it is an error; the next one reports that. */
  const control = (text: string): Promise<string> =>
    client.query(text).then(
      ({ command }) => command,
      (error: unknown) => {
        throw fail(error, text.slice(0, 80));
      },
    );
  const ahead = (text: string): void => void control(text).catch(() => undefined);

  const undoTo = async (savepoint: string): Promise<void> => {
    if (failed !== undefined && isConnectionLost(failed)) throw failed;
    const cause = failed;
    failed = undefined;
    await control(`ROLLBACK TO ${savepoint}`).catch((error: unknown) => {
      failed = cause ?? (error as ObjectOSError);
      throw failed;
    });
  };
  // Read anew after each wait; the compiler would believe the check before it.
  const failure = (): ObjectOSError | undefined => failed;
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (failed !== undefined) throw failed;
    ahead(`SAVEPOINT ${GUARD}`);
    try {
      const result = await work();
      ahead(`RELEASE ${GUARD}`);
      return result;
    } catch (error) {
      const cause = failure();
      if (cause !== undefined && !isConnectionLost(cause) && !mayRunAgain(cause)) {
        await undoTo(GUARD);
        ahead(`RELEASE ${GUARD}`);
      }
      throw error;
    }
  };
  const run = async (text: string, values: readonly unknown[]): Promise<number> => {
    const savepoint = /^ROLLBACK TO (\w+)$/.exec(text)?.[1];
    if (savepoint !== undefined) return undoTo(savepoint).then(() => 0);
    return (await query(text, values, 'write')).rowCount ?? 0;
  };

  ahead('BEGIN');
  return {
    run,
    all: async (text, values) => (await query(text, values, 'read')).rows,
    runGuarded: (text, values) => guarded(() => run(text, values)),
    async insert(table, values) {
      const count = values.length / table.inserted.length;
      if (count === 0) return;
      if (count === 1) {
        // A refused row then costs the transaction nothing, and a taken one no savepoint.
        const taken = await run(`${insertOneSql(table)} ON CONFLICT DO NOTHING`, values);
        if (taken === 0) await guarded(() => run(insertOneSql(table), values));
        return;
      }
      await guarded(async () => {
        for (const arrays of rowArrays(table, values, INSERT_CHUNK)) {
          await run(insertAllSql(table), arrays);
        }
      });
    },
    async script(statements) {
      if (failed !== undefined) throw failed;
      await control(statements.join(';\n'));
    },
    async commit() {
      if (failed !== undefined) throw failed;
      const command = await control('COMMIT').catch((error: unknown) => {
        throw isConnectionLost(error)
          ? unavailable('the connection broke during a commit', error)
          : error;
      });
      if (command !== 'COMMIT') throw failure() ?? postgresError(new Error(command), 'commit');
    },
    async rollback() {
      if (failed !== undefined && isConnectionLost(failed)) return;
      await client.query('ROLLBACK').catch((error: unknown) => {
        if (isConnectionLost(error) || !isObjectOSError(failed)) fail(error, 'rollback');
      });
    },
    get failed() {
      return failed;
    },
    get answered() {
      return answered;
    },
  };
}
