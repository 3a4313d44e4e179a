import type { DriverSession, TableSchema } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Executor } from './session.js';

/** A connected database: what a dialect cannot say in SQL text. */
export interface Backend {
  /** Sees committed rows only. */
  readonly reader: Executor;
  /** @param shared whether the commit may be shared with other transactions. */
  transaction<T>(
    work: (session: DriverSession, executor: Executor) => MaybePromise<T>,
    shared: boolean,
  ): Promise<T>;
  introspect(): Promise<TableSchema[]>;
  health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }>;
  /** See `Driver.exclusive`. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** See `Driver.backup`. */
  backup?(label: string): Promise<string | undefined>;
  /** Waits for running transactions. */
  close(): Promise<void>;
}
