import { createError } from '@objectos/spec/errors';
import {
  WriteConcern,
  type ClientSession,
  type Db,
  type Document,
  type MongoClient,
} from 'mongodb';
import { DRIVER, storageFailed } from '../errors.js';
import { createViews, type TableView, type Views } from '../query/view.js';
import { uniqueColumns, type Catalog } from '../schema/catalog.js';
import {
  duplicateIndex,
  isCommitUnknown,
  isUndone,
  mayRunAgain,
  mongoError,
} from '../server-errors.js';
import { pause, Repeatable } from './repeat.js';
import { readCatalog, writeCatalog, writerIn, type WriterDocument } from './writer-document.js';
import { merged, runWrite, type Write } from './writes.js';

/** What transactions share. */
export interface TransactionParts {
  readonly client: MongoClient;
  readonly db: Db;
  /** Milliseconds of one statement. */
  readonly timeout: number;
  /** The catalog of this version, if it is known. */
  readonly known: (version: number) => CatalogViews | undefined;
  readonly learn: (catalog: Catalog) => CatalogViews;
}

/** A catalog, and how statements look at it. */
export interface CatalogViews {
  readonly catalog: Catalog;
  readonly views: Views;
}

/** A place in a transaction that it can go back to. */
export type Mark = number;

/** A transaction of the server that is open. Statements run one after another. */
export interface MongoTransaction {
  readonly session: ClientSession;
  readonly views: Views;
  /** Why the transaction cannot go on; the whole work may then be run again. */
  failed(): unknown;
  read(collection: string, pipeline: readonly Document[]): Promise<Document[]>;
  /** @throws `duplicate_value` for rows of the table */
  write(write: Write, table: TableView): Promise<number>;
  /** The first of `count` numbers that nobody has. */
  takeNumbers(collection: string, count: number): number;
  /** Changes the catalog, as the last of all. */
  changeCatalog(change: (catalog: Catalog) => Catalog): Promise<void>;
  mark(): Mark;
  /** Undoes what was written since. */
  restore(mark: Mark): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
}

/** How long to wait for the writers of other processes. */
const PATIENCE = 30_000;
const COMMIT_ATTEMPTS = 3;

/**
 * Begins a transaction, as soon as no other process has one: its first statement changes a document
 * that all of them change, and the server refuses the second of two such changes.
 *
 * The server ends a transaction at its first refused statement, and knows no savepoints. Both are
 * made up for by running the earlier writes again in a new transaction, which is exact because
 * nobody else has written: the turn tells.
 *
 * @throws `transaction_conflict` when others write all the time, `driver_unavailable`
 */
export async function beginTransaction(parts: TransactionParts): Promise<MongoTransaction> {
  const session = parts.client.startSession();
  try {
    const writer = await takeTurn(parts, session);
    const known = parts.known(writer.schema);
    const catalog = known ?? parts.learn(await readCatalog(parts.db, session));
    return openTransaction(parts, { session, writer, catalog });
  } catch (error) {
    await session.endSession();
    const reason = mongoError(error, 'begin');
    throw mayRunAgain(error) ? new Repeatable(reason) : reason;
  }
}

async function takeTurn(parts: TransactionParts, session: ClientSession): Promise<WriterDocument> {
  const until = Date.now() + PATIENCE;
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await startTurn(parts, session);
    } catch (error) {
      await session.abortTransaction();
      const conflict = mongoError(error, 'begin');
      if (conflict.code !== 'transaction_conflict' || Date.now() > until) throw error;
      await pause(Math.min(attempt, 4));
    }
  }
}

async function startTurn(
  { db, timeout }: TransactionParts,
  session: ClientSession,
): Promise<WriterDocument> {
  session.startTransaction({
    readConcern: { level: 'snapshot' },
    writeConcern: new WriteConcern('majority', undefined, true),
    readPreference: 'primary',
  });
  const writer = await writerIn(db).findOneAndUpdate(
    { _id: 'writer' },
    { $inc: { turn: 1 } },
    { session, returnDocument: 'after', maxTimeMS: timeout },
  );
  if (writer === null) throw storageFailed('begin: the document of the writer is gone');
  return writer;
}

interface Opened {
  readonly session: ClientSession;
  readonly writer: WriterDocument;
  readonly catalog: CatalogViews;
}

