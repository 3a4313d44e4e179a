import type { DriverSession } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { ObjectOSError } from '@objectos/spec/errors';
import { SqlSession } from '../sql/session.js';
import { andThen, settle } from '../sql/maybe.js';
import type { Planner } from '../sql/plan.js';
import type { SqliteConnection } from './connection.js';
import { isBusy, sqliteError } from './errors.js';

/** Work that waits for the writing connection. */
interface Job {
  readonly work: (session: DriverSession) => MaybePromise<unknown>;
  readonly shared: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a job ended, known before the commit that makes it true. */
type Outcome = { readonly result: unknown } | { readonly error: unknown };

/** The one writer: runs transactions one after another, short ones together. */
export interface Writer {
  transaction<T>(work: (session: DriverSession) => MaybePromise<T>, shared: boolean): Promise<T>;
  /** Resolves when nothing is running or waiting. */
  idle(): Promise<void>;
}

/** Most jobs that share one commit. */
const BATCH = 256;
/** How long to wait for the lock when another process writes. */
const LOCK_WAIT_MS = 5000;
const LOCK_RETRY_MS = 10;

/** Makes the writer of a connection. `onCommit` hears how each commit went. */
export function createWriter(
  connection: SqliteConnection,
  planner: Planner,
  onCommit: (error?: unknown) => void,
): Writer {
  const queue: Job[] = [];
  const waiting: (() => void)[] = [];
  let active = false;

  const schedule = (): void => {
    active = true;
    // Requests that arrive in the same poll phase are all queued before this runs.
    setImmediate(() => void runBatch(takeBatch(queue)));
  };

  const runBatch = (batch: readonly Job[]): MaybePromise<void> => {
    const outcomes: Outcome[] = [];
    return settle(
      () =>
        andThen(begin(connection, Date.now() + LOCK_WAIT_MS), () =>
          andThen(runJobs(batch, outcomes), () => endBatch(outcomes)),
        ),
      {
        done: () => finish(batch, outcomes),
        failed: (cause) => {
          const error = undo(connection, cause);
          onCommit(error);
          finish(
            batch,
            batch.map((_, index) => failed(outcomes[index], error)),
          );
        },
      },
    );
  };

  /** A batch of which nothing succeeded is undone, which costs no disk access. */
  const endBatch = (outcomes: readonly Outcome[]): void => {
    if (connection.lost === undefined && !outcomes.some((outcome) => 'result' in outcome)) {
      connection.rollback();
      return;
    }
    connection.commit();
    onCommit();
  };

  const runJobs = (batch: readonly Job[], outcomes: Outcome[]): MaybePromise<void> => {
    for (let index = outcomes.length; index < batch.length; index += 1) {
      const run = runJob(batch[index] as Job, batch.length > 1);
      if (run instanceof Promise) {
        return run.then((outcome) => {
          outcomes.push(outcome);
          return runJobs(batch, outcomes);
        });
      }
      outcomes.push(run);
    }
  };

  const runJob = (job: Job, amongOthers: boolean): MaybePromise<Outcome> => {
    const session = SqlSession.transaction(connection, planner);
    if (amongOthers) connection.run('SAVEPOINT shared', []);
    return settle<unknown, Outcome>(() => job.work(session), {
      done: (result) => {
        session.end();
        if (amongOthers) connection.run('RELEASE shared', []);
        return { result };
      },
      failed: (error) => {
        session.end();
        // When SQLite has ended the whole transaction, the other jobs of the batch are lost with it.
        if (connection.lost !== undefined) throw connection.lost;
        if (!amongOthers) return { error };
        connection.run('ROLLBACK TO shared', []);
        connection.run('RELEASE shared', []);
        return { error };
      },
    });
  };

  const finish = (batch: readonly Job[], outcomes: readonly Outcome[]): void => {
    batch.forEach((job, index) => {
      const outcome = outcomes[index] as Outcome;
      if ('error' in outcome) job.reject(outcome.error);
      else job.resolve(outcome.result);
    });
    if (queue.length > 0) return schedule();
    active = false;
    for (const resolve of waiting.splice(0)) resolve();
  };

  return {
    transaction<T>(work: (session: DriverSession) => MaybePromise<T>, shared: boolean): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        const job: Job = { work, shared, resolve: resolve as (result: unknown) => void, reject };
        if (!active && !shared) {
          active = true;
          void runBatch([job]);
          return;
        }
        queue.push(job);
        if (!active) schedule();
      });
    },
    idle: () => (active ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve()),
  };
}

/** The next job, with those after it that may share its commit. */
function takeBatch(queue: Job[]): Job[] {
  let size = 1;
  if (queue[0]?.shared === true) {
    while (size < BATCH && queue[size]?.shared === true) size += 1;
  }
  return queue.splice(0, size);
}

/** Takes the write lock; other processes are waited for without blocking the event loop. */
function begin(connection: SqliteConnection, deadline: number): MaybePromise<void> {
  try {
    connection.begin();
  } catch (error) {
    if (!isBusy((error as Error).cause) || Date.now() >= deadline) throw error;
    return new Promise<void>((resolve) => setTimeout(resolve, LOCK_RETRY_MS)).then(() =>
      begin(connection, deadline),
    );
  }
}

/** The connection must be clean for the next batch, whatever happened to this one. */
function undo(connection: SqliteConnection, cause: unknown): ObjectOSError {
  try {
    connection.rollback();
  } catch (second) {
    return sqliteError(new AggregateError([cause, second]), 'rollback');
  }
  return sqliteError(cause, 'commit');
}

/** Work that had failed by itself keeps its own error; the rest shares the error of the commit. */
function failed(outcome: Outcome | undefined, error: ObjectOSError): Outcome {
  return outcome !== undefined && 'error' in outcome ? outcome : { error };
}
