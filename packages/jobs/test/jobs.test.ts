import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { createMemoryDatabase, databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, onTestFinished } from 'vitest';
import { jobsSuite } from './suite.js';

jobsSuite('memory', async () => createMemoryDatabase());

jobsSuite('SQLite', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-jobs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openDatabase(`sqlite:${path.join(folder, 'jobs.sqlite')}`);
});

const server = await findPostgres();
if (server === undefined) {
  describe.skip('jobs on PostgreSQL - SKIPPED, no PostgreSQL answers here', () => it('is there'));
} else {
  jobsSuite('PostgreSQL', async () => {
    const place = await emptyPostgres(server);
    onTestFinished(() => place.drop());
    return openDatabase(place.url);
  });
}

async function openDatabase(url: string) {
  const kernel = await createTestKernel({
    plugins: [objectqlPlugin({ driver: new SqlDriver({ url }) })],
  });
  // A copy, of which a test may break a part.
  return { ...kernel.service(databaseService) };
}
