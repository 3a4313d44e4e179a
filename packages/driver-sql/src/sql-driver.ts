import type {
  Driver,
  DriverCapabilities,
  DriverSession,
  SchemaChange,
  TableSchema,
  TransactionOptions,
} from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { parseDatabaseUrl, writersOf, type DatabaseLocation } from './database-url.js';
import type { Backend, SchemaWork } from './sql/backend.js';
import { createPlanner, type Planner } from './sql/plan.js';
import { alteredTables, schemaChangeSql } from './sql/schema.js';
import type { Executor } from './sql/executor.js';
import { SqlSession } from './sql/session.js';
import { createTenantPlanner } from './sql/tenants.js';
import { openPostgres } from './postgres/backend.js';
import { postgresDialect } from './postgres/dialect.js';
import { HOLD_EXCLUSIVE } from './postgres/exclusive.js';
import { tenantSchemaName, tenantSchemaNote } from './postgres/tenant-schemas.js';
import { openSqlite } from './sqlite/backend.js';
import { sqliteDialect } from './sqlite/dialect.js';

/** Options of {@link SqlDriver}. */
export interface SqlDriverOptions {
  /**
   * `sqlite:path`, `sqlite::memory:`, `file:path`, or a path ending in `.sqlite` or `.db`; folder
   * and file are made when missing. Default `sqlite:./data/objectos.sqlite`. Or
   * `postgres://user:password@host/database`, with the parameters `pool` (2 to 100, default 10),
   * `schema` and `statement_timeout` (milliseconds, default 30000).
   */
  readonly url?: string | undefined;
  /**
   * Told the text of each statement before it runs, for diagnosis. Texts hold no values; that of an
   * insert may be shortened to its beginning.
   */
  readonly onStatement?: ((text: string) => void) | undefined;
  /**
   * Keeps what belongs to organizations in a schema for each of them; PostgreSQL only. The role needs
   * the right to make schemas in the database.
   */
  readonly tenantSchemas?: boolean | undefined;
}

/**
 * Stores records in an SQL database.
 *
 * @example
 * const driver = new SqlDriver({ url: process.env.DATABASE_URL });
 * await driver.connect();
 * @throws `unsupported_database_url`, `tenant_isolation_unsupported`
 */
export class SqlDriver implements Driver {
  readonly name: string;
  readonly capabilities: DriverCapabilities;
  readonly reader: DriverSession;
  readonly #location: DatabaseLocation;
  readonly #planner: Planner;
  #connecting: Promise<Backend> | undefined;
  #backend: Backend | undefined;
  readonly tenant?: (organization: string | null) => Driver;
  /** The schema in use, once it is known. */
  #schema = '';

