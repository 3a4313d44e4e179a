import type { DriverSession } from '@objectql/core/driver';
import type { MaybePromise } from '@objectos/spec/contracts';
import type { PoolClient } from 'pg';
import type { PostgresLocation } from '../database-url.js';
import type { Backend, SchemaWork } from '../sql/backend.js';
import { storageFailed } from '../sql/errors.js';
import type { Planner } from '../sql/plan.js';
import type { Executor } from '../sql/executor.js';
import { SqlSession } from '../sql/session.js';
import { withinSchema } from '../sql/tenants.js';
import { postgresDialect } from './dialect.js';
import { isConnectionLost, mayRunAgain, postgresError, unavailable } from './errors.js';
import { adoptForeignRows } from './foreign-rows.js';
import { exclusivePostgres } from './exclusive.js';
import { introspectPostgres } from './introspect.js';
import { BrokenConnection, openPool, type ConnectionPool } from './pool.js';
import { repeat, Repeatable } from './repeat.js';
import { createStatementNames, releaseName, type StatementNames } from './statement-names.js';
import { PostgresTransaction } from './transaction.js';

/** Oldest server that has what is used here. */
const OLDEST = 130_000;

/**
 * Opens a PostgreSQL database: a pool of connections, each transaction on one of them.
 *
 * @throws `driver_unavailable`
 */
export async function openPostgres(location: PostgresLocation, planner: Planner): Promise<Backend> {
  const pool = await openPool(location);
  const names = createStatementNames();
  const parts = { pool, names, planner };
  const reader = createReader(pool, names);
  try {
    await prepareDatabase(pool, location);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    reader,
    transaction: (work) => repeat(() => runTransaction(parts, work)),
    introspect: (schema) => introspectPostgres(reader, schema),
    exclusive: (name, work) => exclusivePostgres(location, name, work),
    async applySchema(work) {
      const run = () =>
        runTransaction(parts, (session, transaction) => changeSchema(work, session, transaction));
      await repeat(run);
      names.renew();
    },
    async health() {
      try {
        await reader.all('SELECT 1', []);
        return { up: true };
      } catch (error) {
        return { up: false, detail: postgresError(error, 'health').message };
      }
    },
    close: () => pool.close(),
  };
}

/** Indexes of large tables take their time; waiting for their tables must not. */
async function changeSchema(
  { statements, tables, guard, place }: SchemaWork,
  session: DriverSession,
  transaction: PostgresTransaction,
): Promise<void> {
  const before = [`SET LOCAL statement_timeout = 0`, `SET LOCAL lock_timeout = '30s'`];
  if (tables.length > 0) {
    const names = tables.map((table) => postgresDialect.quote(table)).join(', ');
    before.push(`LOCK TABLE ${names} IN SHARE ROW EXCLUSIVE MODE`);
  }
  const inSchema = (lines: readonly string[]) =>
    place?.schema === undefined ? lines : withinSchema(place.schema, lines, postgresDialect);
  await transaction.script(inSchema(before));
  await guard?.(place === undefined ? session : placed(session, place.organization));
  await transaction.script(inSchema(statements));
}

function placed(session: DriverSession, organization: string | null): DriverSession {
  return session.tenants?.of(organization) ?? session;
}

async function prepareDatabase(pool: ConnectionPool, { schema }: PostgresLocation): Promise<void> {
  await pool.reading(async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(
      `SELECT current_setting('server_version_num')::int AS version,
              current_setting('server_encoding') AS encoding`,
    );
    const { version, encoding } = rows[0] ?? {};
    if (Number(version) < OLDEST) throw unavailable('it is older than version 13');
    if (encoding !== 'UTF8') throw unavailable(`its encoding is ${String(encoding)}, not UTF8`);
    if (schema !== undefined) await client.query(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    await adoptForeignRows(client);
  });
}

/** Statements outside transactions, each on whatever connection is free. */
function createReader(pool: ConnectionPool, names: StatementNames): Executor {
  const read = async (client: PoolClient, text: string, values: readonly unknown[]) => {
    const name = names.nameOf(text);
    releaseName(client, name, text);
    try {
      return (await client.query<unknown[]>({ name, text, values: [...values], rowMode: 'array' }))
        .rows;
    } catch (cause) {
      const error = postgresError(cause, 'read');
      if (isConnectionLost(error)) throw new BrokenConnection(new Repeatable(error));
      if (mayRunAgain(error)) names.renew();
      throw mayRunAgain(error) ? new Repeatable(error) : error;
    }
  };
  return {
    all: (text, values) => repeat(() => pool.reading((client) => read(client, text, values))),
    run() {
      throw storageFailed('postgres', 'a write outside a transaction');
    },
  };
}

interface TransactionParts {
  readonly pool: ConnectionPool;
  readonly names: StatementNames;
  readonly planner: Planner;
}

function runTransaction<T>(
  { pool, names, planner }: TransactionParts,
  work: (session: DriverSession, transaction: PostgresTransaction) => MaybePromise<T>,
): Promise<T> {
  return pool.writing(async (client, lively) => {
    const transaction = new PostgresTransaction(client, names, { lively });
    const session = SqlSession.transaction(transaction, planner);
    try {
      const result = await work(session, transaction);
      session.end();
      await transaction.commit();
      return result;
    } catch (error) {
      session.end();
      await transaction.rollback();
      throw verdict(error, transaction, names);
    }
  });
}

/** What became of a transaction that failed: whether it may run again, and on which connection. */
function verdict(error: unknown, transaction: PostgresTransaction, names: StatementNames): unknown {
  const { failed, touched } = transaction;
  if (failed === undefined) return error;
  if (isConnectionLost(failed)) {
    return new BrokenConnection(touched ? error : new Repeatable(failed));
  }
  if (!mayRunAgain(failed)) return error;
  names.renew();
  return new Repeatable(failed);
}
