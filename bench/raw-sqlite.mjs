// Raw SQL on SQLite as a careful author would write it: one connection, prepared statements, values
// bound, the binding that the driver uses, with its durability.
import { createRequire } from 'node:module';
import process from 'node:process';
import { changeOf, COLUMNS, INSERT, INSERT_CHANGE, marks, WIDTH } from './raw-rows.mjs';

const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));

/** Opens the file beside the driver. */
export function rawSqlite(file) {
  const { DatabaseSync } = process.versions.node.startsWith('20.')
    ? require('@photostructure/sqlite')
    : process.getBuiltinModule('node:sqlite');
  const db = new DatabaseSync(file);
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000');
  const statements = new Map();
  const prepared = (sql) => {
    if (!statements.has(sql)) statements.set(sql, db.prepare(sql));
    return statements.get(sql);
  };
  const all = (sql, values) => prepared(sql).all(...values);
  const insert = `${INSERT}(${marks(WIDTH)})`;
  const transaction = (work) => {
    db.exec('BEGIN IMMEDIATE');
    work();
    db.exec('COMMIT');
  };
  return {
    all: async (sql, values) => all(sql, values),
    list: async (status) =>
      all(
        `SELECT ${COLUMNS} FROM contact WHERE status = ? AND deleted_at IS NULL ORDER BY name, id LIMIT 20`,
        [status],
      ),
    byIds: async (table, ids) =>
      all(`SELECT * FROM ${table} WHERE id IN (${marks(ids.length)})`, ids),
    insert: async (row) => prepared(insert).run(...row),
    insertMany: async (rows) =>
      transaction(() => {
        for (const row of rows) prepared(insert).run(...row);
      }),
    insertWhole: async (row) =>
      transaction(() => {
        all('SELECT id FROM account WHERE id = ? AND deleted_at IS NULL', [row[5]]);
        all('SELECT id FROM campaign WHERE id = ? AND deleted_at IS NULL', [row[6]]);
        prepared(insert).run(...row);
        prepared(INSERT_CHANGE).run(...changeOf(row));
      }),
    script: async (sql) => db.exec(sql),
    analyze: async () => db.exec('ANALYZE'),
    async prepareSearch() {
      db.exec('CREATE VIRTUAL TABLE raw_words USING fts5(id UNINDEXED, title, body)');
      db.exec('INSERT INTO raw_words (id, title, body) SELECT id, title, body FROM note');
      db.exec(`INSERT INTO raw_words (raw_words, rank) VALUES ('rank', 'bm25(0, 4, 1)')`);
    },
    search: async (word) =>
      all(
        `SELECT note.* FROM raw_words JOIN note ON note.id = raw_words.id
         WHERE raw_words MATCH ? AND note.deleted_at IS NULL ORDER BY rank LIMIT 20`,
        [`"${word}"*`],
      ),
    close: async () => db.close(),
  };
}
