import type {
  Driver,
  DriverCapabilities,
  DriverSession,
  SchemaChange,
  TableSchema,
  TransactionOptions,
} from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { createPlanner, type Planner } from './sql/plan.js';
import { schemaChangeSql } from './sql/schema.js';
import { SqlSession } from './sql/session.js';
import { sqliteDialect } from './sqlite/dialect.js';
import { unavailable } from './sqlite/errors.js';
import { introspect } from './sqlite/introspect.js';
import { openDatabase, type OpenedDatabase } from './sqlite/open.js';
import { TransactionQueue } from './sqlite/transaction-queue.js';
import { DEFAULT_URL, parseUrl, type SqliteLocation } from './url.js';

/** Options of {@link SqlDriver}. */
export interface SqlDriverOptions {
  /** A database URL, see {@link parseUrl}. Default `sqlite:./data/objectos.sqlite`. */
  readonly url?: string | undefined;
}

interface Open {
  readonly database: OpenedDatabase;
  readonly reader: DriverSession;
  readonly writer: TransactionQueue;
}

/**
 * The driver for SQL databases. SQLite runs inside the process: one connection writes, one reads
 * committed rows, both in WAL mode with every commit flushed to disk.
 *
 * @example
 * const driver = new SqlDriver({ url: 'sqlite:./data/app.sqlite' });
 */
export class SqlDriver implements Driver {
  readonly name = 'sqlite';
  readonly capabilities: DriverCapabilities = {
    synchronous: true,
    aggregate: true,
    bulkInsert: true,
    decimal: sqliteDialect.decimal,
  };
  readonly #location: SqliteLocation;
  readonly #planner: Planner = createPlanner(sqliteDialect);
  #open: Open | undefined;
  #connecting: Promise<void> | undefined;

  /** @throws `unsupported_database_url` */
  constructor(options: SqlDriverOptions = {}) {
    this.#location = parseUrl(options.url ?? DEFAULT_URL);
  }

  connect(): Promise<void> {
    this.#connecting ??= this.#connect();
    return this.#connecting;
  }

  async close(): Promise<void> {
    await this.#connecting?.catch(() => undefined);
    const open = this.#open;
    await open?.writer.idle();
    this.#open = undefined;
    this.#connecting = undefined;
    open?.database.close();
  }

  async health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }> {
    if (this.#open === undefined) return { up: false, detail: 'not connected' };
    try {
      this.#open.database.reader.all('SELECT 1', []);
      return { up: true };
    } catch (error) {
      return { up: false, detail: (error as Error).message };
    }
  }

  get reader(): DriverSession {
    return this.#opened().reader;
  }

  async transaction<T>(
    work: (session: DriverSession) => MaybePromise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#opened().writer.transaction(work, options);
  }

  async introspect(): Promise<TableSchema[]> {
    return introspect(this.#opened().database.reader);
  }

  async applySchema(changes: readonly SchemaChange[]): Promise<void> {
    const { writer, database } = this.#opened();
    const statements = changes.flatMap((change) => schemaChangeSql(change, sqliteDialect));
    await writer.transaction(() => {
      for (const statement of statements) database.writer.run(statement, []);
    }, {});
  }

  async #connect(): Promise<void> {
    try {
      const database = await openDatabase(this.#location);
      this.#open = {
        database,
        reader: new SqlSession(database.reader, this.#planner),
        writer: new TransactionQueue(database.writer, this.#planner),
      };
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  #opened(): Open {
    if (this.#open === undefined) throw unavailable('it is not connected');
    return this.#open;
  }
}
