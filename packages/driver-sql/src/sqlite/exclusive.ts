import { storageFailed } from '../sql/errors.js';
import type { Binding, DatabaseSync } from './binding.js';
import { isBusy, sqliteError } from './errors.js';
import type { PreparedFile } from './location.js';

const RETRY_MS = 25;

/** What a lock is made with. */
export interface DatabaseFile {
  readonly binding: Binding;
  readonly file: PreparedFile;
}

/**
 * Runs work that nobody else may run at the same time. The lock is that of an empty database beside
 * the real one, which the system frees with the process; the real one stays free for its writers.
 */
export async function exclusive<T>(
  { binding, file }: DatabaseFile,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  if (!/^[a-z_]{1,40}$/.test(name)) throw storageFailed('sqlite', `the lock "${name}"`);
  const database = binding.open(`${file.path}.${name}.lock`, { timeout: 0 });
  try {
    while (!isTaken(database)) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    return await work();
  } finally {
    database.close();
  }
}

function isTaken(database: DatabaseSync): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if (isBusy(error)) return false;
    throw sqliteError(error, 'lock');
  }
}
