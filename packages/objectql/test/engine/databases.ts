import { emptyPostgres, findPostgres } from '@objectos/testing';

/** An empty database of a test. */
export interface OpenedDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const server = await findPostgres();

/** The databases that are there: SQLite always, PostgreSQL where it answers. */
export async function databaseNames(): Promise<readonly string[]> {
  return server === undefined ? ['sqlite'] : ['sqlite', 'postgres'];
}

/** Opens an empty database. */
export async function openDatabase(name: string): Promise<OpenedDatabase> {
  if (name === 'sqlite' || server === undefined) {
    return { url: ':memory:', drop: async () => undefined };
  }
  return emptyPostgres(server);
}
