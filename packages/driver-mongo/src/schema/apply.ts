import type { DriverSession, SchemaChange } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Db, IndexDescription } from 'mongodb';
import { duplicateIndex, mongoError } from '../server-errors.js';
import { repeat } from '../write/repeat.js';
import type { MongoTransaction, TransactionParts } from '../write/transaction.js';
import { readCatalog, RESERVED } from '../write/writer-document.js';
import { runTransaction } from '../write/writers.js';
import { uniqueColumns, type Catalog, type Garbage, type IndexDefinition } from './catalog.js';
import { planChanges, type SchemaPlan } from './changes.js';
import { removeGarbage } from './garbage.js';

/** What a schema change consists of. */
export interface SchemaWork {
  readonly changes: readonly SchemaChange[];
  readonly guard: ((session: DriverSession) => MaybePromise<void>) | undefined;
}

/**
 * Changes the schema, all or nothing. The server makes no index on a collection with rows in a
 * transaction, so collections and indexes are made before: first it is written down that they are
 * garbage, then they are made, then one transaction runs the guard and changes the catalog, which
 * takes them off that list. What the catalog no longer needs is removed in the end. A process that
 * dies on the way leaves garbage, which the next one removes.
 *
 * The caller holds the lease of the schema, and runs no transaction beside this one.
 */
export async function changeSchema(work: SchemaWork, parts: TransactionParts): Promise<void> {
  const { db } = parts;
  // What an earlier change left could be what this one makes.
  await sweep(parts);
  const before = await readCatalog(db);
  const taken = new Set([...RESERVED, ...(await collectionNames(db))]);
  const plan = planChanges(before, work.changes, taken);
  const made = madeBy(plan);
  if (made.length > 0) await inCatalog(parts, (catalog) => remember(catalog, made));
  try {
    await prepare(plan, db);
    await inCatalog(
      parts,
      (catalog) => ({
        ...plan.catalog,
        version: catalog.version + 1,
        garbage: plan.catalog.garbage,
      }),
      work.guard,
    );
  } catch (error) {
    // What cannot be removed now stays on the list.
    await sweep(parts).catch(() => undefined);
    throw error;
  }
  await sweep(parts);
}

async function collectionNames(db: Db): Promise<string[]> {
  return (await db.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
}

function madeBy({ collections, indexes }: SchemaPlan): Garbage[] {
  const fresh = new Set(collections);
  return [
    ...collections.map((collection): Garbage => ({ kind: 'collection', collection })),
    ...indexes
      .filter(({ collection }) => !fresh.has(collection))
      .map(({ collection, index }): Garbage => ({ kind: 'index', collection, index: index.name })),
  ];
}

function remember(catalog: Catalog, made: readonly Garbage[]): Catalog {
  return { ...catalog, version: catalog.version + 1, garbage: [...catalog.garbage, ...made] };
}

/** Changes the catalog in a transaction, after the guard. */
async function inCatalog(
  parts: TransactionParts,
  change: (catalog: Catalog) => Catalog,
  guard?: SchemaWork['guard'],
): Promise<void> {
  await repeat(() =>
    runTransaction(parts, async (session, transaction: MongoTransaction) => {
      await guard?.(session);
      await transaction.changeCatalog(change);
    }),
  );
  parts.learn(await readCatalog(parts.db));
}

async function prepare({ collections, indexes, catalog }: SchemaPlan, db: Db): Promise<void> {
  try {
    for (const collection of collections) await db.createCollection(collection);
    for (const collection of new Set(indexes.map((one) => one.collection))) {
      const made = indexes.filter((one) => one.collection === collection);
      await db.collection(collection).createIndexes(made.map(({ index }) => description(index)));
    }
  } catch (error) {
    throw duplicatesIn(error, catalog) ?? mongoError(error, 'schema');
  }
}

function description(index: IndexDefinition): IndexDescription {
  const { name, key, unique, partialFilterExpression } = index;
  return {
    name,
    key: { ...key },
    ...(unique ? { unique } : {}),
    ...(partialFilterExpression === undefined ? {} : { partialFilterExpression }),
  };
}

/** Rows that are equal in a new unique index. */
function duplicatesIn(error: unknown, catalog: Catalog): Error | undefined {
  const index = duplicateIndex(error);
  if (index === undefined) return undefined;
  const namespace = /collection: [^.\s]+\.(\S+)/.exec(String(error))?.[1];
  const table = catalog.tables.find(({ collection }) => collection === namespace);
  const fields = (table && uniqueColumns(table, index)) ?? [index];
  const object = table?.name ?? namespace ?? '';
  return createError('duplicate_value', { object, fields }, { cause: error });
}

/** Removes what no table needs, and forgets it. Whoever holds the lease of the schema may do it. */
export async function sweep(parts: TransactionParts): Promise<void> {
  const { garbage } = await readCatalog(parts.db);
  if (garbage.length === 0) return;
  await removeGarbage(garbage, parts.db);
  const gone = new Set(garbage.map((one) => JSON.stringify(one)));
  await inCatalog(parts, (catalog) => ({
    ...catalog,
    version: catalog.version + 1,
    garbage: catalog.garbage.filter((one) => !gone.has(JSON.stringify(one))),
  }));
}
