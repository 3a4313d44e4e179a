import { closeSync, mkdirSync, openSync, rmSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SqliteLocation } from '../database-url.js';
import { unavailable } from './errors.js';

/** A database file that is ready to be opened. */
export interface PreparedFile {
  readonly path: string;
  /** Its content need not outlive the process. */
  readonly temporary: boolean;
  /** Removes what must not remain after closing. */
  release(): void;
}

/**
 * Makes folder and file, readable by their owner only.
 *
 * A database "in memory" is a private temporary file: readers must not see what is not committed,
 * and SQLite gives two connections such views of one database only in a file.
 *
 * @throws `driver_unavailable`
 */
export function prepareFile(location: SqliteLocation): PreparedFile {
  try {
    if (location.kind === 'memory') return temporaryFile();
    mkdirSync(path.dirname(location.path), { recursive: true, mode: 0o700 });
    closeSync(openSync(location.path, 'a', 0o600));
    return { path: location.path, temporary: false, release: () => undefined };
  } catch (cause) {
    const where = location.kind === 'memory' ? 'in the temporary folder' : location.path;
    throw unavailable(`the database file ${where} can't be made: ${whyNot(cause)}`, cause);
  }
}

const REASONS: ReadonlyMap<unknown, string> = new Map([
  ['EACCES', 'this user may not write there'],
  ['EPERM', 'this user may not write there'],
  ['EROFS', 'the file system is read-only'],
  ['EEXIST', 'a file stands in the place of a folder'],
  ['ENOTDIR', 'a file stands in the place of a folder'],
  ['EISDIR', 'a folder stands in its place'],
  ['ENOSPC', 'the disk is full'],
]);

function whyNot(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return REASONS.get(code) ?? code ?? 'it is refused';
}

const temporaryFolders = new Set<string>();

function temporaryFile(): PreparedFile {
  if (temporaryFolders.size === 0) process.once('exit', removeAll);
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-memory-'));
  temporaryFolders.add(folder);
  return {
    path: path.join(folder, 'memory.sqlite'),
    temporary: true,
    release() {
      if (!remove(folder)) return;
      temporaryFolders.delete(folder);
      if (temporaryFolders.size === 0) process.off('exit', removeAll);
    },
  };
}

function removeAll(): void {
  for (const folder of temporaryFolders) remove(folder);
}

/** Windows removes no open file; what is left is tried again when the process ends. */
function remove(folder: string): boolean {
  try {
    rmSync(folder, { recursive: true, force: true });
    return true;
  } catch (error) {
    if (/^(?:EBUSY|EPERM|ENOTEMPTY)$/.test(String((error as NodeJS.ErrnoException).code)))
      return false;
    throw error;
  }
}
