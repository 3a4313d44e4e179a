import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { onTestFinished } from 'vitest';

/** An empty place in a running PostgreSQL. */
export interface TestPostgres {
  /** URL of a database driver, with the schema in it. */
  readonly url: string;
  /** Runs SQL beside the driver, as another program would; rows as objects. */
  sql(text: string, values?: readonly unknown[]): Promise<Record<string, unknown>[]>;
  /** Removes everything that was made there. */
  drop(): Promise<void>;
}

const LOCAL = 'postgres://postgres@127.0.0.1:5432/postgres';

/**
 * The PostgreSQL for tests: `TEST_DATABASE_URL`, else the one of this machine; `undefined`, with a
 * warning, when it does not answer. A `TEST_DATABASE_URL` that does not answer is an error.
 *
 * @example const server = await findPostgres();
 * describe.skipIf(server === undefined)('on PostgreSQL', () => …);
 */
export async function findPostgres(): Promise<string | undefined> {
  const given = process.env['TEST_DATABASE_URL'];
  const url = given ?? LOCAL;
  try {
    await withClient(url, (client) => client.query('SELECT 1'));
    return url;
  } catch (error) {
    if (given !== undefined) throw error;
    console.warn(
      'SKIPPED: no PostgreSQL answers on 127.0.0.1:5432, and TEST_DATABASE_URL is not set.',
    );
    return undefined;
  }
}

/** By the real clock: a test may turn its own back, and others would take its schema for an old one. */
const LOADED_AT = Date.now();

/** Makes an empty schema of its own in a server that {@link findPostgres} found. */
export async function emptyPostgres(server: string): Promise<TestPostgres> {
  await (swept ??= sweep(server));
  const schema = `test_${LOADED_AT}_${randomBytes(6).toString('hex')}`;
  const url = new URL(server);
  url.searchParams.set('schema', schema);
  // What a test writes need not outlive the machine.
  url.searchParams.set('options', '-c synchronous_commit=off');
  const sql: TestPostgres['sql'] = (text, values = []) =>
    withClient(server, async (client) => {
      await client.query(`SET search_path = ${schema}`);
      return (await client.query<Record<string, unknown>>(text, [...values])).rows;
    });
  await withClient(server, (client) => client.query(`CREATE SCHEMA ${schema}`));
  return {
    url: url.href,
    sql,
    async drop() {
      await withClient(server, async (client) => {
        // A test that failed may have left a transaction that holds the tables.
        await client.query(`SET lock_timeout = '5s'`);
        await client.query(`SET client_min_messages = error`);
        await client.query(`DROP SCHEMA ${schema} CASCADE`);
        await dropOrganizations(client, schema);
      });
    },
  };
}

/** What a run that was killed left behind is removed by a later one. */
let swept: Promise<void> | undefined;
const STALE_MS = 2 * 60 * 60 * 1000;

function sweep(server: string): Promise<void> {
  return withClient(server, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname ~ '^test_[0-9]{13}_[0-9a-f]{12}$'`,
    );
    const stale = rows.filter(({ name }) => Number(name.split('_')[1]) < LOADED_AT - STALE_MS);
    for (const { name } of stale) {
      await client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`);
      await dropOrganizations(client, name);
    }
  });
}

/** The schemas that a driver made for organizations beside the schema of the test. */
async function dropOrganizations(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT nspname AS name FROM pg_namespace WHERE obj_description(oid, 'pg_namespace') = $1`,
    [`objectql: an organization of ${schema}`],
  );
  for (const { name } of rows) await client.query(`DROP SCHEMA IF EXISTS "${name}" CASCADE`);
}

async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * URL of an empty database for the running test: SQLite in memory, or PostgreSQL where the project
 * sets `TEST_DATABASE=postgres`, so that one suite runs over both. It is gone after the test.
 */
export async function testDatabaseUrl(): Promise<string> {
  if (process.env['TEST_DATABASE'] !== 'postgres') return ':memory:';
  const place = await emptyPostgres(process.env['TEST_DATABASE_URL'] ?? LOCAL);
  try {
    // After the hooks of the test, in which whatever uses it is closed.
    onTestFinished(() => place.drop());
  } catch {
    // Outside a test nobody knows when it is over; a later run removes it.
  }
  return place.url;
}
