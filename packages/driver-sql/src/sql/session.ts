import {
  insertInTurn,
  updateInTurn,
  type AggregateStatement,
  type ClaimStatement,
  type CountStatement,
  type DeleteStatement,
  type DriverSession,
  type FindStatement,
  type FollowStatement,
  type FollowedRows,
  type JointInsert,
  type Row,
  type TableSchema,
  type TenantSessions,
  type UpdateEachStatement,
  type UpdateStatement,
} from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { storageFailed } from './errors.js';
import { observed, type Executor } from './executor.js';
import { andThen, settle } from './maybe.js';
import type { Planner, TablePlan } from './plan.js';
import { aggregateSql } from './aggregate.js';
import { claimRows } from './claim.js';
import { tenantSessions } from './tenants.js';
import { followSql } from './follow.js';
import {
  countSql,
  deleteSql,
  findSql,
  insertValues,
  updateSql,
  type SqlStatement,
} from './statements.js';

/** Rows per insert statement; few sizes, so that few texts are prepared. */
const INSERT_CHUNKS = [50, 5, 1] as const;

/** A transaction or a nested part of it, as long as it may be used. */
interface Scope {
  readonly depth: number;
  readonly parent: Scope | undefined;
  state: 'open' | 'nested' | 'ended';
}

/** A session over an executor; transactions and savepoints are scopes that end. */
export class SqlSession implements DriverSession {
  readonly #executor: Executor;
  /** The executor, not observed. */
  readonly #bare: Executor;
  readonly #planner: Planner;
  readonly #scope: Scope | undefined;

  private constructor(executor: Executor, planner: Planner, scope: Scope | undefined) {
    this.#executor = planner.observe === undefined ? executor : observed(executor, planner.observe);
    this.#bare = executor;
    this.#planner = planner;
    this.#scope = scope;
  }

  /** A session outside transactions. */
  static reader(executor: Executor, planner: Planner): SqlSession {
    return new SqlSession(executor, planner, undefined);
  }

  /** A session of the transaction that is open on the executor, usable until `end()`. */
  static transaction(executor: Executor, planner: Planner): SqlSession {
    return new SqlSession(executor, planner, { depth: 0, parent: undefined, state: 'open' });
  }

