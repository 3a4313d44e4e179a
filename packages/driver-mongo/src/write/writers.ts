import type { DriverSession } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { unavailable } from '../errors.js';
import { MongoSession } from '../session.js';
import { Repeatable, repeat } from './repeat.js';
import { beginTransaction, type MongoTransaction, type TransactionParts } from './transaction.js';

/** Works that share one commit, at most. */
const SHARED = 50;

type Work<T> = (session: DriverSession) => MaybePromise<T>;

/** Runs transactions one after another. */
export interface Writers {
  run<T>(work: Work<T>): Promise<T>;
  /** Like `run`, in one transaction with others of its kind that wait in the same moment. */
  runShared<T>(work: Work<T>): Promise<T>;
  /** Runs something else while no transaction of this process runs. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Takes no more work; resolves when the last is done. */
  close(): Promise<void>;
}

interface Waiting {
  /** Absent: alone. */
  readonly shared?: SharedWork;
  readonly start: () => Promise<void>;
}

interface SharedWork {
  readonly work: Work<unknown>;
  readonly done: (result: unknown) => void;
  readonly failed: (error: unknown) => void;
}

/** Makes the queue of a driver. */
export function createWriters(parts: TransactionParts): Writers {
  const queue: Waiting[] = [];
  let running: Promise<void> | undefined;
  let closed = false;

  const drain = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.shared === undefined) await next.start();
      else await runTogether(parts, [next.shared, ...takeShared(queue)]);
    }
    running = undefined;
  };
  const enter = (waiting: Waiting): void => {
    queue.push(waiting);
    // In a turn of its own, so that works of the same moment meet.
    running ??= Promise.resolve().then(drain);
  };
  const refuse = (): void => {
    if (closed) throw unavailable('the connection is closed');
  };
  const alone = <T>(work: () => Promise<T>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      refuse();
      enter({ start: () => work().then(resolve, reject) });
    });
  return {
    alone,
    run: (work) => alone(() => repeat(() => runTransaction(parts, work))),
    runShared: <T>(work: Work<T>) =>
      new Promise<T>((resolve, reject) => {
        refuse();
        const shared: SharedWork = { work, done: (result) => resolve(result as T), failed: reject };
        enter({ shared, start: () => runTogether(parts, [shared]) });
      }),
    async close() {
      closed = true;
      while (running !== undefined) await running;
    },
  };
}

function takeShared(queue: Waiting[]): SharedWork[] {
  const taken: SharedWork[] = [];
  while (taken.length < SHARED - 1) {
    const shared = queue[0]?.shared;
    if (shared === undefined) break;
    taken.push(shared);
    queue.shift();
  }
  return taken;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** Each work is a nested part, so that its failure undoes it alone; all are told after the commit. */
async function runTogether(parts: TransactionParts, works: readonly SharedWork[]): Promise<void> {
  try {
    const outcomes = await repeat(() =>
      runTransaction(parts, async (session, transaction) => {
        const results: Outcome[] = [];
        for (const { work } of works) results.push(await outcomeOf(session, transaction, work));
        return results;
      }),
    );
    for (const [index, outcome] of outcomes.entries()) {
      if ('error' in outcome) works[index]?.failed(outcome.error);
      else works[index]?.done(outcome.result);
    }
  } catch (error) {
    for (const { failed } of works) failed(error);
  }
}

async function outcomeOf(
  session: DriverSession,
  transaction: MongoTransaction,
  work: Work<unknown>,
): Promise<Outcome> {
  try {
    return { result: await session.nested(work) };
  } catch (error) {
    if (transaction.failed() !== undefined) throw error;
    return { error };
  }
}

/** Runs work in a transaction; what may be run again is thrown as such. */
export async function runTransaction<T>(
  parts: TransactionParts,
  work: (session: DriverSession, transaction: MongoTransaction) => MaybePromise<T>,
): Promise<T> {
  const transaction = await beginTransaction(parts);
  const session = MongoSession.transaction(transaction);
  try {
    const result = await work(session, transaction);
    session.end();
    await transaction.commit();
    return result;
  } catch (error) {
    session.end();
    await transaction.rollback();
    const failed = transaction.failed();
    throw failed === undefined ? error : new Repeatable(failed);
  }
}
