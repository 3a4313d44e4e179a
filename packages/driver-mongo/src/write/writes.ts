import type { ClientSession, Db, Document } from 'mongodb';

/** Something that was written, so that it can be written again on the same state. */
export type Write =
  | {
      readonly kind: 'insert';
      readonly collection: string;
      readonly documents: readonly Document[];
    }
  | {
      readonly kind: 'update';
      readonly collection: string;
      readonly query: Document;
      readonly update: Document;
    }
  | { readonly kind: 'delete'; readonly collection: string; readonly query: Document };

/** Where writes go. */
export interface WriteTarget {
  readonly db: Db;
  readonly session: ClientSession;
  /** Milliseconds. */
  readonly timeout: number;
}

/** Documents per insert command. */
const CHUNK = 1_000;

/** @returns how many documents matched, or were inserted */
export async function runWrite(write: Write, target: WriteTarget): Promise<number> {
  const { db, session, timeout } = target;
  const collection = db.collection(write.collection);
  const options = { session, maxTimeMS: timeout };
  switch (write.kind) {
    case 'insert':
      for (let at = 0; at < write.documents.length; at += CHUNK) {
        await collection.insertMany(write.documents.slice(at, at + CHUNK), options);
      }
      return write.documents.length;
    case 'update':
      return (await collection.updateMany(write.query, write.update, options)).matchedCount;
    case 'delete':
      return (await collection.deleteMany(write.query, options)).deletedCount;
  }
}

/** Fewer commands with the same effect: inserts into one collection that follow each other are one. */
export function merged(writes: readonly Write[]): Write[] {
  const result: Write[] = [];
  for (const write of writes) {
    const last = result.at(-1);
    if (
      write.kind === 'insert' &&
      last?.kind === 'insert' &&
      last.collection === write.collection
    ) {
      result[result.length - 1] = { ...last, documents: [...last.documents, ...write.documents] };
    } else result.push(write);
  }
  return result;
}
