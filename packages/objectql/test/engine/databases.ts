import { emptyPostgres, findPostgres } from '@objectos/testing';

/** An empty database of a test. */
export interface OpenedDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const server = await findPostgres();

/** The databases that are there: SQLite always, PostgreSQL where it answers; or MongoDB alone. */
export async function databaseNames(): Promise<readonly string[]> {
  if (process.env['TEST_DATABASE'] === 'mongo') return ['mongo'];
  return server === undefined ? ['sqlite'] : ['sqlite', 'postgres'];
}

/** Opens an empty database. */
export async function openDatabase(name: string): Promise<OpenedDatabase> {
  if (name === 'mongo') {
    const { openMongo } = await import('../../../driver-mongo/test/databases.js');
    return openMongo();
  }
  if (name === 'sqlite' || server === undefined) {
    return { url: ':memory:', drop: async () => undefined };
  }
  return emptyPostgres(server);
}
