// Raw SQL as a careful author would write it: one connection (SQLite) or pool (PostgreSQL), prepared
// statements, values bound, `?` as place of a value on both.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));
const INSERT =
  'INSERT INTO contact (id, name, email, status, amount, account, campaign, created_at, updated_at, revision) VALUES ';
const WIDTH = 10;

/** The SQLite binding that the driver uses, with its durability. */
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
  return {
    all: async (sql, values) => prepared(sql).all(...values),
    async insert(rows) {
      const statement = prepared(`${INSERT}(${marks(WIDTH)})`);
      db.exec('BEGIN IMMEDIATE');
      for (const row of rows) statement.run(...row);
      db.exec('COMMIT');
    },
    analyze: async () => db.exec('ANALYZE'),
    async prepareSearch() {
      db.exec('CREATE VIRTUAL TABLE raw_words USING fts5(id UNINDEXED, name)');
      db.exec('INSERT INTO raw_words (id, name) SELECT id, name FROM contact');
    },
    search: async (word) =>
      prepared(
        `SELECT contact.* FROM raw_words JOIN contact ON contact.id = raw_words.id
         WHERE raw_words MATCH ? ORDER BY rank LIMIT 20`,
      ).all(`"${word}"*`),
    close: async () => db.close(),
  };
}

/** A pool of `pg` with named statements. */
export function rawPostgres(url, schema) {
  const pg = require('pg');
  const pool = new pg.Pool({ connectionString: url, max: 10, options: `-c search_path=${schema}` });
  const names = new Map();
  const nameOf = (text) => {
    if (!names.has(text)) names.set(text, `raw_${names.size}`);
    return names.get(text);
  };
  const numbered = (sql) => {
    let at = 0;
    return sql.replaceAll('?', () => `$${(at += 1)}`);
  };
  const run = (sql, values) => {
    const text = numbered(sql);
    return pool.query({ name: nameOf(text), text, values });
  };
  return {
    answers: () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    all: async (sql, values) => (await run(sql, values)).rows,
    insert: (rows) => run(INSERT + rows.map(() => `(${marks(WIDTH)})`).join(', '), rows.flat()),
    analyze: () => pool.query('ANALYZE'),
    prepareSearch: () =>
      pool.query(`CREATE INDEX raw_words ON contact USING gin (to_tsvector('simple', name))`),
    search: async (word) =>
      (
        await run(
          `SELECT * FROM contact WHERE to_tsvector('simple', name) @@ to_tsquery('simple', ?)
           ORDER BY ts_rank(to_tsvector('simple', name), to_tsquery('simple', ?)) DESC LIMIT 20`,
          [`${word}:*`, `${word}:*`],
        )
      ).rows,
    dropSchema: () => pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
    close: async () => undefined,
    end: () => pool.end(),
  };
}

function marks(count) {
  return Array.from({ length: count }, () => '?').join(', ');
}
