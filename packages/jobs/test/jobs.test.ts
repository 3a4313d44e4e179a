import { findPostgres } from '@objectos/testing';
import { createMemoryDatabase } from '@objectql/core/plugin';
import { describe, it } from 'vitest';
import { openPostgres, openSqlite } from './databases.js';
import { jobsSuite } from './suite.js';

jobsSuite('memory', async () => createMemoryDatabase());

jobsSuite('SQLite', openSqlite);

const server = await findPostgres();
if (server === undefined) {
  describe.skip('jobs on PostgreSQL - SKIPPED, no PostgreSQL answers here', () => it('is there'));
} else {
  jobsSuite('PostgreSQL', () => openPostgres(server));
}