  find(statement: FindStatement): MaybePromise<Row[]> {
    if (statement.lock !== undefined && this.#scope === undefined) {
      throw this.#misuse('a lock outside a transaction');
    }
    const { text, values, toRows } = findSql(statement, this.#planner);
    return andThen(this.#all(text, values), toRows);
  }

  count(statement: CountStatement): MaybePromise<number> {
    const { text, values } = countSql(statement, this.#planner);
    return andThen(this.#all(text, values), (rows) => Number(rows[0]?.[0]));
  }

  aggregate(statement: AggregateStatement): MaybePromise<Row[]> {
    const { text, values, toRows } = aggregateSql(statement, this.#planner);
    return andThen(this.#all(text, values), toRows);
  }

  insert(table: TableSchema, rows: readonly Row[]): MaybePromise<void> {
    const plan = this.#planner.plan(table);
    // Everything is checked before anything is written.
    const values = insertValues(plan, rows, this.#planner);
    this.#assertUsable();
    return this.#executor.insert?.(plan, values) ?? this.#insertFrom(plan, values, 0);
  }

  insertTogether(insert: JointInsert): MaybePromise<void> {
    if (this.#scope === undefined) throw this.#misuse('a joint insert outside a transaction');
    const statement = this.#executor.jointInsert?.(insert, this.#planner);
    if (statement === undefined) return insertInTurn(this, insert);
    this.#assertUsable();
    return this.#executor.runTogether?.(statement);
  }

  update(statement: UpdateStatement): MaybePromise<number> {
    const { text, values } = updateSql(statement, this.#planner);
    this.#assertUsable();
    return this.#change(statement.table, statement.set, { text, values });
  }

  updateEach(statement: UpdateEachStatement): MaybePromise<number> {
    const [first] = statement.rows;
    if (first === undefined) return 0;
    const sql = this.#executor.eachUpdate?.(statement, this.#planner);
    if (sql === undefined) return updateInTurn(this, statement);
    this.#assertUsable();
    return this.#change(statement.table, first.set, sql);
  }

  delete(statement: DeleteStatement): MaybePromise<number> {
    return this.#run(deleteSql(statement, this.#planner));
  }

  claim(statement: ClaimStatement): MaybePromise<Row[]> {
    return claimRows(this, statement);
  }

  follow(statement: FollowStatement): MaybePromise<FollowedRows> {
    const { text, values, toRows } = followSql(statement, this.#planner);
    return andThen(this.#all(text, values), toRows);
  }

  lockKey(key: string): MaybePromise<void> {
    if (this.#scope === undefined) throw this.#misuse('a lock outside a transaction');
    const { lockKey } = this.#planner.dialect;
    if (lockKey === undefined) return this.#assertUsable();
    return andThen(this.#all(lockKey, [key]), () => undefined);
  }

  nested<T>(work: (session: DriverSession) => MaybePromise<T>): MaybePromise<T> {
    this.#assertUsable();
    const scope = this.#scope;
    if (scope === undefined) throw this.#misuse('nested work outside a transaction');
    const name = `nested_${scope.depth + 1}`;
    const innerScope: Scope = { depth: scope.depth + 1, parent: scope, state: 'open' };
    const leave = (statements: readonly string[]): MaybePromise<void> => {
      innerScope.state = 'ended';
      if (scope.state === 'nested') scope.state = 'open';
      this.#assertUsable();
      return this.#sequence(statements);
    };
    const undo = (error: unknown): MaybePromise<T> =>
      andThen(leave([`ROLLBACK TO ${name}`, `RELEASE ${name}`]), () => {
        throw error;
      });
    scope.state = 'nested';
    return settle(() => this.#executor.run(`SAVEPOINT ${name}`, []), {
      done: () =>
        settle(() => work(new SqlSession(this.#bare, this.#planner, innerScope)), {
          // What was put off belongs to this work, and so does its failure.
          done: (result) =>
            settle(() => this.#executor.settle?.(), {
              done: () => andThen(leave([`RELEASE ${name}`]), () => result),
              failed: undo,
            }),
          failed: undo,
        }),
      failed: (error) => {
        scope.state = 'open';
        throw error;
      },
    });
  }

  get tenants(): TenantSessions | undefined {
    if (this.#planner.tenants === undefined) return undefined;
    const scope = { executor: this.#executor, inTransaction: this.#scope !== undefined };
    return tenantSessions({ planner: this.#planner, ...scope }, (planner) =>
      planner === this.#planner ? this : new SqlSession(this.#bare, planner, this.#scope),
    );
  }

  /** Refuses all further use: the transaction is over. */
  end(): void {
    if (this.#scope !== undefined) this.#scope.state = 'ended';
  }

  /** An update, after which others can be tried where it may meet a unique value. */
  #change(table: TableSchema, set: Row, { text, values }: SqlStatement): MaybePromise<number> {
    const { uniqueColumns } = this.#planner.plan(table);
    const guarded = Object.keys(set).some((name) => uniqueColumns.has(name));
    return guarded && this.#executor.runGuarded !== undefined
      ? this.#executor.runGuarded(text, values)
      : this.#executor.run(text, values);
  }

  #insertFrom(plan: TablePlan, values: readonly unknown[], start: number): MaybePromise<void> {
    const width = plan.inserted.length;
    let at = start;
    while (at < values.length) {
      const size = this.#chunkSize((values.length - at) / width, width);
      const end = at + size * width;
      const chunk = at === 0 && end === values.length ? values : values.slice(at, end);
      const result = this.#run({ text: plan.insertText(size), values: chunk });
      if (result instanceof Promise) return result.then(() => this.#insertFrom(plan, values, end));
      at = end;
    }
  }

  #chunkSize(remaining: number, width: number): number {
    const { maxVariables } = this.#planner.dialect;
    return INSERT_CHUNKS.find((size) => size <= remaining && size * width <= maxVariables) ?? 1;
  }

  #sequence(statements: readonly string[]): MaybePromise<void> {
    const [first, ...rest] = statements;
    if (first === undefined) return;
    return andThen(this.#executor.run(first, []), () => this.#sequence(rest));
  }

  #all(text: string, values: readonly unknown[]): MaybePromise<unknown[][]> {
    this.#assertUsable();
    return this.#executor.all(text, values);
  }

  #run(statement: SqlStatement): MaybePromise<number> {
    this.#assertUsable();
    return this.#executor.run(statement.text, statement.values);
  }

  #assertUsable(): void {
    if (this.#scope?.state === 'nested') {
      throw this.#misuse('a statement beside nested work that still runs in the same transaction');
    }
    for (let scope = this.#scope; scope !== undefined; scope = scope.parent) {
      if (scope.state === 'ended') throw this.#misuse('a statement in a transaction that is over');
    }
  }

  #misuse(operation: string): Error {
    return storageFailed(this.#planner.dialect.name, operation);
  }
}
