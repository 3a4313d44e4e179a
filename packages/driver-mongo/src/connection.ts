import type { DriverSession, SchemaChange, TableSchema } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { MongoClient, type Db, type Document } from 'mongodb';
import { unavailable } from './errors.js';
import { withoutSecrets, type MongoLocation } from './mongo-url.js';
import { changeSchema, sweep } from './schema/apply.js';
import { tablesOf, type Catalog } from './schema/catalog.js';
import { mongoError } from './server-errors.js';
import type { Reader } from './session.js';
import { ifFree, withLease } from './write/lease.js';
import { catalogViews, type CatalogViews, type TransactionParts } from './write/transaction.js';
import { prepareDatabase, readCatalog, writerIn } from './write/writer-document.js';
import { createWriters, type Writers } from './write/writers.js';

/** A database that is connected. */
export interface Connection {
  readonly reader: Reader;
  readonly writers: Writers;
  introspect(): Promise<TableSchema[]>;
  applySchema(
    changes: readonly SchemaChange[],
    guard?: (session: DriverSession) => MaybePromise<void>,
  ): Promise<void>;
  exclusive<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** @throws `driver_unavailable` when the server does not answer */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Wire version of MongoDB 6.0, the oldest that has what is used here. */
const OLDEST = 17;
/** The lease of schema changes; a colon keeps it apart from names that callers give. */
const SCHEMA_LEASE = 'objectql:schema';

/**
 * Opens a database.
 *
 * @throws `driver_unavailable`, also for a server without transactions or older than 6.0;
 * `unsupported_database_url` for parameters that the client does not know
 */
export async function openConnection(location: MongoLocation): Promise<Connection> {
  const client = createClient(location);
  try {
    await client.connect();
    const db = client.db(location.database);
    checkServer(await db.admin().command({ hello: 1 }));
    await prepareDatabase(db);
    return await connected(client, db, location);
  } catch (error) {
    await client.close();
    throw mongoError(error, 'connect');
  }
}

function createClient({
  url,
  pool,
  selectionTimeout,
  statementTimeout,
}: MongoLocation): MongoClient {
  try {
    return new MongoClient(url, {
      maxPoolSize: pool,
      serverSelectionTimeoutMS: selectionTimeout,
      waitQueueTimeoutMS: statementTimeout,
      // The server stops a statement first; this is for a server that says nothing any more.
      socketTimeoutMS: statementTimeout + 10_000,
      appName: 'objectql',
      ignoreUndefined: true,
    });
  } catch (cause) {
    throw createError('unsupported_database_url', { url: withoutSecrets(url) }, { cause });
  }
}

/** A server without transactions could not keep a write whole, so it is none for us. */
function checkServer(hello: Document): void {
  if (Number(hello['maxWireVersion'] ?? 0) < OLDEST)
    throw unavailable('it is older than version 6.0');
  if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
  throw unavailable(
    'it is no replica set, which transactions need (start mongod with --replSet, then run rs.initiate(); one node is enough)',
  );
}

async function connected(
  client: MongoClient,
  db: Db,
  { statementTimeout }: MongoLocation,
): Promise<Connection> {
  let state: CatalogViews = catalogViews(await readCatalog(db));
  const learn = (catalog: Catalog): CatalogViews => (state = catalogViews(catalog));
  const parts: TransactionParts = {
    client,
    db,
    timeout: statementTimeout,
    known: (version) => (state.catalog.version === version ? state : undefined),
    learn,
  };
  const writers = createWriters(parts);
  const exclusive = <T>(name: string, work: () => Promise<T>) => withLease(db, name, work);
  // Whoever holds the lease removes it himself, or has died; then a later start does it.
  if (state.catalog.garbage.length > 0) await ifFree(db, SCHEMA_LEASE, () => sweep(parts));
  return {
    reader: createReader(db, statementTimeout, { current: () => state, learn }),
    writers,
    exclusive,
    introspect: async () =>
      tablesOf(learn(await asked('introspect', () => readCatalog(db))).catalog),
    applySchema: (changes, guard) =>
      exclusive(SCHEMA_LEASE, () => writers.alone(() => changeSchema({ changes, guard }, parts))),
    async ping() {
      await asked('health', () => db.command({ ping: 1 }));
    },
    async close() {
      await writers.close();
      await client.close();
    },
  };
}

async function asked<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw mongoError(error, operation);
  }
}

interface State {
  readonly current: () => CatalogViews;
  readonly learn: (catalog: Catalog) => CatalogViews;
}

/** Reads what a majority has: nothing that was read can be undone by an election. */
function createReader(db: Db, timeout: number, { current, learn }: State): Reader {
  const options = {
    maxTimeMS: timeout,
    allowDiskUse: true,
    readConcern: { level: 'snapshot' },
    readPreference: 'primary',
  } as const;
  return {
    read: (collection, pipeline) =>
      asked('read', () =>
        db
          .collection(collection)
          .aggregate([...pipeline], options)
          .toArray(),
      ),
    async withViews(work) {
      const { catalog, views } = current();
      try {
        return work(views);
      } catch (error) {
        if (!isObjectOSError(error, 'storage_failed')) throw error;
        // A name that is not known here may be one that another node has made.
        const writer = await asked('read', () => writerIn(db).findOne({ _id: 'writer' }));
        if (writer === null || writer.schema === catalog.version) throw error;
        return work(learn(await asked('read', () => readCatalog(db))).views);
      }
    },
  };
}
