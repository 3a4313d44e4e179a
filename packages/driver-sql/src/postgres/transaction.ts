import type { PoolClient } from 'pg';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { TablePlan } from '../sql/plan.js';
import type { Executor, JointStatement } from '../sql/session.js';
import { isConnectionLost, mayRunAgain, postgresError, unavailable } from './errors.js';
import { insertAllSql, insertOneSql, rowArrays } from './insert.js';
import { jointInsertSql } from './joint-insert.js';
import { releaseName, type StatementNames } from './statement-names.js';
import { updateEachSql } from './update-each.js';

/** Rows per statement of a bulk insert. */
const INSERT_CHUNK = 1000;
/** The savepoint around a statement that a unique value may refuse. */
const GUARD = 'guarded';

/**
 * A transaction on one connection. It begins with its first statement, in the same round trip; one
 * that comes to its commit with a single statement put off is that statement, which commits by itself.
 */
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
  /** Whether something can have happened, as far as is known here. */
  readonly touched: boolean;
}

/** How a transaction may be run. */
export interface PostgresTransactionOptions {
  /**
   * The connection answered a moment ago. One that was idle may be dead without anybody knowing, and
   * of a statement that commits by itself nobody could say then whether it did.
   */
  readonly lively: boolean;
}

/** Makes a transaction; nothing is sent before its first statement. */
export function beginTransaction(
  client: PoolClient,
  names: StatementNames,
  { lively }: PostgresTransactionOptions,
): PostgresTransaction {
  let begun = false;
  let touched = false;
  let failed: ObjectOSError | undefined;
  /** What an expectation that was not met has refused: the transaction must not go on either. */
  let refused: Error | undefined;
  let putOff: JointStatement[] = [];

  const fail = (error: unknown, operation: string): ObjectOSError => {
    const converted = postgresError(error, operation);
    failed ??= converted;
    return converted;
  };
  const assertSound = (): void => {
    const reason = failed ?? refused;
    if (reason !== undefined) throw reason;
  };
  const send = async (
    text: string,
    values: readonly unknown[],
    operation: string,
    isPrepared = true,
  ) => {
    try {
      const name = isPrepared ? names.nameOf(text) : undefined;
      releaseName(client, name, text);
      const config = {
        name,
        text,
        values: [...values],
        rowMode: 'array',
      } as const;
      const result = await client.query<unknown[]>(config);
      touched = true;
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
  const begin = (): void => {
    if (begun) return;
    begun = true;
    ahead('BEGIN');
  };
  const sendTogether = async (statement: JointStatement): Promise<void> => {
    const { text, values, expected, isPrepared } = statement;
    const [met = []] = (await send(text, values, 'write', isPrepared)).rows;
    const missed = expected[met.indexOf(false)];
    if (missed !== undefined) throw (refused = missed.refused());
  };
  const settle = async (): Promise<void> => {
    assertSound();
    const statements = putOff;
    putOff = [];
    for (const statement of statements) {
      begin();
      await sendTogether(statement);
    }
  };
  /** Everything that comes before a statement. */
  const ready = async (): Promise<void> => {
    assertSound();
    if (putOff.length > 0) await settle();
    begin();
  };
  const query = async (text: string, values: readonly unknown[], operation: string) => {
    await ready();
    return send(text, values, operation);
  };

  const undoTo = async (savepoint: string): Promise<void> => {
    putOff = [];
    refused = undefined;
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
    await ready();
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
    const savepoint = /^(SAVEPOINT|RELEASE|ROLLBACK TO) (\w+)$/.exec(text);
    if (savepoint === null) return (await query(text, values, 'write')).rowCount ?? 0;
    if (savepoint[1] === 'ROLLBACK TO') await undoTo(savepoint[2] ?? '');
    else {
      await ready();
      ahead(text);
    }
    return 0;
  };

  return {
    run,
    all: async (text, values) => (await query(text, values, 'read')).rows,
    runGuarded: (text, values) => guarded(() => run(text, values)),
    eachUpdate: updateEachSql,
    jointInsert: jointInsertSql,
    async runTogether(statement) {
      assertSound();
      if (statement.later) {
        putOff.push(statement);
        return;
      }
      await ready();
      await sendTogether(statement);
    },
    settle,
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
      await ready();
      await control(statements.join(';\n'));
    },
    async commit() {
      assertSound();
      const [only, ...others] = putOff;
      const alone = !begun && lively && others.length === 0;
      if (only !== undefined && !alone) await settle();
      if (!begun && only === undefined) return;
      touched = true;
      const ended = alone && only !== undefined ? sendTogether(only) : control('COMMIT');
      const command = await ended.catch((error: unknown) => {
        throw failed !== undefined && isConnectionLost(failed)
          ? unavailable('the connection broke during a commit', error)
          : error;
      });
      if (alone || command === 'COMMIT') return;
      throw failure() ?? postgresError(new Error(command ?? ''), 'commit');
    },
    async rollback() {
      if (!begun || (failed !== undefined && isConnectionLost(failed))) return;
      await client.query('ROLLBACK').catch((error: unknown) => {
        if (isConnectionLost(error) || !isObjectOSError(failed)) fail(error, 'rollback');
      });
    },
    get failed() {
      return failed;
    },
    get touched() {
      return touched;
    },
  };
}