function openTransaction(parts: TransactionParts, opened: Opened): MongoTransaction {
  const { session, writer } = opened;
  const target = { db: parts.db, session, timeout: parts.timeout };
  const log: Write[] = [];
  const numbers = new Map<string, number>();
  const inTurn = createTurns();
  let failed: Error | undefined;
  let changed = false;

  /** Goes back in a new transaction, on the same state or not at all. */
  const replay = async (length: number): Promise<void> => {
    try {
      await session.abortTransaction();
      const again = await startTurn(parts, session);
      if (again.turn !== writer.turn) {
        throw createError('transaction_conflict', { driver: DRIVER });
      }
      log.length = length;
      for (const write of merged(log)) await runWrite(write, target);
    } catch (error) {
      failed = mongoError(error, 'restore');
    }
  };
  const alive = (): void => {
    if (failed !== undefined) throw failed;
  };
  const statement = <T>(name: string, table: TableView | undefined, work: () => Promise<T>) =>
    inTurn(async () => {
      alive();
      try {
        return await work();
      } catch (error) {
        const refused = table === undefined ? undefined : duplicateError(error, table);
        const reason = refused ?? mongoError(error, name);
        if (refused === undefined && mayRunAgain(reason)) failed = reason;
        else await replay(log.length);
        throw reason;
      }
    });
  return {
    session,
    views: opened.catalog.views,
    failed: () => failed,
    read: (collection, pipeline) =>
      statement('read', undefined, () =>
        parts.db
          .collection(collection)
          .aggregate([...pipeline], { session, maxTimeMS: parts.timeout, allowDiskUse: true })
          .toArray(),
      ),
    write: (write, table) =>
      statement(write.kind, table, async () => {
        const count = await runWrite(write, target);
        log.push(write);
        return count;
      }),
    takeNumbers(collection, count) {
      const last = numbers.get(collection) ?? writer.counters[collection] ?? 0;
      numbers.set(collection, last + count);
      return last + 1;
    },
    changeCatalog: (change) =>
      statement('schema', undefined, async () => {
        await writeCatalog(parts.db, change(opened.catalog.catalog), session);
        changed = true;
      }),
    mark: () => log.length,
    restore: (mark) =>
      inTurn(async () => {
        if (failed === undefined && log.length > mark) await replay(mark);
      }),
    commit: () =>
      inTurn(async () => {
        alive();
        try {
          await saveNumbers(parts.db, numbers, session);
          await commitFor(session, changed || log.length > 0);
        } catch (error) {
          const reason = mongoError(error, 'commit');
          // Work of which nobody knows whether it counts must not be run again.
          if (isUndone(error)) failed = reason;
          throw reason;
        } finally {
          await session.endSession();
        }
      }),
    rollback: () =>
      inTurn(async () => {
        // What cannot be undone now, the server undoes when it notices that nobody goes on.
        await session.abortTransaction().catch(() => undefined);
        await session.endSession();
      }),
  };
}

/** Runs one thing at a time: a session of the server does no two. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work);
    last = next.catch(() => undefined);
    return next;
  };
}

async function saveNumbers(
  db: Db,
  numbers: ReadonlyMap<string, number>,
  session: ClientSession,
): Promise<void> {
  if (numbers.size === 0) return;
  const $set = Object.fromEntries(
    [...numbers].map(([collection, last]) => [`counters.${collection}`, last]),
  );
  await writerIn(db).updateOne({ _id: 'writer' }, { $set }, { session });
}

/** A transaction that wrote nothing need not wait for a majority. */
async function commitFor(session: ClientSession, wrote: boolean): Promise<void> {
  if (!wrote) return session.abortTransaction();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await session.commitTransaction();
    } catch (error) {
      if (isUndone(error) || !isCommitUnknown(error) || attempt === COMMIT_ATTEMPTS) throw error;
      await pause(attempt);
    }
  }
}

function duplicateError(error: unknown, table: TableView): Error | undefined {
  const index = duplicateIndex(error);
  if (index === undefined) return undefined;
  const fields = uniqueColumns(table.stored, index) ?? [index];
  return createError('duplicate_value', { object: table.name, fields }, { cause: error });
}

/** Views over a catalog. */
export function catalogViews(catalog: Catalog): CatalogViews {
  return { catalog, views: createViews(catalog) };
}
