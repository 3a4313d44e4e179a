import type { ClientSession, Collection, Db } from 'mongodb';
import { EMPTY_CATALOG, type Catalog } from '../schema/catalog.js';

/** The collection of the driver's own documents. No table can have it: see `RESERVED`. */
export const OWN_COLLECTION = 'objectql_catalog';

/** Names of collections that are no table's. */
export const RESERVED: ReadonlySet<string> = new Set([OWN_COLLECTION, 'objectql_locks']);

/** The document that every transaction changes, so that no two run side by side. */
export interface WriterDocument {
  readonly _id: 'writer';
  /** Rises with every transaction that wrote. */
  readonly turn: number;
  /** The version of the catalog. */
  readonly schema: number;
  /** The last number of each collection that has numbers. */
  readonly counters: Readonly<Record<string, number>>;
}

type CatalogDocument = Catalog & { readonly _id: 'tables' };

/** The writer's document. */
export function writerIn(db: Db): Collection<WriterDocument> {
  return db.collection<WriterDocument>(OWN_COLLECTION);
}

function catalogIn(db: Db): Collection<CatalogDocument> {
  return db.collection<CatalogDocument>(OWN_COLLECTION);
}

/** Makes the driver's documents where they are missing. */
export async function prepareDatabase(db: Db): Promise<void> {
  const options = { upsert: true, writeConcern: { w: 'majority' } } as const;
  const writer = { turn: 0, schema: EMPTY_CATALOG.version, counters: {} };
  await writerIn(db).updateOne({ _id: 'writer' }, { $setOnInsert: writer }, options);
  await catalogIn(db).updateOne({ _id: 'tables' }, { $setOnInsert: EMPTY_CATALOG }, options);
}

/** Reads the catalog. */
export async function readCatalog(db: Db, session?: ClientSession): Promise<Catalog> {
  const options = session === undefined ? {} : { session };
  return (await catalogIn(db).findOne({ _id: 'tables' }, options)) ?? EMPTY_CATALOG;
}

/** Writes the catalog in a transaction, of which others learn by the writer's document. */
export async function writeCatalog(
  db: Db,
  { version, tables, garbage }: Catalog,
  session: ClientSession,
): Promise<void> {
  const replacement = { version, tables, garbage };
  await catalogIn(db).replaceOne({ _id: 'tables' }, replacement, { session });
  await writerIn(db).updateOne({ _id: 'writer' }, { $set: { schema: version } }, { session });
}
