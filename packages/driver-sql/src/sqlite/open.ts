import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SqliteLocation } from '../url.js';
import { loadBinding, type DatabaseSync } from './binding.js';
import { createConnection, type SqliteConnection } from './connection.js';
import { sqliteError, unavailable } from './errors.js';

/** The two connections of an open database. */
export interface OpenedDatabase {
  readonly writer: SqliteConnection;
  readonly reader: SqliteConnection;
  close(): void;
}

/** Waiting for a lock would stop the event loop; the writer waits in its queue instead. */
const LOCK_TIMEOUT = 50;

/**
 * Opens a database file, making its folder if need be. A "memory" database is a private file in a
 * temporary folder that goes with it: two connections to memory would share uncommitted rows.
 *
 * @throws `driver_unavailable`
 */
export async function openDatabase(location: SqliteLocation): Promise<OpenedDatabase> {
  const open = await loadBinding();
  const folder =
    location.kind === 'memory' ? await mkdtemp(path.join(tmpdir(), 'objectql-')) : undefined;
  const file = location.kind === 'file' ? location.path : path.join(folder ?? '', 'memory.sqlite');
  try {
    await makeFolder(path.dirname(path.resolve(file)));
    const options = { enableForeignKeyConstraints: false, timeout: LOCK_TIMEOUT };
    const writing = open(file, options);
    prepareFile(writing, location.kind === 'memory');
    const reading = open(file, { ...options, readOnly: true });
    reading.exec('PRAGMA cache_size = -16000; PRAGMA mmap_size = 268435456');
    const [writer, reader] = [createConnection(writing), createConnection(reading)];
    return {
      writer,
      reader,
      close() {
        reader.close();
        writer.close();
        if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
    throw sqliteError(error, 'open');
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw unavailable(`its folder "${folder}" cannot be made`, error);
  }
}

/**
 * WAL lets readers go on while a write commits; FULL makes every commit reach the disk before it is
 * acknowledged. A file system that refuses either cannot keep our promise, so it is refused.
 */
function prepareFile(database: DatabaseSync, temporary: boolean): void {
  const read = (pragma: string): unknown => {
    const statement = database.prepare(`PRAGMA ${pragma}`);
    statement.setReturnArrays(true);
    return (statement.all()[0] as unknown[] | undefined)?.[0];
  };
  const mode = read('journal_mode = WAL');
  if (mode !== 'wal')
    throw unavailable(`the file system refuses write-ahead logging (${String(mode)})`);
  database.exec(`PRAGMA synchronous = ${temporary ? 'OFF' : 'FULL'}; PRAGMA cache_size = -16000`);
  const synchronous = read('synchronous');
  if (!temporary && synchronous !== 2) throw unavailable('it does not flush commits to the disk');
}
