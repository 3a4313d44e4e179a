import type { QueueLimits } from './config.js';

/** What became of a job that a carrier brought. */
export type Receipt =
  /** It ran here. */
  | 'done'
  /** It may not run: it ended, it runs, its queue is paused, or its group has no room. */
  | 'refused'
  /** It may run, but not here and now; another process may take it. */
  | 'elsewhere';

/** A job that a carrier brings. */
export interface Brought {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
}

/** What a carrier needs of the worker it works for. */
export interface Receiver {
  /** Runs a job, if the database says that it may. Resolves when the run ended. */
  receive(job: Brought): Promise<Receipt>;
  /** Asks for another look at a queue. */
  look(queue: string): void;
}

/**
 * Brings waiting jobs to the workers by another way than the database. The row of the job stays the
 * truth: a carrier may lose a job, or bring it twice, and nothing is lost or run twice by that.
 */
export interface Carrier {
  start(receiver: Receiver): void;
  /** Hands over jobs of a queue whose time has come, as far as they have one of the names. */
  handOver(request: {
    readonly queue: string;
    readonly names: readonly string[];
    readonly limits: QueueLimits;
  }): Promise<void>;
  /** Brings no more. */
  quiesce(): Promise<void>;
  stop(): Promise<void>;
  /** False while jobs only wait. */
  readonly available: boolean;
}
