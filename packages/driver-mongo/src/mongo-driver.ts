import type {
  Driver,
  DriverCapabilities,
  DriverSession,
  SchemaChange,
  TableSchema,
  TransactionOptions,
} from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { openConnection, type Connection } from './connection.js';
import { DRIVER, unavailable } from './errors.js';
import { parseMongoUrl, type MongoLocation } from './mongo-url.js';
import { MongoSession, type Reader } from './session.js';

/** Options of {@link MongoDriver}. */
export interface MongoDriverOptions {
  /**
   * `mongodb://user:password@host/database`, or `mongodb+srv://…`, of a replica set or a sharded
   * cluster; the database is `objectos` where none is named. Takes the parameters `pool` (2 to 100
   * connections, default 10) and `statement_timeout` (milliseconds, default 30000) beside those of
   * the client.
   */
  readonly url: string;
}

/**
 * Stores records in MongoDB 6.0 or later. Transactions run one after another, also those of several
 * processes; nothing is written outside of one.
 *
 * @example
 * const driver = new MongoDriver({ url: process.env.DATABASE_URL });
 * await driver.connect();
 * @throws `unsupported_database_url`
 */
export class MongoDriver implements Driver {
  readonly name = DRIVER;
  readonly capabilities: DriverCapabilities = {
    synchronous: false,
    serialWrites: true,
    aggregate: true,
    bulkInsert: true,
    decimal: 'exact',
  };
  readonly reader: DriverSession;
  readonly #location: MongoLocation;
  #connecting: Promise<Connection> | undefined;
  #connection: Connection | undefined;

  constructor({ url }: MongoDriverOptions) {
    this.#location = parseMongoUrl(url);
    const reader: Reader = {
      withViews: async (work) => this.#connected().reader.withViews(work),
      read: async (collection, pipeline) => this.#connected().reader.read(collection, pipeline),
    };
    this.reader = MongoSession.reader(reader);
  }

  async connect(): Promise<void> {
    this.#connecting ??= openConnection(this.#location);
    try {
      this.#connection = await this.#connecting;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const connecting = this.#connecting;
    if (connecting === undefined) return;
    this.#connecting = undefined;
    this.#connection = undefined;
    await (await connecting).close();
  }

  async health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }> {
    if (this.#connection === undefined) return { up: false, detail: 'not connected' };
    try {
      await this.#connection.ping();
      return { up: true };
    } catch (error) {
      return { up: false, detail: isObjectOSError(error) ? error.message : String(error) };
    }
  }

  async transaction<T>(
    work: (session: DriverSession) => MaybePromise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    const { writers } = this.#connected();
    return options.commit === 'shared' ? writers.runShared(work) : writers.run(work);
  }

  async introspect(): Promise<TableSchema[]> {
    return this.#connected().introspect();
  }

  async applySchema(
    changes: readonly SchemaChange[],
    guard?: (session: DriverSession) => MaybePromise<void>,
  ): Promise<void> {
    const connection = this.#connected();
    if (changes.length > 0) await connection.applySchema(changes, guard);
  }

  async exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#connected().exclusive(name, work);
  }

  #connected(): Connection {
    if (this.#connection !== undefined) return this.#connection;
    throw unavailable('it is not connected');
  }
}
