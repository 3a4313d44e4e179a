import { randomBytes } from 'node:crypto';
import type { SqlDialectName, SqlOutcome } from '@objectos/formula';
import pg from 'pg';
import { loadBinding } from '../../src/sqlite/binding.js';
import { FIELDS, type TestRow } from './fields.js';

type ResultType = Extract<SqlOutcome, { ok: true }>['type'];

/** A database with one table that takes rows and computes an expression over them. */
export interface TestDatabase {
  readonly dialect: SqlDialectName;
  /** The value of the expression for each row, as an API value. */
  evaluate(sql: string, type: ResultType, rows: readonly TestRow[]): Promise<unknown[]>;
  close(): Promise<void>;
}

/** Opens the database; undefined, and said loudly, where there is none. */
export async function openDatabases(dialect: SqlDialectName): Promise<TestDatabase | undefined> {
  return dialect === 'sqlite' ? openSqlite() : openPostgres();
}

const NAMES = [...FIELDS.keys()];

async function openSqlite(): Promise<TestDatabase> {
  const binding = await loadBinding();
  const database = binding.open(':memory:', {});
  const types: Readonly<Record<string, string>> = {
    decimal: 'REAL',
    real: 'REAL',
    integer: 'INTEGER',
    boolean: 'INTEGER',
  };
  const columns = [...FIELDS].map(
    ([name, { column }]) => `"${name}" ${types[column.type] ?? 'TEXT'}`,
  );
  database.exec(`CREATE TABLE thing (position INTEGER, ${columns.join(', ')})`);
  const insert = database.prepare(
    `INSERT INTO thing VALUES (?, ${NAMES.map(() => '?').join(', ')})`,
  );
  return {
    dialect: 'sqlite',
    async evaluate(sql, type, rows) {
      database.exec('DELETE FROM thing');
      rows.forEach((row, index) => {
        insert.run(...binding.prepareValues([index, ...NAMES.map((name) => toSqlite(row[name]))]));
      });
      const select = database.prepare(`SELECT ${sql} AS value FROM thing ORDER BY position`);
      const found = select.all() as { value: unknown }[];
      return found.map(({ value }) => (type === 'boolean' && value !== null ? value === 1 : value));
    },
    async close() {
      database.close();
    },
  };
}

function toSqlite(value: unknown): unknown {
  if (typeof value === 'boolean') return Number(value);
  return Array.isArray(value) ? JSON.stringify(value) : value;
}

async function openPostgres(): Promise<TestDatabase | undefined> {
  const url = process.env['TEST_DATABASE_URL'] ?? 'postgres://postgres@127.0.0.1:5432/postgres';
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  try {
    await client.connect();
  } catch {
    console.warn(
      'SKIPPED: formulas on PostgreSQL, no server at TEST_DATABASE_URL or 127.0.0.1:5432',
    );
    return undefined;
  }
  const schema = `formula_${randomBytes(6).toString('hex')}`;
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`SET search_path TO ${schema}`);
  // Nothing may depend on how the session shows or reads dates.
  await client.query(`SET timezone TO 'Asia/Kolkata'; SET datestyle TO 'German'`);
  const types: Readonly<Record<string, string>> = {
    decimal: 'numeric',
    real: 'double precision',
    integer: 'bigint',
    boolean: 'boolean',
    date: 'date',
    time: 'time(3)',
    datetime: 'timestamptz(3)',
    list: 'jsonb',
  };
  const columns = [...FIELDS].map(
    ([name, { column }]) => `"${name}" ${types[column.type] ?? 'text'}`,
  );
  await client.query(`CREATE TABLE thing (position integer, ${columns.join(', ')})`);
  return {
    dialect: 'postgres',
    async evaluate(sql, type, rows) {
      await client.query('DELETE FROM thing');
      await client.query(
        `INSERT INTO thing SELECT * FROM jsonb_populate_recordset(NULL::thing, $1::jsonb)`,
        [JSON.stringify(rows.map((row, position) => ({ ...row, position })))],
      );
      const { rows: found } = await client.query<{ value: unknown }>(
        `SELECT ${shown(sql, type)} AS value FROM thing ORDER BY position`,
      );
      return found.map(({ value }) => fromPostgres(value, type));
    },
    async close() {
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
    },
  };
}

function shown(sql: string, type: ResultType): string {
  if (type === 'date') return `to_char(${sql}, 'YYYY-MM-DD')`;
  if (type === 'time') return `to_char(${sql}, 'HH24:MI:SS')`;
  if (type === 'datetime')
    return `to_char(${sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return sql;
}

function fromPostgres(value: unknown, type: ResultType): unknown {
  return type === 'decimal' && typeof value === 'string' ? Number(value) : value;
}
