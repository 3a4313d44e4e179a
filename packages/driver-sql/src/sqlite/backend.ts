import type { ObjectOSError } from '@objectos/spec/errors';
import { isObjectOSError } from '@objectos/spec/errors';
import type { SqliteLocation } from '../database-url.js';
import type { Backend } from '../sql/backend.js';
import type { Planner } from '../sql/plan.js';
import { loadBinding, type Binding } from './binding.js';
import { openConnection, type SqliteConnection } from './connection.js';
import { copyDatabase } from './copy.js';
import { sqliteError, unavailable } from './errors.js';
import { exclusive } from './exclusive.js';
import { introspectSqlite } from './introspect.js';
import { prepareFile, type PreparedFile } from './location.js';
import { createWriter } from './writer.js';

/** Takes disk space and gives it back, to find out whether there is some again. */
const PROBE = ['CREATE TABLE "_objectos_probe" (x)', 'DROP TABLE "_objectos_probe"'];

/**
 * Pages that the reader keeps at most; it takes memory only for those that it met. With SQLite's own
 * 2 MiB, rows that are found by key here and there in a large table are read from the file each time.
 */
const READER_CACHE_KIB = 16_384;

/**
 * Opens a SQLite database: one connection writes, one reads. In WAL mode the reader works on the
 * last commit and neither waits for the other.
 *
 * @throws `driver_unavailable`
 */
export async function openSqlite(location: SqliteLocation, planner: Planner): Promise<Backend> {
  const binding = await loadBinding();
  const file = prepareFile(location);
  const { writing, reader } = openConnections(binding, file);
  let failed: ObjectOSError | undefined;
  const writer = createWriter(writing, planner, (error) => {
    failed = isObjectOSError(error) ? error : undefined;
  });

  return {
    reader,
    transaction: (work, shared) => writer.transaction((session) => work(session, writing), shared),
    applySchema: ({ statements, guard }) =>
      writer.transaction(async (session) => {
        await guard?.(session);
        for (const statement of statements) writing.run(statement, []);
      }, false),
    introspect: async () => introspectSqlite(reader),
    exclusive: (name, work) => exclusive({ binding, file }, name, work),
    backup: async (label) => (file.temporary ? undefined : copyDatabase({ binding, file }, label)),
    async health() {
      try {
        reader.all('SELECT 1', []);
        // Traffic may be kept away meanwhile, so nothing else would find out that writing works again.
        if (failed !== undefined)
          await writer.transaction(() => PROBE.forEach((sql) => writing.run(sql, [])), false);
        return { up: true };
      } catch (error) {
        return { up: false, detail: sqliteError(error, 'health').message };
      }
    },
    async close() {
      await writer.idle();
      reader.close();
      try {
        // Afterwards the one file is the whole database, whoever still holds handles on the log:
        // `@photostructure/sqlite` gives them back only when its statements are collected.
        writing.all('PRAGMA wal_checkpoint(TRUNCATE)', []);
      } finally {
        writing.close();
        file.release();
      }
    },
  };
}

function openConnections(
  binding: Binding,
  file: PreparedFile,
): { writing: SqliteConnection; reader: SqliteConnection } {
  try {
    return {
      writing: openWriting(binding, file),
      reader: openReading(binding, file.path),
    };
  } catch (error) {
    file.release();
    throw isObjectOSError(error) ? error : unavailable('the file is no usable database', error);
  }
}

function openReading(binding: Binding, path: string): SqliteConnection {
  const reader = openConnection(binding, path, { readOnly: true, timeout: 1000 });
  reader.run(`PRAGMA cache_size = -${READER_CACHE_KIB}`, []);
  return reader;
}

function openWriting(binding: Binding, file: PreparedFile): SqliteConnection {
  const options = { enableForeignKeyConstraints: false, timeout: 20 };
  const connection = openConnection(binding, file.path, options);
  // A temporary database is gone after a crash anyway, so it need not wait for the disk.
  const durability = file.temporary ? 0 : 2;
  const mode = connection.all('PRAGMA journal_mode = WAL', [])[0]?.[0];
  connection.run(`PRAGMA synchronous = ${durability}`, []);
  const synchronous = connection.all('PRAGMA synchronous', [])[0]?.[0];
  if (mode !== 'wal' || synchronous !== durability) {
    connection.close();
    throw unavailable('its file system does not support the write-ahead log');
  }
  return connection;
}
