import type { ExpectedRows, JointInsert, UpdateEachStatement } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Planner, TablePlan } from './plan.js';
import type { SqlStatement } from './statements.js';

/** Runs SQL on one connection. Rows come as arrays, in the order of the selected columns. */
export interface Executor {
  all(text: string, values: readonly unknown[]): MaybePromise<unknown[][]>;
  /** @returns how many rows were changed. */
  run(text: string, values: readonly unknown[]): MaybePromise<number>;
  /**
   * Inserts rows whose values stand one after another, where the database has a better way than
   * several rows per statement.
   */
  insert?(table: TablePlan, values: readonly unknown[]): MaybePromise<void>;
  /** Like `run`, for a statement that others may be tried after when a unique value refuses it. */
  runGuarded?(text: string, values: readonly unknown[]): MaybePromise<number>;
  /** Writes joint inserts as one statement; comes with the two below. */
  jointInsert?(insert: JointInsert, planner: Planner): JointStatement;
  /** Runs it now or, when it may be later, before anything that must come after it. */
  runTogether?(statement: JointStatement): MaybePromise<void>;
  /** Writes an update of rows with values of their own as one statement. */
  eachUpdate?(statement: UpdateEachStatement, planner: Planner): SqlStatement;
  /** Runs what was put off. */
  settle?(): MaybePromise<void>;
  /** Statements without values, one after another, with nothing in between. */
  script?(statements: readonly string[]): MaybePromise<void>;
}

/** A statement that answers with one row: whether each expectation was met. */
export interface JointStatement extends SqlStatement {
  readonly expected: readonly Pick<ExpectedRows, 'refused'>[];
  readonly later: boolean;
  /** Worth preparing: the same text comes again and again. */
  readonly isPrepared: boolean;
}

/** An executor that tells the text of each statement before it runs. */
export function observed(executor: Executor, observe: (text: string) => void): Executor {
  const runGuarded: Executor['run'] = (text, values) => {
    observe(text);
    return executor.runGuarded?.(text, values) ?? executor.run(text, values);
  };
  const insert: Executor['insert'] = (table, values) => {
    observe(`INSERT INTO ${table.source}`);
    return executor.insert?.(table, values);
  };
  const together: Partial<Executor> = {
    eachUpdate: (statement, planner) => executor.eachUpdate?.(statement, planner) as SqlStatement,
    jointInsert: (joint, planner) => executor.jointInsert?.(joint, planner) as JointStatement,
    runTogether(statement) {
      observe(statement.text);
      return executor.runTogether?.(statement);
    },
    settle: () => executor.settle?.(),
  };
  const script: Executor['script'] = (statements) => {
    statements.forEach(observe);
    return executor.script?.(statements);
  };
  return {
    all(text, values) {
      observe(text);
      return executor.all(text, values);
    },
    run(text, values) {
      observe(text);
      return executor.run(text, values);
    },
    ...('runGuarded' in executor ? { runGuarded } : {}),
    ...('insert' in executor ? { insert } : {}),
    ...('runTogether' in executor ? together : {}),
    ...('script' in executor ? { script } : {}),
  };
}