  constructor(options: SqlDriverOptions = {}) {
    this.#location = parseDatabaseUrl(options.url);
    const postgres = this.#location.kind === 'postgres';
    const parallelWrites =
      this.#location.kind === 'postgres' ? writersOf(this.#location.pool) : undefined;
    const dialect = postgres ? postgresDialect : sqliteDialect;
    this.name = dialect.name;
    const observe = options.onStatement;
    if (options.tenantSchemas === true) {
      if (!postgres) throw createError('tenant_isolation_unsupported', { driver: this.name });
      const schemaOf = (organization: string) => this.#schemaOf(organization);
      const note = () => tenantSchemaNote(this.#schema);
      this.#planner = createTenantPlanner(
        { dialect, observe },
        { schemaOf, note, hold: HOLD_EXCLUSIVE },
      );
      this.tenant = (organization) => this.#tenantDriver(organization);
    } else {
      this.#planner = createPlanner(dialect, observe);
    }
    this.capabilities = {
      synchronous: !postgres,
      serialWrites: !postgres,
      parallelWrites,
      aggregate: true,
      bulkInsert: true,
      decimal: dialect.decimal,
      fullText: true,
      vectors: true,
      expressions: postgres ? 'postgres' : 'sqlite',
    };
    const executor: Executor = {
      all: (text, values) => this.#connected().reader.all(text, values),
      run: (text, values) => this.#connected().reader.run(text, values),
    };
    this.reader = SqlSession.reader(executor, this.#planner);
  }

  async connect(): Promise<void> {
    this.#connecting ??= open(this.#location, this.#planner);
    try {
      const backend = await this.#connecting;
      if (this.tenant !== undefined) await this.#checkSchemas(backend);
      this.#backend = backend;
    } catch (error) {
      this.#connecting = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const connecting = this.#connecting;
    if (connecting === undefined) return;
    this.#connecting = undefined;
    this.#backend = undefined;
    await (await connecting).close();
  }

  async health(): Promise<{ readonly up: boolean; readonly detail?: string | undefined }> {
    return this.#backend?.health() ?? { up: false, detail: 'not connected' };
  }

  async transaction<T>(
    work: (session: DriverSession) => MaybePromise<T>,
    options: TransactionOptions = {},
  ): Promise<T> {
    return this.#connected().transaction(work, options.commit === 'shared');
  }

  async introspect(): Promise<TableSchema[]> {
    return this.#connected().introspect();
  }

  async applySchema(
    changes: readonly SchemaChange[],
    guard?: (session: DriverSession) => MaybePromise<void>,
  ): Promise<void> {
    await this.#applySchema(changes, { guard });
  }

  async exclusive<T>(name: string, work: () => Promise<T>): Promise<T> {
    return this.#connected().exclusive(name, work);
  }

  async backup(label: string): Promise<string | undefined> {
    return this.#connected().backup?.(label);
  }

  async #applySchema(
    changes: readonly SchemaChange[],
    options: Pick<SchemaWork, 'guard' | 'place'>,
  ): Promise<void> {
    if (changes.length === 0) return;
    // All texts first: a name that is refused must not leave a half-applied change to undo.
    const statements = changes.flatMap((change) => schemaChangeSql(change, this.#planner.dialect));
    const tables = alteredTables(changes);
    await this.#connected().applySchema({ statements, tables, ...options });
  }

  /** @throws `driver_unavailable` for a role that may make no schemas */
  async #checkSchemas(backend: Backend): Promise<void> {
    const rows = await backend.reader.all(
      `SELECT current_schema()::text, has_database_privilege(current_database(), 'CREATE')`,
      [],
    );
    const [schema, mayCreate] = rows[0] ?? [];
    this.#schema = String(schema);
    if (mayCreate === true) return;
    const reason = 'its role may not make schemas in the database (GRANT CREATE ON DATABASE)';
    throw createError('driver_unavailable', { driver: this.name, reason });
  }

  #schemaOf(organization: string): string {
    // Names depend on what the first connection finds.
    if (this.#schema === '') this.#connected();
    return tenantSchemaName(this.#schema, organization);
  }

  #tenantDriver(organization: string | null): Driver {
    const of = (session: DriverSession) => session.tenants?.of(organization) ?? session;
    const schemaOf = () => (organization === null ? undefined : this.#schemaOf(organization));
    const reader = () => of(this.reader);
    return {
      name: this.name,
      capabilities: this.capabilities,
      get reader() {
        return reader();
      },
      connect: () => this.connect(),
      close: () => this.close(),
      health: () => this.health(),
      transaction: (work, options) => this.transaction((session) => work(of(session)), options),
      introspect: async () => {
        const found = await this.#connected().introspect(schemaOf());
        return found.map((table) => ({ ...table, tenant: true }));
      },
      applySchema: (changes, guard) =>
        this.#applySchema(changes, { guard, place: { organization, schema: schemaOf() } }),
      exclusive: (name, work) => this.exclusive(name, work),
    };
  }

  #connected(): Backend {
    if (this.#backend !== undefined) return this.#backend;
    throw createError('driver_unavailable', { driver: this.name, reason: 'it is not connected' });
  }
}

function open(location: DatabaseLocation, planner: Planner): Promise<Backend> {
  return location.kind === 'postgres'
    ? openPostgres(location, planner)
    : openSqlite(location, planner);
}
