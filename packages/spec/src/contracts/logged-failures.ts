import type { ExecutionContext } from './context.js';
import { contributionPoint } from './refs.js';

/** Something that was logged as an error. */
export interface LoggedFailure {
  /** What was thrown; `undefined` when the log line names none. */
  readonly error: unknown;
  readonly message: string;
  /** The other fields of the log line, those of its logger included. May hold secrets: redact them. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The context in which it happened, where the platform carries one. */
  readonly context: ExecutionContext | undefined;
}

/** Is told of every failure of the system. Must be quick, must not throw, must not log errors itself. */
export interface FailureObserver {
  failed(failure: LoggedFailure): void;
}

/** Plugins that follow failures: error trackers. The kernel asks them for each error that is logged. */
export const failureObserversPoint = contributionPoint<FailureObserver>('kernel.failures');
