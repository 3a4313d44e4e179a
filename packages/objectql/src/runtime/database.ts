import type {
  ContextCarrier,
  ExecutionContext,
  MaybePromise,
  Tracer,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver, DriverCapabilities, DriverSession, TableSchema } from '../driver/contract.js';
import { withAmbient } from '../engine/ambient.js';
import { systemTables } from '../engine/system-tables.js';
import {
  createTransactionManager,
  running,
  type CommitCheck,
  type CommitListener,
} from '../engine/transaction.js';
import { ensureSchema } from './ensure-schema.js';
import { guardSession, type TableGuard } from './guarded-session.js';

/**
 * The application's database, for tables of plugins that are no objects (queues, caches, outboxes).
 * Records of objects are out of reach: those go through the data engine. The engine's own tables can
 * be read, not written.
 */
export interface Database {
  readonly capabilities: DriverCapabilities;
  /**
   * Makes the tables, or adds what they lack. Idempotent; call it before the first use.
   *
   * @throws `destructive_schema_change`, `table_not_accessible` for the table of an object
   */
  ensureTables(tables: readonly TableSchema[]): Promise<void>;
  /** Sees committed rows only. */
  readonly reader: DriverSession;
  /** The session of the context's running transaction, or the reader. */
  sessionOf(ctx: ExecutionContext): DriverSession;
  /**
   * Runs `work` in the transaction of the context, or in a new one that commits when it resolves.
   * Engine operations with the context given to `work` take part in it.
   */
  transaction<T>(
    ctx: ExecutionContext,
    work: (session: DriverSession, ctx: ExecutionContext) => MaybePromise<T>,
  ): Promise<T>;
  /**
   * Runs `work`, which must not throw, once the transaction of the context has committed: at once
   * where none is running, never where it is undone.
   */
  afterCommit(ctx: ExecutionContext, work: () => void): void;
}

/** What {@link createDatabase} stands on. */
export interface DatabaseOptions {
  readonly driver: Driver;
  /** True for the name of an object of the metadata in force. */
  readonly isObject: (table: string) => boolean;
  readonly onCommit: CommitListener;
  readonly beforeCommit?: CommitCheck | undefined;
  readonly carrier?: ContextCarrier | undefined;
  readonly tracer?: (() => Tracer | undefined) | undefined;
}

const ENGINE_TABLES: ReadonlySet<string> = new Set(systemTables.map(({ name }) => name));

/** Makes the plugins' access to the database of a driver. */
export function createDatabase(options: DatabaseOptions): Database {
  const { driver, isObject, onCommit, carrier } = options;
  const transactions = createTransactionManager(
    driver,
    onCommit,
    options.tracer,
    options.beforeCommit,
  );
  const guard: TableGuard = ({ name }, use) => {
    if (isObject(name) || (use === 'write' && ENGINE_TABLES.has(name))) {
      throw createError('table_not_accessible', { table: name });
    }
  };
  return {
    capabilities: driver.capabilities,
    async ensureTables(tables) {
      for (const table of tables) guard(table, 'write');
      await ensureSchema(driver, tables);
    },
    reader: guardSession(driver.reader, guard),
    sessionOf: (ctx) => guardSession(transactions.sessionOf(withAmbient(ctx, carrier)), guard),
    afterCommit(given, work) {
      const current = running(withAmbient(given, carrier));
      if (current === undefined) work();
      else current.committed.push(work);
    },
    transaction(given, work) {
      const ctx = withAmbient(given, carrier);
      return transactions.within(ctx, { commit: 'own' }, (transaction) =>
        work(guardSession(transaction.session, guard), { ...ctx, transaction }),
      );
    },
  };
}
