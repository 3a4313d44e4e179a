import {
  bundleProgram,
  createTestKernel,
  hasRedisServer,
  startPrivateRedis,
} from '@objectos/testing';
import { jobsService, systemContext } from '@objectos/spec/contracts';
import { databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { jobsPlugin } from '../src/index.js';
import { effectTable } from './crash-table.js';

const JOBS = 400;
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-jobs-crash-'));
const program = path.join(folder, 'worker.mjs');

beforeAll(async () => {
  await bundleProgram({
    entry: new URL('crash-worker.ts', import.meta.url),
    outfile: program,
    stay: ['bullmq', 'ioredis', 'pg'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets a worker run for a while and kills it without warning. */
async function workAndKill(milliseconds: number, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), milliseconds));
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
}

async function open(file: string, config: Record<string, unknown>, stopAfterTest: boolean) {
  const driver = new SqlDriver({ url: `sqlite:${file}` });
  const plugins = [objectqlPlugin({ driver }), jobsPlugin];
  return createTestKernel({ plugins, config: { '@objectos/jobs': config }, stopAfterTest });
}

async function killAndCount(name: string, rounds: number, redisUrl?: string): Promise<void> {
  const file = path.join(folder, `${name}.sqlite`);
  const before = await open(file, { run: false }, false);
  const payloads = Array.from({ length: JOBS }, (_, index) => `job-${index}`);
  const options = { backoff: { base: 1, cap: 10 }, maxAttempts: 100 };
  await before.service(jobsService).enqueueMany('effect', payloads, systemContext('test'), options);
  await before.stop();

  const args = redisUrl === undefined ? [file] : [file, redisUrl];
  for (let round = 0; round < rounds; round += 1) await workAndKill(20 + round * 15, args);

  const backend = redisUrl === undefined ? {} : { backend: 'bullmq', redisUrl };
  const after = await open(file, { pollInterval: 20, lease: 300, ...backend }, true);
  const [jobs, database] = [after.service(jobsService), after.service(databaseService)];
  const effects = async () =>
    (await database.reader.find({ table: effectTable, columns: ['id'] })).map((row) => row['id']);
  expect((await effects()).length, 'the kills came in the middle of the work').toBeGreaterThan(0);
  jobs.handle('effect', (run) =>
    run.completeWith((ctx) =>
      database.transaction(ctx, (session) =>
        session.insert(effectTable, [{ id: String(run.payload) }]),
      ),
    ),
  );
  const completed = async () => (await jobs.list({ state: 'completed', limit: 500 })).length;
  await expect.poll(completed, { timeout: 30_000 }).toBe(JOBS);
  expect((await effects()).sort()).toEqual([...payloads].sort());
  expect(await jobs.list({ state: 'dead' })).toEqual([]);
}

it(
  'runs every job, and keeps one effect of each, over 20 kills of its worker',
  () => killAndCount('database', 20),
  240_000,
);

it.skipIf(!hasRedisServer())(
  'does so over BullMQ (skipped without redis-server)',
  async () => {
    const redis = await startPrivateRedis();
    onTestFinished(() => redis.remove());
    await killAndCount('bullmq', 6, redis.url);
  },
  240_000,
);
