// What the raw server asks of PostgreSQL: a pool of `pg` and named statements, ordered as the engine
// orders, so that the same indexes serve both.
import { createRequire } from 'node:module';

const require = createRequire(new URL('../packages/driver-sql/package.json', import.meta.url));
const WIDTH = 6;

/** Opens the schema that the URL names. */
export async function postgresStore(url) {
  const pg = require('pg');
  const schema = new URL(url).searchParams.get('schema');
  const pool = new pg.Pool({ connectionString: url, max: 10, options: `-c search_path=${schema}` });
  const columnsOf = async (table) => {
    const { rows } = await pool.query(
      `SELECT column_name AS name FROM information_schema.columns
       WHERE table_schema = $1 AND table_name = $2 AND is_generated = 'NEVER' ORDER BY ordinal_position`,
      [schema, table],
    );
    return rows.map(({ name }) => `"${name}"`).join(', ');
  };
  const [columns, accountColumns] = [await columnsOf('contact'), await columnsOf('account')];
  const named = (name, text) => async (values) => (await pool.query({ name, text, values })).rows;
  const byId = named('get', `SELECT ${columns} FROM contact WHERE id = $1`);
  const list = named(
    'list',
    `SELECT ${columns} FROM contact WHERE department = $1 AND deleted_at IS NULL ORDER BY name NULLS FIRST, id LIMIT $2`,
  );
  const count = named(
    'count',
    'SELECT count(*)::int AS n FROM contact WHERE department = $1 AND deleted_at IS NULL',
  );
  const accountsById = named(
    'accounts',
    `SELECT ${accountColumns} FROM account WHERE id = ANY($1)`,
  );
  const insertSql = (rows) => {
    const groups = Array.from({ length: rows }, (_, row) => {
      const marks = Array.from({ length: WIDTH }, (__, at) => `$${row * WIDTH + at + 1}`);
      return `(${marks.join(', ')}, 1)`;
    });
    return `INSERT INTO contact (id, name, email, department, created_at, updated_at, revision) VALUES ${groups.join(', ')} RETURNING ${columns}`;
  };
  const insert = named('insert', insertSql(1));
  const update = named(
    'update',
    `UPDATE contact SET title = $1, updated_at = $2, revision = revision + 1 WHERE id = $3 RETURNING ${columns}`,
  );
  return {
    byId: async (id) => (await byId([id]))[0],
    list: (department, limit) => list([department, limit]),
    count: async (department) => (await count([department]))[0].n,
    accountsById: (ids) => accountsById([ids]),
    create: async (row) => (await insert(row))[0],
    update: async (id, title, at) => (await update([title, at, id]))[0],
    createMany: async (rows) => (await pool.query(insertSql(rows.length), rows.flat())).rows,
  };
}

/** The URL of a schema for one run, what prepares it for reads, and what removes it. */
export function postgresPlace(server, schema) {
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  const run = async (sql) => {
    const pg = require('pg');
    const client = new pg.Client({ connectionString: server });
    await client.connect();
    await client.query(sql);
    await client.end();
  };
  return {
    url: url.href,
    settle: () => run(`VACUUM ANALYZE ${schema}.contact, ${schema}.account`),
    remove: () => run(`DROP SCHEMA IF EXISTS ${schema} CASCADE`),
  };
}
