import { MongoServerError, type Db } from 'mongodb';
import { mongoError } from '../server-errors.js';
import type { Garbage } from './catalog.js';

/** What the server answers when there is no such collection, or no such index. */
const NOT_THERE = new Set([26, 27]);

/** Removes what no table needs. What is not there any more is no fault. */
export async function removeGarbage(garbage: readonly Garbage[], db: Db): Promise<void> {
  for (const one of garbage) {
    try {
      await remove(one, db);
    } catch (error) {
      if (error instanceof MongoServerError && NOT_THERE.has(Number(error.code))) continue;
      throw mongoError(error, 'schema');
    }
  }
}

async function remove(one: Garbage, db: Db): Promise<void> {
  const collection = db.collection(one.collection, { writeConcern: { w: 'majority' } });
  switch (one.kind) {
    case 'collection':
      await collection.drop();
      return;
    case 'index':
      await collection.dropIndex(one.index);
      return;
    case 'field':
      await collection.updateMany(
        { [one.field]: { $exists: true } },
        { $unset: { [one.field]: '' } },
      );
  }
}
