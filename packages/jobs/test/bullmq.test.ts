import { jobsService, silentLogger, systemContext } from '@objectos/spec/contracts';
import {
  createTestKernel,
  hasRedisServer,
  startPrivateRedis,
  type PrivateRedis,
} from '@objectos/testing';
import { objectqlPlugin, type Database } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import {
  createJobsService,
  jobsConfigSchema,
  jobsPlugin,
  type OwnedJobsService,
} from '../src/index.js';
import { openSqlite } from './databases.js';

const ctx = systemContext('test', { tenantId: 'acme' });
const JOBS = Array.from({ length: 40 }, (_, index) => index);
const soon = { timeout: 20_000 };

describe.skipIf(!hasRedisServer())('jobs over BullMQ (skipped without redis-server)', () => {
  let redis: PrivateRedis;
  let database: Database;
  let prefix: string;
  let opened: OwnedJobsService[] = [];

  beforeAll(async () => {
    redis = await startPrivateRedis();
  });
  afterAll(() => redis.remove());
  beforeEach(async () => {
    database = await openSqlite();
    prefix = `test:${randomUUID()}`;
  });
  afterEach(async () => {
    await Promise.all(opened.map((jobs) => jobs.stop()));
    opened = [];
  });

  async function start(given: z.input<typeof jobsConfigSchema> = {}): Promise<OwnedJobsService> {
    const jobs = await begin(given);
    await expect.poll(() => jobs.available, soon).toBe(true);
    return jobs;
  }
  async function begin(given: z.input<typeof jobsConfigSchema> = {}): Promise<OwnedJobsService> {
    const jobs = createJobsService({
      database,
      logger: silentLogger,
      config: jobsConfigSchema.parse({
        backend: 'bullmq',
        redisUrl: redis.url,
        redisPrefix: prefix,
        pollInterval: 20,
        ...given,
      }),
    });
    await jobs.prepare();
    jobs.start();
    opened.push(jobs);
    return jobs;
  }
  const completed = (jobs: OwnedJobsService) => async () =>
    (await jobs.list({ state: 'completed', limit: 500 })).length;
  const waitingOnRedis = async () => Number(await redis.command('llen', `${prefix}:default:wait`));

  /** One job runs and holds the only place, the others wait on Redis. */
  async function fill(jobs: OwnedJobsService) {
    const ran: unknown[] = [];
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    jobs.handle('work', async ({ payload }) => {
      ran.push((payload as { index: number }).index);
      await gate;
    });
    const payloads = JOBS.map((index) => ({ index, secret: 'sesame' }));
    const ids = await jobs.enqueueMany('work', payloads, ctx);
    await expect.poll(waitingOnRedis, soon).toBe(JOBS.length - 1);
    return { ran, open, ids };
  }

  it('puts nothing of a job on Redis but its name and its id, and leaves none behind', async () => {
    const jobs = await start({ queues: { default: { concurrency: 1 } } });
    const { open, ids } = await fill(jobs);
    const keys = (await redis.command('keys', `${prefix}:default:job_*`)).split('\n');
    expect(keys).toHaveLength(JOBS.length + 1); // one has a lock
    const entry = keys.find((key) => key.includes(ids[5]!))!;
    expect(await redis.command('hget', entry, 'data')).toBe(JSON.stringify({ id: ids[5] }));
    expect(await redis.command('hgetall', entry)).not.toContain('sesame');
    open();
    await expect.poll(completed(jobs), soon).toBe(JOBS.length);
    await expect.poll(() => redis.command('keys', `${prefix}:default:job_*`), soon).toBe('');
  });

  it('loses no job, and runs none twice, when Redis loses everything', async () => {
    const jobs = await start({ queues: { default: { concurrency: 1 } } });
    const { ran, open } = await fill(jobs);
    await redis.command('flushall');
    expect(await waitingOnRedis()).toBe(0);
    open();
    await expect.poll(completed(jobs), soon).toBe(JOBS.length);
    expect(ran.toSorted()).toEqual(JOBS.toSorted());
  });

  it('keeps jobs while Redis is away, and runs them when it is back and empty', async () => {
    const jobs = await start({ queues: { default: { concurrency: 1 } } });
    const { ran, open } = await fill(jobs);
    await redis.stop();
    await expect.poll(() => jobs.available, soon).toBe(false);
    const late = await jobs.enqueue('work', { index: 100, secret: '' }, ctx);
    open();
    await expect.poll(completed(jobs), soon).toBe(1);
    expect((await jobs.get(late.id))?.state).toBe('available');
    await redis.start();
    await expect.poll(completed(jobs), soon).toBe(JOBS.length + 1);
    expect(ran.toSorted()).toEqual([...JOBS, 100].toSorted());
  });

  it('stops in time while Redis is away, and gives back what runs', async () => {
    const jobs = await start({ queues: { default: { concurrency: 1 } }, stopGrace: 30 });
    const { ids } = await fill(jobs);
    await redis.stop();
    await expect.poll(() => jobs.available, soon).toBe(false);
    await jobs.stop();
    opened = [];
    const states = await Promise.all(ids.map(async (id) => (await jobs.get(id))?.state));
    expect(new Set(states)).toEqual(new Set(['available']));
    await redis.start();
  });

  it('hands over what is more than Redis holds as it is worked off', async () => {
    const jobs = await start({ pollInterval: 600_000, queues: { default: { concurrency: 100 } } });
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (open = resolve));
    let runs = 0;
    jobs.handle('many', async () => {
      await gate;
      runs += 1;
    });
    const payloads = Array.from({ length: 2_500 }, (_, index) => index);
    await jobs.enqueueMany('many', payloads, ctx);
    // The last look of the enqueueing is over after 300 ms; none comes from a timer.
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect(await waitingOnRedis()).toBeLessThanOrEqual(1_000);
    open();
    await expect.poll(() => runs, { timeout: 40_000 }).toBe(2_500);
  });

  it('starts and stops while Redis is away', async () => {
    await redis.stop();
    const [short, jobs] = [await begin(), await begin()];
    jobs.handle('work', () => null);
    const { id } = await jobs.enqueue('work', {}, ctx);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await jobs.get(id))?.state).toBe('available');
    await short.stop();
    await redis.start();
    await expect.poll(completed(jobs), soon).toBe(1);
  });

  it('runs a job once, however often it is brought', async () => {
    const jobs = await start({ queues: { default: { concurrency: 10 } } });
    let runs = 0;
    jobs.handle('once', async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
    const { id } = await jobs.enqueue('once', {}, ctx, { delay: 100 });
    const connection = new Redis(redis.url);
    const queue = new Queue('default', { connection, prefix });
    const bring = (count: number) =>
      queue.addBulk(Array.from({ length: count }, () => ({ name: 'once', data: { id } })));
    await bring(5);
    await expect.poll(() => runs, soon).toBe(1);
    await bring(5);
    await expect.poll(completed(jobs), soon).toBe(1);
    await bring(5);
    await expect.poll(() => queue.getWaitingCount(), soon).toBe(0);
    await expect.poll(() => queue.getActiveCount(), soon).toBe(0);
    expect(runs).toBe(1);
    await queue.close();
    connection.disconnect();
  });

  it('gives a job to a process that has its handler, in every queue', async () => {
    const [a, b] = [await start(), await start()];
    const ran: string[] = [];
    a.handle('a', () => void ran.push('a'));
    b.handle('b', () => void ran.push('b'));
    for (const job of ['a', 'b']) {
      await a.enqueueMany(job, JOBS, ctx);
      await a.enqueueMany(job, JOBS, ctx, { queue: 'with:colon' });
    }
    await expect.poll(completed(a), soon).toBe(4 * JOBS.length);
    expect(ran.filter((job) => job === 'a')).toHaveLength(2 * JOBS.length);
  });

  it('says in its health that jobs wait, as a plugin', async () => {
    const kernel = await createTestKernel({
      plugins: [objectqlPlugin({ driver: new SqlDriver({ url: 'sqlite::memory:' }) }), jobsPlugin],
      config: {
        '@objectos/jobs': { backend: 'bullmq', redisUrl: redis.url, redisPrefix: prefix },
      },
    });
    const status = async () => (await kernel.health()).status;
    await expect.poll(status, soon).toBe('up');
    const jobs = kernel.service(jobsService);
    const ran = new Promise((resolve) => jobs.handle('x', ({ payload }) => resolve(payload)));
    await jobs.enqueue('x', 'payload', ctx);
    expect(await ran).toBe('payload');
    await redis.stop();
    await expect.poll(status, soon).toBe('degraded');
    await redis.start();
    await expect.poll(status, soon).toBe('up');
  });
});

it('refuses to start without Redis, without a database, and with a backend that it does not know', async () => {
  const start = (config: Record<string, unknown>) =>
    createTestKernel({ plugins: [jobsPlugin], config });
  const refused = (config: object) =>
    start({ '@objectos/jobs': config }).then(
      () => 'accepted',
      (error: unknown) => error,
    );
  const invalid = { code: 'plugin_config_invalid' };
  expect(await refused({ backend: 'bullmq' })).toMatchObject({ cause: invalid });
  expect(await refused({ backend: 'kafka' })).toMatchObject({ cause: invalid });
  expect(await refused({ backend: 'bullmq', redisUrl: 'http://x' })).toMatchObject({
    cause: invalid,
  });
  expect(await refused({ backend: 'bullmq', redisUrl: 'redis://127.0.0.1:1' })).toMatchObject({
    cause: { cause: { code: 'job_backend_without_database' } },
  });
});
