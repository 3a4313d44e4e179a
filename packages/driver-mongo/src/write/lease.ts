import { randomUUID } from 'node:crypto';
import { MongoServerError, type Collection, type Db } from 'mongodb';
import { mongoError } from '../server-errors.js';

/** How long the work of a process that died keeps others waiting, and how often it is renewed. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const POLL_MS = 25;

interface Lease {
  readonly _id: string;
  readonly holder: string;
  readonly until: Date;
}

/**
 * Runs `work` while nobody else on this database runs work of the same name. A lease that is renewed
 * while the work runs; times are the server's.
 */
export async function withLease<T>(db: Db, name: string, work: () => Promise<T>): Promise<T> {
  const holder = randomUUID();
  while (!(await acquire(db, name, holder))) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS * (1 + Math.random())));
  }
  return holding(db, { name, holder }, work);
}

/** Runs `work` where nobody runs work of the same name; otherwise does nothing. */
export async function ifFree(db: Db, name: string, work: () => Promise<void>): Promise<void> {
  const holder = randomUUID();
  if (await acquire(db, name, holder)) await holding(db, { name, holder }, work);
}

async function holding<T>(
  db: Db,
  { name, holder }: { readonly name: string; readonly holder: string },
  work: () => Promise<T>,
): Promise<T> {
  const renewal = setInterval(() => {
    // One that fails is followed by the next; the lease outlives two.
    hold(db, name, holder).catch(() => undefined);
  }, RENEW_MS);
  renewal.unref();
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await release(db, name, holder);
  }
}

function leases(db: Db): Collection<Lease> {
  return db.collection<Lease>('objectql_locks', { writeConcern: { w: 'majority' } });
}

function until(holder: string) {
  return [{ $set: { holder, until: { $add: ['$$NOW', LEASE_MS] } } }];
}

/** A lease that has run out is taken; while it runs, the insert meets it and is refused. */
async function acquire(db: Db, name: string, holder: string): Promise<boolean> {
  const free = { _id: name, $expr: { $lt: ['$until', '$$NOW'] } };
  try {
    await leases(db).updateOne(free, until(holder), { upsert: true });
    return true;
  } catch (error) {
    if (error instanceof MongoServerError && error.code === 11_000) return false;
    throw mongoError(error, 'exclusive');
  }
}

async function hold(db: Db, name: string, holder: string): Promise<void> {
  await leases(db).updateOne({ _id: name, holder }, until(holder));
}

/** A lease that cannot be given back runs out. */
async function release(db: Db, name: string, holder: string): Promise<void> {
  await leases(db)
    .deleteOne({ _id: name, holder })
    .catch(() => undefined);
}
