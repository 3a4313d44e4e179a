import type { PoolClient } from 'pg';
import type { MaybePromise } from '@objectos/spec/contracts';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { TablePlan } from '../sql/plan.js';
import type { Executor, JointStatement } from '../sql/executor.js';
import type { SqlStatement } from '../sql/statements.js';
import { isConnectionLost, mayRunAgain, postgresError, unavailable } from './errors.js';
import { insertAllSql, insertOneSql, rowArrays } from './insert.js';
import { jointInsertSql } from './joint-insert.js';
import { releaseName, type StatementNames } from './statement-names.js';
import { updateEachSql } from './update-each.js';

/** Rows per statement of a bulk insert. */
const INSERT_CHUNK = 1000;
/** The savepoint around a statement that a unique value may refuse. */
const GUARD = 'guarded';

/** How a transaction may be run. */
export interface PostgresTransactionOptions {
  /**
   * The connection answered a moment ago. One that was idle may be dead without anybody knowing, and
   * of a statement that commits by itself nobody could say then whether it did.
   */
  readonly lively: boolean;
}

/**
 * A transaction on one connection. It begins with its first statement, in the same round trip; one
 * that comes to its commit with a single statement put off is that statement, which commits by itself.
 * A class, because one is made for every write: its functions are made once.
 */
export class PostgresTransaction implements Executor {
  readonly #client: PoolClient;
  readonly #names: StatementNames;
  readonly #lively: boolean;
  #begun = false;
  #touched = false;
  #failed: ObjectOSError | undefined;
  /** What an expectation that was not met has refused: the transaction must not go on either. */
  #refused: Error | undefined;
  #putOff: JointStatement[] = [];

  readonly eachUpdate = updateEachSql;
  readonly jointInsert = jointInsertSql;

  /** Nothing is sent before the first statement. */
  constructor(client: PoolClient, names: StatementNames, { lively }: PostgresTransactionOptions) {
    this.#client = client;
    this.#names = names;
    this.#lively = lively;
  }

  /** Why nothing more can be done in it: PostgreSQL ends a transaction on any error. */
  get failed(): ObjectOSError | undefined {
    return this.#failed;
  }

  /** Whether something can have happened, as far as is known here. */
  get touched(): boolean {
    return this.#touched;
  }

