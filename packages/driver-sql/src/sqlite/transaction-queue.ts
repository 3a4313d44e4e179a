import type { DriverSession, TransactionOptions } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Planner } from '../sql/plan.js';
import { SqlSession } from '../sql/session.js';
import type { SqliteConnection } from './connection.js';
import { isBusy, sqliteError } from './errors.js';

type Work = (session: DriverSession) => MaybePromise<unknown>;

/** A transaction that waits for its turn. */
interface Waiting {
  readonly work: Work;
  readonly shared: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** How a member of a batch ended, before the commit. */
type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Most works that share one commit; bounds how long the first of them waits. */
const MAX_BATCH = 256;
/** Waits between tries while another process writes, in milliseconds. */
const BUSY_WAITS = [5, 10, 20, 40, 80, 160, 320, 640, 1_000, 1_000, 1_000];

/**
 * The one writer of a database: transactions run one after the other. Shared works that wait at the
 * same moment run in one transaction, each in a savepoint, and are acknowledged after its commit: a
 * durable commit is one flush of the disk, whether one or a hundred requests wait for it.
 */
export class TransactionQueue {
  readonly #connection: SqliteConnection;
  readonly #planner: Planner;
  readonly #queue: Waiting[] = [];
  #draining: Promise<void> | undefined;

  constructor(connection: SqliteConnection, planner: Planner) {
    this.#connection = connection;
    this.#planner = planner;
  }

  /** Queues a transaction; settles after its commit or its undoing. */
  transaction<T>(
    work: (session: DriverSession) => MaybePromise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const shared = options.commit === 'shared';
      this.#queue.push({ work, shared, resolve: resolve as (value: unknown) => void, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#draining !== undefined) await this.#draining;
  }

  async #drain(): Promise<void> {
    // Requests that arrived in the same turn of the event loop are all queued by then.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#next(); batch.length > 0; batch = this.#next()) {
      await this.#run(batch);
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#draining = undefined;
  }

  #next(): Waiting[] {
    const first = this.#queue[0];
    if (first === undefined) return [];
    if (!first.shared) return this.#queue.splice(0, 1);
    const end = this.#queue.findIndex((waiting) => !waiting.shared);
    return this.#queue.splice(0, Math.min(end === -1 ? this.#queue.length : end, MAX_BATCH));
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    let outcomes: readonly Outcome[];
    try {
      await this.#begin();
      outcomes = await this.#perform(batch);
      if (!this.#connection.inTransaction) throw firstError(outcomes);
      this.#connection.run(outcomes.some(isDone) ? 'COMMIT' : 'ROLLBACK', []);
    } catch (error) {
      this.#abandon();
      const reason = sqliteError(error, 'commit');
      for (const { reject } of batch) reject(reason);
      return;
    }
    batch.forEach((waiting, index) => answer(waiting, outcomes[index]));
  }

  /** One work runs in the transaction itself; several in a savepoint each. */
  async #perform(batch: readonly Waiting[]): Promise<readonly Outcome[]> {
    const session = new SqlSession(this.#connection, this.#planner, 0);
    try {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined)
        return [await outcomeOf(() => only.work(session))];
      const outcomes: Outcome[] = [];
      for (const { work } of batch) {
        const outcome = outcomeOf(() => session.nested(work));
        outcomes.push(outcome instanceof Promise ? await outcome : outcome);
        // On a full disk SQLite ends the transaction by itself, and with it everybody's work.
        if (!this.#connection.inTransaction) break;
      }
      return outcomes;
    } finally {
      session.end();
    }
  }

  async #begin(): Promise<void> {
    for (const wait of BUSY_WAITS) {
      try {
        this.#connection.run('BEGIN IMMEDIATE', []);
        return;
      } catch (error) {
        if (!isBusy((error as Error).cause)) throw error;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
    this.#connection.run('BEGIN IMMEDIATE', []);
  }

  #abandon(): void {
    if (!this.#connection.inTransaction) return;
    try {
      this.#connection.run('ROLLBACK', []);
    } catch (error) {
      // The transaction ended between the check and the statement: what was wanted.
      if (this.#connection.inTransaction) throw error;
    }
  }
}

function outcomeOf(work: () => MaybePromise<unknown>): MaybePromise<Outcome> {
  try {
    const value = work();
    return value instanceof Promise ? value.then(done, failed) : done(value);
  } catch (error) {
    return failed(error);
  }
}

function done(value: unknown): Outcome {
  return { value };
}

function failed(error: unknown): Outcome {
  return { error };
}

function isDone(outcome: Outcome): boolean {
  return 'value' in outcome;
}

function firstError(outcomes: readonly Outcome[]): unknown {
  return outcomes.map((outcome) => ('error' in outcome ? outcome.error : undefined)).find(Boolean);
}

function answer({ resolve, reject }: Waiting, outcome: Outcome | undefined): void {
  if (outcome === undefined) return;
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.value);
}
