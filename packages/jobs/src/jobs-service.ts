import {
  systemContext,
  type Disposer,
  type ExecutionContext,
  type JobDefinition,
  type JobHandler,
  type JobsService,
  type Logger,
  type PluginContext,
  type QuotaService,
  type Tracer,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import { createBullmqCarrier } from './bullmq/carrier.js';
import type { JobsConfig } from './config.js';
import { enqueueOne, flowRows, insertJobs } from './enqueue.js';
import { toJob, type JobRow } from './job-row.js';
import { cancelJob, listJobs, queueStatistics, readLog, retryJob, setPaused } from './manage.js';
import { newJobRow } from './new-job.js';
import { readJob } from './queue-store.js';
import { removeEnded } from './retention.js';
import { createSandbox } from './sandbox/sandbox.js';
import { createScheduler } from './schedule/scheduler.js';
import { createStalledWatch } from './stalled.js';
import { findAgain, nameOf, starterOf, type People } from './starter.js';
import { jobTables } from './tables.js';
import { addTask, readTask, withTask } from './tasks.js';
import { createThreadPool } from './thread/pool.js';
import { createWorker } from './worker.js';

/** What {@link createJobsService} is made of. */
export interface JobsServiceOptions {
  readonly database: Database;
  readonly config: JobsConfig;
  readonly logger: Logger;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined;
  readonly runInContext?: PluginContext['runInContext'] | undefined;
  readonly tracer?: (() => Tracer | undefined) | undefined;
  /** Finds who started work that runs on their behalf. */
  readonly people?: People | undefined;
  /** Counts the jobs of organizations, where something does. */
  readonly quotas?: (() => QuotaService | undefined) | undefined;
}

/** The service with its life. */
export interface OwnedJobsService extends JobsService {
  prepare(): Promise<void>;
  start(): void;
  /** Takes no more jobs; resolves when those that run have ended, or `stopGrace` is over. */
  quiesce(): Promise<void>;
  /** Ends it: what still runs gets the rest of `stopGrace`, and is then given back. */
  stop(): Promise<void>;
  /** Looks once for due schedules, stalled runs and jobs to remove; done by timers while it runs. */
  maintain(): Promise<void>;
  /** False while what brings jobs to the workers of this process does not answer: they wait. */
  readonly available: boolean;
}

/** Batches of ended jobs that are removed before schedules and stalled runs are looked at again. */
const BATCHES_OF_TURN = 10;
/** Milliseconds that running jobs get at most once the plugin itself is told to stop. */
const MOST_TO_STOP = 8_000;

/** Makes the jobs of a process over a database. */
export function createJobsService(options: JobsServiceOptions): OwnedJobsService {
  const { database, config, logger } = options;
  const now = options.now ?? Date.now;
  const ctx = systemContext('jobs');
  const known = new Map<string, JobDefinition>();
  const { redisUrl } = config;
  const carrier =
    config.backend === 'bullmq' && redisUrl !== undefined && config.run
      ? createBullmqCarrier({ database, config, redisUrl, logger, now })
      : undefined;
  const people = options.people ?? { directory: () => undefined, policy: () => undefined };
  const worker = createWorker({ ...options, ctx, now, carrier, people });
  const threads = createThreadPool(config.threads);
  const sandbox = createSandbox(config.threads);
  const elapsed = () => performance.now();
  const findStalled = createStalledWatch({
    database,
    ctx,
    logger,
    now,
    lease: config.lease,
    elapsed,
    isOwn: (job) => worker.holds(job),
  });
  const scheduler = createScheduler({ database, ctx, logger, now, enqueue: enqueueTick });
  let timer: NodeJS.Timeout | undefined;
  let turn: Promise<void> | undefined;
  let removedAt = 0;
  let quietSince: number | undefined;

  /** Jobs of the system, outside of any organization, are not counted. */
  const charge = (given: ExecutionContext, by: number) =>
    options.quotas?.()?.charge('jobsPerDay', by, given);

  async function insertCharged(given: ExecutionContext, rows: readonly JobRow[]): Promise<void> {
    await database.transaction(given, async (session, inner) => {
      await insertJobs(session, rows);
      await charge(inner, rows.length);
    });
  }

  function wakeAfterCommit(given: ExecutionContext, queue: string): void {
    database.afterCommit(given, () => worker.wake(queue));
  }

  /** A name alone stands for the definition that has a handler here, else for any payload. */
  function define(job: string | JobDefinition): JobDefinition {
    if (typeof job !== 'string') return job;
    return known.get(job) ?? { name: job, schema: z.unknown() };
  }

  /** A job that is nobody's own work. */
  function impersonal(job: string | JobDefinition): JobDefinition {
    const definition = define(job);
    if (definition.defaults?.onBehalf !== true) return definition;
    const reason = 'work on behalf of somebody is enqueued one by one, by them';
    throw createError('job_option_invalid', { job: definition.name, option: 'onBehalf', reason });
  }

  /** Whose work a job is; whoever cannot be found again can't have it done later. */
  async function starterFor({ name, defaults }: JobDefinition, given: ExecutionContext) {
    if (defaults?.onBehalf !== true) return undefined;
    const starter = starterOf(given);
    await findAgain(name, starter, people);
    return { starter: nameOf(given.principal), on_behalf: starter };
  }

  async function enqueueTick(
    schedule: Parameters<JobsService['schedule']>[0],
    nominal: number,
    inner: typeof ctx,
  ): Promise<string> {
    const definition = impersonal(schedule.job);
    const payload = schedule.payload ?? {};
    const given = { ...schedule.options, runAt: new Date(nominal) };
    const row = newJobRow({ definition, payload, options: given }, inner, now());
    await insertJobs(database.sessionOf(inner), [row]);
    wakeAfterCommit(inner, row.queue);
    return row.id;
  }

  function register(definition: JobDefinition, handler: JobHandler): Disposer {
    const dispose = worker.register(definition, handler);
    known.set(definition.name, definition);
    return () => {
      known.delete(definition.name);
      return dispose();
    };
  }

  async function maintain(): Promise<void> {
    await scheduler.tick();
    const taken = await findStalled();
    if (taken > 0) worker.wake('default');
    if (now() - removedAt < 60_000) return;
    const { retention } = config;
    const removal = { database, ctx, retention, now: now(), batches: BATCHES_OF_TURN };
    // What is left is removed by the next turns, between which schedules are looked after.
    if ((await removeEnded(removal)).isAll) removedAt = now();
  }

  function maintainAgain(): void {
    timer = setTimeout(
      () => {
        turn = maintain()
          .catch((error: unknown) => logger.warn({ error }, 'looking after jobs failed'))
          .finally(() => {
            if (timer !== undefined) maintainAgain();
          });
      },
      Math.min(config.pollInterval, config.lease / 3),
    );
  }

  return {
    prepare: () => database.ensureTables(jobTables),
    start() {
      if (!config.run) return;
      worker.start();
      maintainAgain();
    },
    async quiesce() {
      quietSince ??= performance.now();
      const patience = new AbortController();
      const late = wait(config.stopGrace, undefined, { signal: patience.signal });
      await Promise.race([worker.quiesce(), late.catch(() => undefined)]);
      patience.abort();
    },
    async stop() {
      clearTimeout(timer);
      timer = undefined;
      await turn;
      // The kernel gives a plugin 10 s to stop; a longer grace begins when the kernel says that it stops.
      const since = quietSince === undefined ? 0 : performance.now() - quietSince;
      await worker.stop(Math.max(0, Math.min(config.stopGrace - since, MOST_TO_STOP)));
      await Promise.all([threads.close(), sandbox.close()]);
    },
    maintain,
    get available() {
      return carrier?.available ?? true;
    },

    async enqueue(job, payload, given, settings = {}) {
      const definition = define(job as JobDefinition);
      const row = newJobRow({ definition, payload, options: settings }, given, now());
      const unique = settings.unique ?? definition.defaults?.unique;
      const starter = await starterFor(definition, given);
      const { id, created, queue } = await database.transaction(given, async (session, inner) => {
        const enqueued = await enqueueOne(session, row, { unique, now: now() });
        if (!enqueued.created) return enqueued;
        if (starter !== undefined) await addTask(session, { id: row.id, ...starter });
        await charge(inner, 1);
        return enqueued;
      });
      wakeAfterCommit(given, queue);
      return { id, created };
    },
    async enqueueMany(job, payloads, given, settings = {}) {
      const definition = impersonal(job as JobDefinition);
      const rows = payloads.map((payload) =>
        newJobRow({ definition, payload, options: settings }, given, now()),
      );
      await insertCharged(given, rows);
      for (const queue of new Set(rows.map((row) => row.queue))) wakeAfterCommit(given, queue);
      return rows.map((row) => row.id);
    },
    async enqueueFlow(flow, given) {
      const rows = flowRows(flow, { ctx: given, now: now(), define: impersonal });
      await insertCharged(given, rows);
      for (const queue of new Set(rows.map((row) => row.queue))) wakeAfterCommit(given, queue);
      return rows.at(-1)?.id ?? '';
    },
    handle: (job, handler) => register(define(job as JobDefinition), handler as JobHandler),
    handleInThread: (job, module) =>
      register(define(job), ({ payload, attempt, id, signal }) =>
        threads.run(module, { payload, attempt, id }, signal),
      ),
    handleInSandbox(job, script) {
      const definition = define(job);
      return register(definition, ({ payload, attempt, id, signal }) =>
        sandbox.run(definition.name, script, { input: { payload, attempt, id }, signal }),
      );
    },
    schedule: (schedule) => scheduler.add(schedule),
    async get(id) {
      const row = await readJob(database.reader, id);
      if (row === undefined) return undefined;
      return withTask(toJob(row, now()), await readTask(database.reader, id));
    },
    list: (filter) => listJobs(database.reader, filter, now()),
    logs: async (id) => readLog(database.reader, id),
    statistics: () => queueStatistics(database.reader, now()),
    async retry(id, { payload } = {}) {
      const row = await database.transaction(ctx, (session) =>
        retryJob(session, id, { now: now(), payload, define }),
      );
      worker.wake(row.queue);
      return withTask(toJob(row, now()), await readTask(database.reader, id));
    },
    async cancel(id, reason = 'cancelled by request') {
      const row = await database.transaction(ctx, (session) =>
        cancelJob(session, id, { now: now(), reason }),
      );
      worker.cancel(id, reason);
      return withTask(toJob(row, now()), await readTask(database.reader, id));
    },
    pause: (queue) => database.transaction(ctx, (session) => setPaused(session, queue, true)),
    async resume(queue) {
      await database.transaction(ctx, (session) => setPaused(session, queue, false));
      worker.wake(queue);
    },
  };
}