  async all(text: string, values: readonly unknown[]): Promise<unknown[][]> {
    return (await this.#query(text, values, 'read')).rows;
  }

  async run(text: string, values: readonly unknown[]): Promise<number> {
    const savepoint = /^(SAVEPOINT|RELEASE|ROLLBACK TO) (\w+)$/.exec(text);
    if (savepoint === null) return (await this.#query(text, values, 'write')).rowCount ?? 0;
    if (savepoint[1] === 'ROLLBACK TO') await this.#undoTo(savepoint[2] ?? '');
    else {
      await this.#ready();
      this.#ahead(text);
    }
    return 0;
  }

  runGuarded(text: string, values: readonly unknown[]): Promise<number> {
    return this.#guarded(() => this.run(text, values));
  }

  runTogether(statement: JointStatement): MaybePromise<void> {
    this.#assertSound();
    // In the same turn, so that the write which put it off needs no other one either.
    if (statement.later) void this.#putOff.push(statement);
    else return this.#runNow(statement);
  }

  settle(): MaybePromise<void> {
    this.#assertSound();
    return this.#putOff.length > 0 ? this.#settleAll() : undefined;
  }

  async #settleAll(): Promise<void> {
    const statements = this.#putOff;
    this.#putOff = [];
    for (const statement of statements) {
      this.#begin();
      await this.#sendTogether(statement);
    }
  }

  async insert(table: TablePlan, values: readonly unknown[]): Promise<void> {
    const count = values.length / table.inserted.length;
    if (count === 0) return;
    if (count === 1) {
      // A refused row then costs the transaction nothing, and a taken one no savepoint.
      const taken = await this.run(`${insertOneSql(table)} ON CONFLICT DO NOTHING`, values);
      if (taken === 0) await this.#guarded(() => this.run(insertOneSql(table), values));
      return;
    }
    await this.#guarded(async () => {
      for (const arrays of rowArrays(table, values, INSERT_CHUNK)) {
        await this.run(insertAllSql(table), arrays);
      }
    });
  }

  /** Statements without values, in one round trip. */
  async script(statements: readonly string[]): Promise<void> {
    await this.#ready();
    await this.#control(statements.join(';\n'));
  }

  /** @throws the error that had ended the transaction, if one did. */
  async commit(): Promise<void> {
    this.#assertSound();
    const [only, ...others] = this.#putOff;
    const alone = !this.#begun && this.#lively && others.length === 0;
    if (only !== undefined && !alone) await this.settle();
    if (!this.#begun && only === undefined) return;
    this.#touched = true;
    const ended = alone && only !== undefined ? this.#sendTogether(only) : this.#control('COMMIT');
    const command = await ended.catch((error: unknown) => {
      throw this.#failed !== undefined && isConnectionLost(this.#failed)
        ? unavailable('the connection broke during a commit', error)
        : error;
    });
    if (alone || command === 'COMMIT') return;
    throw this.#failed ?? postgresError(new Error(command ?? ''), 'commit');
  }

  async rollback(): Promise<void> {
    if (!this.#begun || (this.#failed !== undefined && isConnectionLost(this.#failed))) return;
    await this.#client.query('ROLLBACK').catch((error: unknown) => {
      if (isConnectionLost(error) || !isObjectOSError(this.#failed)) this.#fail(error, 'rollback');
    });
  }

  #fail(error: unknown, operation: string): ObjectOSError {
    const converted = postgresError(error, operation);
    this.#failed ??= converted;
    return converted;
  }

  #assertSound(): void {
    const reason = this.#failed ?? this.#refused;
    if (reason !== undefined) throw reason;
  }

  /** Everything that comes before a statement. */
  async #ready(): Promise<void> {
    this.#assertSound();
    if (this.#putOff.length > 0) await this.settle();
    this.#begin();
  }

  #begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#ahead('BEGIN');
  }

  async #query(text: string, values: readonly unknown[], operation: string) {
    await this.#ready();
    return this.#send({ text, values }, operation);
  }

  async #runNow(statement: JointStatement): Promise<void> {
    await this.#ready();
    await this.#sendTogether(statement);
  }

  async #sendTogether(statement: JointStatement): Promise<void> {
    const { expected, isPrepared } = statement;
    const [met = []] = (await this.#send(statement, 'write', isPrepared)).rows;
    const missed = expected[met.indexOf(false)];
    if (missed !== undefined) throw (this.#refused = missed.refused());
  }

  async #send({ text, values }: SqlStatement, operation: string, isPrepared = true) {
    try {
      const name = isPrepared ? this.#names.nameOf(text) : undefined;
      releaseName(this.#client, name, text);
      // The client reads the values and keeps none of them.
      const config = { name, text, values: values as unknown[], rowMode: 'array' } as const;
      const result = await this.#client.query<unknown[]>(config);
      this.#touched = true;
      return result;
    } catch (error) {
      throw this.#fail(error, operation);
    }
  }

  /** A statement whose answer matters only when it is an error; the next one reports that. */
  #control(text: string): Promise<string> {
    return this.#client.query(text).then(
      ({ command }) => command,
      (error: unknown) => {
        throw this.#fail(error, text.slice(0, 80));
      },
    );
  }

  #ahead(text: string): void {
    this.#control(text).catch(() => undefined);
  }

  async #undoTo(savepoint: string): Promise<void> {
    this.#putOff = [];
    this.#refused = undefined;
    const cause = this.#failed;
    if (cause !== undefined && isConnectionLost(cause)) throw cause;
    this.#failed = undefined;
    await this.#control(`ROLLBACK TO ${savepoint}`).catch((error: unknown) => {
      this.#failed = cause ?? (error as ObjectOSError);
      throw this.#failed;
    });
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    await this.#ready();
    this.#ahead(`SAVEPOINT ${GUARD}`);
    try {
      const result = await work();
      this.#ahead(`RELEASE ${GUARD}`);
      return result;
    } catch (error) {
      const cause = this.failed;
      if (cause !== undefined && !isConnectionLost(cause) && !mayRunAgain(cause)) {
        await this.#undoTo(GUARD);
        this.#ahead(`RELEASE ${GUARD}`);
      }
      throw error;
    }
  }
}
