import type { Pool, PoolClient, PoolConfig } from 'pg';
import { writersOf, type PostgresLocation } from '../database-url.js';
import { postgresError, unavailable } from './errors.js';
import { createSlots } from './slots.js';
import { typeParsers } from './values.js';

/** How long to wait for a connection: to be made, or to become free. */
const CONNECT_MS = 10_000;
/** Idle connections are closed after this, and all after that, so that a failover rebalances. */
const IDLE_MS = 30_000;
const LIFETIME_S = 1_800;

/** A connection that did something within this time is believed to work. */
const LIVELY_MS = 1_000;

/** Work on a connection, which `lively` says was in use a moment ago. */
export type PoolWork<T> = (client: PoolClient, lively: boolean) => Promise<T>;

/** Connections to a server, handed out one user at a time. */
export interface ConnectionPool {
  /** @throws `driver_unavailable` */
  reading<T>(work: PoolWork<T>): Promise<T>;
  /**
   * Like `reading`, for work that holds its connection longer. Some connections are kept for reads, so
   * that work which reads beside its own transaction finds one.
   */
  writing<T>(work: PoolWork<T>): Promise<T>;
  /** Connections that are open, and those of them that nobody uses. */
  readonly size: { readonly open: number; readonly idle: number };
  close(): Promise<void>;
}

/** Thrown by work whose connection is broken, so that it is not used again. */
export class BrokenConnection extends Error {
  constructor(override readonly cause: unknown) {
    super('the connection is broken');
  }
}

/** What a connection of this driver is set up with. */
export function connectionConfig(location: PostgresLocation): PoolConfig {
  const { url, schema, statementTimeout, options } = location;
  const settings = [
    options,
    '-c TimeZone=UTC',
    '-c DateStyle=ISO',
    '-c standard_conforming_strings=on',
  ];
  if (schema !== undefined) settings.push(`-c search_path=${schema}`);
  return {
    connectionString: url,
    options: settings.join(' '),
    application_name: 'objectos',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    statement_timeout: statementTimeout,
    // A transaction whose process hangs must not hold its locks for ever.
    idle_in_transaction_session_timeout: 4 * statementTimeout,
    types: typeParsers as PoolConfig['types'],
  };
}

/** Opens a pool; connections are made when they are needed. */
export async function openPool(location: PostgresLocation): Promise<ConnectionPool> {
  const { default: pg } = await import('pg');
  const max = location.pool;
  const pool = new pg.Pool({
    ...connectionConfig(location),
    max,
    idleTimeoutMillis: IDLE_MS,
    maxLifetimeSeconds: LIFETIME_S,
    // Statements of one transaction that need not wait for each other travel together.
    pipeline: true,
  } as PoolConfig);
  // A connection that breaks fails the statement that uses it; an idle one is dropped by the pool.
  // Without these listeners either would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  const slots = createSlots(writersOf(max), CONNECT_MS);

  const used = new WeakMap<PoolClient, number>();
  pool.on('connect', (client) => used.set(client, Date.now()));

  const use = async <T>(work: PoolWork<T>): Promise<T> => {
    const client = await connect(pool, max);
    try {
      const lively = Date.now() - (used.get(client) ?? 0) < LIVELY_MS;
      const result = await work(client, lively);
      used.set(client, Date.now());
      client.release();
      return result;
    } catch (error) {
      const broken = error instanceof BrokenConnection;
      client.release(broken);
      throw broken ? error.cause : error;
    }
  };
  return {
    reading: use,
    async writing(work) {
      if (!(await slots.take())) throw busy(max);
      try {
        return await use(work);
      } finally {
        slots.give();
      }
    },
    get size() {
      return { open: pool.totalCount, idle: pool.idleCount };
    },
    async close() {
      await slots.idle();
      await pool.end();
    },
  };
}

async function connect(pool: Pool, max: number): Promise<PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    if ((error as Error).message.includes('timeout exceeded when trying to connect'))
      throw busy(max);
    throw postgresError(error, 'connect');
  }
}

function busy(max: number): Error {
  return unavailable(`none of ${max} connections became free in ${CONNECT_MS / 1000} seconds`);
}
