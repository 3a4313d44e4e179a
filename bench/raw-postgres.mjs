// Raw SQL on PostgreSQL as a careful author would write it: a pool of `pg`, named statements, values
// bound. It orders as the engine does, so that the same index serves both.
import { createRequire } from 'node:module';
import { changeOf, COLUMNS, INSERT, INSERT_CHANGE, marks, WIDTH } from './raw-rows.mjs';

const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));

/** Opens the schema beside the driver. */
export function rawPostgres(url, schema) {
  const pg = require('pg');
  const pool = new pg.Pool({ connectionString: url, max: 10, options: `-c search_path=${schema}` });
  const names = new Map();
  const run = (sql, values, client = pool) => {
    if (!names.has(sql)) names.set(sql, { name: `raw_${names.size}`, text: numbered(sql) });
    return client.query({ ...names.get(sql), values });
  };
  const all = async (sql, values) => (await run(sql, values)).rows;
  const insert = `${INSERT}(${marks(WIDTH)})`;
  return {
    answers: () =>
      pool.query('SELECT 1').then(
        () => true,
        () => false,
      ),
    all,
    list: (status) =>
      all(
        `SELECT ${COLUMNS} FROM contact WHERE status = ? AND deleted_at IS NULL ORDER BY name NULLS FIRST, id LIMIT 20`,
        [status],
      ),
    byIds: (table, ids) => all(`SELECT * FROM ${table} WHERE id = ANY(?)`, [ids]),
    insert: (row) => run(insert, row),
    insertMany: (rows) => run(INSERT + rows.map(() => `(${marks(WIDTH)})`).join(', '), rows.flat()),
    async insertWhole(row) {
      const client = await pool.connect();
      const locked = (table) =>
        `SELECT id FROM ${table} WHERE id = ? AND deleted_at IS NULL FOR KEY SHARE`;
      await client.query('BEGIN');
      await run(locked('account'), [row[5]], client);
      await run(locked('campaign'), [row[6]], client);
      await run(insert, row, client);
      await run(INSERT_CHANGE, changeOf(row), client);
      await client.query('COMMIT');
      client.release();
    },
    script: (sql) => pool.query(sql),
    analyze: () => pool.query('VACUUM ANALYZE'),
    async prepareSearch() {
      await pool.query(`CREATE TABLE raw_note AS SELECT * FROM note`);
      await pool.query(`ALTER TABLE raw_note ADD PRIMARY KEY (id), ADD COLUMN words tsvector
        GENERATED ALWAYS AS (setweight(to_tsvector('simple', coalesce(title, '')), 'A') || to_tsvector('simple', coalesce(body, ''))) STORED`);
      await pool.query('CREATE INDEX ON raw_note USING gin (words)');
    },
    search: (word) =>
      all(
        `SELECT id, title, body, created_at, created_by, updated_at, updated_by, owner_id, organization_id, revision
         FROM raw_note, to_tsquery('simple', ?) AS query WHERE words @@ query AND deleted_at IS NULL
         ORDER BY ts_rank(words, query, 1) DESC, id LIMIT 20`,
        [`${word}:*`],
      ),
    dropSchema: () => pool.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
    close: () => pool.end(),
  };
}

function numbered(sql) {
  let at = 0;
  return sql.replaceAll('?', () => `$${(at += 1)}`);
}
