import type { DriverSession, TableSchema } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { Executor } from './executor.js';

/** The tables of an organization, or those of none, which lie in the schema in use. */
export interface Place {
  readonly organization: string | null;
  readonly schema: string | undefined;
}

/** A change of the schema that is ready to run. */
export interface SchemaWork {
  readonly statements: readonly string[];
  /** Tables that exist and are changed; nobody else may write to them once `guard` runs. */
  readonly tables: readonly string[];
  readonly guard?: ((session: DriverSession) => MaybePromise<void>) | undefined;
  /** Whose tables are changed, where organizations have schemas. */
  readonly place?: Place | undefined;
}

/** A connected database: what a dialect cannot say in SQL text. */
export interface Backend {
  /** Sees committed rows only. */
  readonly reader: Executor;
  /** @param shared whether the commit may be shared with other transactions. */
  transaction<T>(
    work: (session: DriverSession, executor: Executor) => MaybePromise<T>,
    shared: boolean,
  ): Promise<T>;
  /** @param schema absent: the one in use */
  introspect(schema?: string): Promise<TableSchema[]>;
  /** Runs statements that change the schema in one transaction. */
  applySchema(work: SchemaWork): Promise<void>;
  health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }>;
  /** See `Driver.exclusive`. */
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** See `Driver.backup`. */
  backup?(label: string): Promise<string | undefined>;
  /** Waits for running transactions. */
  close(): Promise<void>;
}
