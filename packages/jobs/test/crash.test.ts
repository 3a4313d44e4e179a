import { createTestKernel, hasRedisServer, startPrivateRedis } from '@objectos/testing';
import { jobsService, systemContext } from '@objectos/spec/contracts';
import { databaseService, objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { build } from 'esbuild';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { jobsPlugin } from '../src/index.js';
import { effectTable } from './crash-table.js';

const JOBS = 400;
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-jobs-crash-'));
const program = path.join(folder, 'worker.mjs');

beforeAll(async () => {
  const driverSql = createRequire(import.meta.resolve('@objectql/driver-sql'));
  const native = driverSql.resolve('@photostructure/sqlite');
  await build({
    entryPoints: [fileURLToPath(new URL('crash-worker.ts', import.meta.url))],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    conditions: ['@objectos/source'],
    external: ['pg', 'pg-native'],
    banner: {
      js: "import { createRequire as r } from 'node:module'; const require = r(import.meta.url);",
    },
    plugins: [
      {
        name: 'these-stay-where-they-are',
        setup: (bundle) => {
          const own = createRequire(import.meta.url);
          bundle.onResolve({ filter: /^(bullmq|ioredis)$/ }, ({ path: name }) => ({
            path: own.resolve(name),
            external: true,
          }));
          bundle.onResolve({ filter: /^@photostructure\/sqlite$/ }, () => ({
            path: native,
            external: true,
          }));
        },
      },
    ],
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
  // The clients of Redis take a moment to load.
  const first = redisUrl === undefined ? 100 : 400;
  for (let round = 0; round < rounds; round += 1) await workAndKill(first + round * 15, args);

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
