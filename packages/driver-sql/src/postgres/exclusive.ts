import { setTimeout as delay } from 'node:timers/promises';
import type { PostgresLocation } from '../database-url.js';
import { storageFailed } from '../sql/errors.js';
import { postgresError } from './errors.js';
import { connectionConfig } from './pool.js';

const RETRY_MS = 50;

/** The lock of a name: one for each schema of the database. */
const KEY = `hashtext('objectql ' || $1), hashtext(current_schema())`;

/** Shares the lock until the transaction ends, where nobody has it alone. */
export const HOLD_EXCLUSIVE = `SELECT pg_try_advisory_xact_lock_shared(${KEY})`;

/**
 * Runs work that nobody else may run at the same time. The lock belongs to a connection of its own,
 * so the server frees it with the process; in another schema of the database it is another lock.
 */
export async function exclusivePostgres<T>(
  location: PostgresLocation,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!/^[a-z_]{1,40}$/.test(name)) throw storageFailed('postgres', `the lock "${name}"`);
  const { default: pg } = await import('pg');
  const client = new pg.Client(connectionConfig(location));
  client.on('error', () => undefined);
  try {
    await client.connect();
    const lock = `SELECT pg_try_advisory_lock(${KEY}) AS taken`;
    while ((await client.query<{ taken: boolean }>(lock, [name])).rows[0]?.taken !== true) {
      await delay(RETRY_MS);
    }
  } catch (error) {
    await client.end().catch(() => undefined);
    throw postgresError(error, 'lock');
  }
  try {
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}
