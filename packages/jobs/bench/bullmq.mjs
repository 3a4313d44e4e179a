// Jobs per second over BullMQ, beside BullMQ alone on the same Redis, in turns. Build first. Run:
// `node packages/jobs/bench/bullmq.mjs [database url]`, with `REDIS_URL` or a local Redis.
import { createKernel, jobsService, systemContext } from '@objectos/kernel';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jobsPlugin } from '../dist/index.js';

const JOBS = 10_000;
const CONCURRENCY = 500;
const ROUNDS = 3;
const redisUrl = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379';
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-jobs-bench-'));
const payloads = Array.from({ length: JOBS }, (_, index) => ({ index }));
const perSecond = (since) => Math.round((JOBS / (performance.now() - since)) * 1_000);

/** What a round took: since the first look, since the first job was enqueued, and of this process. */
function watch() {
  const begun = performance.now();
  const cpu = process.cpuUsage();
  let looked = begun;
  return {
    look: () => (looked = performance.now()),
    result() {
      const { user, system } = process.cpuUsage(cpu);
      const runs = perSecond(looked);
      return { runs, whole: perSecond(begun), cpu: (user + system) / JOBS };
    },
  };
}

/** What was left below a prefix is removed. */
async function clean(prefix) {
  const redis = new Redis(redisUrl);
  const keys = await redis.keys(`${prefix}:*`);
  if (keys.length > 0) await redis.del(keys);
  redis.disconnect();
}

// "runs" is from the first look to the end of the last run; enqueueing is not in it. For ours that
// includes handing over to Redis, for BullMQ alone the jobs lie there already. "whole" has both.

async function alone() {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const prefix = `bench:${randomUUID()}`;
  const queue = new Queue('bulk', { connection, prefix });
  const opts = { removeOnComplete: true, removeOnFail: true };
  const watched = watch();
  await queue.addBulk(payloads.map((data) => ({ name: 'noop', data, opts })));
  watched.look();
  let worker;
  await new Promise((resolve) => {
    let done = 0;
    worker = new Worker('bulk', async () => null, { connection, prefix, concurrency: CONCURRENCY });
    worker.on('completed', () => (done += 1) === JOBS && resolve());
  });
  const result = watched.result();
  await worker.close();
  await queue.close();
  connection.disconnect();
  await clean(prefix);
  return result;
}

async function ours(backend) {
  const url = process.argv[2] ?? `sqlite:${path.join(folder, `${randomUUID()}.sqlite`)}`;
  const prefix = `bench:${randomUUID()}`;
  const redis = { redisUrl, redisPrefix: prefix };
  const queues = { bulk: { concurrency: CONCURRENCY } };
  const kernel = createKernel({
    plugins: [objectqlPlugin({ driver: new SqlDriver({ url }) }), jobsPlugin],
    config: { '@objectos/jobs': { backend, queues, ...redis } },
  });
  await kernel.boot();
  const jobs = kernel.service(jobsService);
  const watched = watch();
  await jobs.enqueueMany('noop', payloads, systemContext('bench'), { queue: 'bulk' });
  watched.look();
  await new Promise((resolve) => {
    let done = 0;
    jobs.handle('noop', () => void ((done += 1) === JOBS && resolve()));
    void jobs.resume('bulk');
  });
  const result = watched.result();
  await kernel.stop();
  await clean(prefix);
  return result;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
const rounds = { alone: [], bullmq: [], database: [] };
for (let round = 0; round < ROUNDS; round += 1) {
  rounds.alone.push(await alone());
  rounds.bullmq.push(await ours('bullmq'));
  rounds.database.push(await ours('database'));
}
const of = (name, what) => median(rounds[name].map((round) => round[what]));
for (const [name, all] of Object.entries(rounds)) {
  const each = all.map(({ runs }) => runs).join(', ');
  console.log(
    `${name.padEnd(10)} ${of(name, 'runs')}/s (${each}), ${of(name, 'whole')}/s with enqueueing, ` +
      `${Math.round(of(name, 'cpu'))} µs of this process for each job`,
  );
}
const ratio = (what) => (of('alone', what) / of('bullmq', what)).toFixed(2);
console.log(`BullMQ alone / over BullMQ: ${ratio('runs')}, with enqueueing ${ratio('whole')}`);
rmSync(folder, { recursive: true, force: true });
