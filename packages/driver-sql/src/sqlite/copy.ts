import { closeSync, openSync, rmSync } from 'node:fs';
import { storageFailed } from '../sql/errors.js';
import { openConnection } from './connection.js';
import type { DatabaseFile } from './exclusive.js';

/**
 * Copies the committed state of a database to a file beside it, readable by its owner only. A copy
 * of the same label is replaced.
 */
export function copyDatabase({ binding, file }: DatabaseFile, label: string): string {
  if (!/^[\w-]{1,80}$/.test(label)) throw storageFailed('sqlite', `the copy "${label}"`);
  const target = `${file.path}.${label}.backup`;
  rmSync(target, { force: true });
  // SQLite fills an empty file, and keeps the mode it was made with.
  closeSync(openSync(target, 'wx', 0o600));
  const connection = openConnection(binding, file.path, { readOnly: true, timeout: 1000 });
  try {
    connection.all('VACUUM INTO ?', [target]);
    return target;
  } catch (error) {
    rmSync(target, { force: true });
    throw error;
  } finally {
    connection.close();
  }
}
