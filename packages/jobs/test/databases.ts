import { createTestKernel, emptyPostgres, type TestPostgres } from '@objectos/testing';
import { databaseService, objectqlPlugin, type Database } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A database of this test, in a file. */
export async function openSqlite(): Promise<Database> {
  const folder = await mkdtemp(path.join(tmpdir(), 'objectos-jobs-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return openDatabase(`sqlite:${path.join(folder, 'jobs.sqlite')}`);
}

/** A database of this test on a server. */
export async function openPostgres(server: string): Promise<Database> {
  const place: TestPostgres = await emptyPostgres(server);
  onTestFinished(() => place.drop());
  return openDatabase(place.url);
}

async function openDatabase(url: string): Promise<Database> {
  const kernel = await createTestKernel({
    plugins: [objectqlPlugin({ driver: new SqlDriver({ url }) })],
  });
  // A copy, of which a test may break a part.
  return { ...kernel.service(databaseService) };
}
