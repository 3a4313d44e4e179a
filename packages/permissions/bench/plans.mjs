// What the database says it does for a list.
import pg from 'pg';
import { createPlanner } from '../../driver-sql/src/sql/plan.ts';
import { findSql } from '../../driver-sql/src/sql/statements.ts';
import { loadBinding } from '../../driver-sql/src/sqlite/binding.ts';
import { sqliteDialect } from '../../driver-sql/src/sqlite/dialect.ts';
import { postgresDialect } from '../../driver-sql/src/postgres/dialect.ts';

/** Keeps the last statement that reads rows, so that it can be explained. */
export function recorder(driver) {
  const { find } = driver.reader;
  let last;
  driver.reader.find = (statement) => {
    if (/^(open|closed)$/.test(statement.table.name)) last = statement;
    return find.call(driver.reader, statement);
  };
  return () => last;
}

/** The SQL of a statement and its plan. */
export async function explain(url, statement) {
  return url.startsWith('postgres')
    ? explainPostgres(url, statement)
    : explainSqlite(url.replace(/^sqlite:/, ''), statement);
}

async function explainSqlite(path, statement) {
  const { text, values } = findSql(statement, createPlanner(sqliteDialect));
  const binding = await loadBinding();
  const database = binding.open(path, { readOnly: true });
  const plan = database.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values);
  database.close();
  return { text, plan: plan.map((row) => row.detail) };
}

async function explainPostgres(url, statement) {
  const { text, values } = findSql(statement, createPlanner(postgresDialect));
  const { rows } = await withClient(url, (client) =>
    client.query(`EXPLAIN (ANALYZE, TIMING OFF) ${text}`, values),
  );
  return { text, plan: rows.map((row) => row['QUERY PLAN']) };
}

/** Tells PostgreSQL to look at what was filled in, as it does by itself after a while. */
export async function analyze(url) {
  if (!url.startsWith('postgres')) return;
  await withClient(url, (client) => client.query('ANALYZE'));
}

async function withClient(url, work) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`SET search_path = ${new URL(url).searchParams.get('schema') ?? 'public'}`);
    return await work(client);
  } finally {
    await client.end();
  }
}
