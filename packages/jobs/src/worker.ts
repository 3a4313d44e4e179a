import type { ExecutionContext, JobDefinition, JobHandler } from '@objectos/spec/contracts';
import type { Disposer } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomUUID } from 'node:crypto';
import type { Brought, Carrier, Receipt } from './carrier.js';
import { createClaimBatch, type StartedRun } from './claim-batch.js';
import { limitsOf, type JobsConfig } from './config.js';
import { endRuns, type EndedRun } from './finish.js';
import type { JobRow } from './job-row.js';
import { claimJobs } from './claim.js';
import { all, dueQueues, is, isIn, readJobs, setJobs } from './queue-store.js';
import { Cancellation, RELEASE, startRun, type ActiveRun, type RunParts } from './run.js';

/** What a worker is made of. */
export interface WorkerParts extends RunParts {
  readonly config: JobsConfig;
  readonly ctx: ExecutionContext;
  /** Brings waiting jobs; without one the worker takes them from the database itself. */
  readonly carrier?: Carrier | undefined;
}

interface Registered {
  readonly definition: JobDefinition;
  readonly handler: JobHandler;
}

/** Runs the jobs of one process. */
export interface Worker {
  register(definition: JobDefinition, handler: JobHandler): Disposer;
  /** Looks for jobs of a queue: one was enqueued and is committed. */
  wake(queue: string): void;
  start(): void;
  /** Takes no more jobs, and resolves when those that run have ended. */
  quiesce(): Promise<void>;
  /** The same, but gives back what does not end within `grace` milliseconds. */
  stop(grace: number): Promise<void>;
  /** Tells the runs of cancelled jobs. */
  cancel(id: string, reason: string): void;
  readonly active: number;
  /** True when this worker runs the job, with the token it has now. */
  holds(job: JobRow): boolean;
}

const MOST_AT_ONCE = 500;

/** Makes the worker of a process. */
export function createWorker(parts: WorkerParts): Worker {
  const { config, database, ctx, logger, now, carrier } = parts;
  const registered = new Map<string, Registered>();
  const runs = new Map<string, ActiveRun & { beat: number }>();
  const activeByQueue = new Map<string, number>();
  const looking = new Map<string, { again: boolean; done?: Promise<void> }>();
  const ended: EndedRun[] = [];
  const claims = createClaimBatch(takeThese);
  const timers = new Set<NodeJS.Timeout>();
  let flushing: Promise<void> | undefined;
  let running = false;
  let taking = false;

  function later(milliseconds: number, work: () => void): void {
    const timer = setTimeout(() => {
      timers.delete(timer);
      work();
    }, milliseconds);
    timers.add(timer);
  }

  /** Looks at a queue until there is nothing to take; one look at a time. */
  function look(queue: string): void {
    if (!taking) return;
    const under = looking.get(queue);
    if (under !== undefined) {
      under.again = true;
      return;
    }
    const mine: { again: boolean; done?: Promise<void> } = { again: false };
    looking.set(queue, mine);
    mine.done = (carrier === undefined ? takeAll(queue) : handOver(queue, carrier))
      .catch((error: unknown) => logger.warn({ queue, error }, 'jobs could not be taken'))
      .finally(() => {
        looking.delete(queue);
        if (mine.again) look(queue);
      });
  }

  function handOver(queue: string, to: Carrier): Promise<void> {
    return to.handOver({ queue, names: [...registered.keys()], limits: limitsOf(config, queue) });
  }

  /** Runs a job that the carrier brings, if it may run. */
  async function receive({ id, name, queue }: Brought): Promise<Receipt> {
    if (!isTaking() || !registered.has(name)) return 'elsewhere';
    try {
      const run = await claims.claim(queue, id);
      await run?.ended;
      return run === undefined ? 'refused' : 'done';
    } catch (error) {
      logger.warn({ queue, jobId: id, error }, 'a job could not be taken');
      return 'elsewhere';
    }
  }

  async function takeThese(
    queue: string,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StartedRun>> {
    const limits = limitsOf(config, queue);
    const names = [...registered.keys()];
    const token = randomUUID();
    const request = { queue, names, ids, limit: ids.length, token, limits, now: now() };
    const jobs = await database.transaction(ctx, (session) => claimJobs(session, request));
    return new Map(jobs.map((job) => [job.id, { ended: begin(job) }]));
  }

  async function takeAll(queue: string): Promise<void> {
    const limits = limitsOf(config, queue);
    for (;;) {
      const names = [...registered.keys()];
      const free = limits.concurrency - (activeByQueue.get(queue) ?? 0);
      if (!isTaking() || free <= 0 || names.length === 0) return;
      const limit = Math.min(free, MOST_AT_ONCE);
      const request = { queue, names, limit, token: randomUUID(), limits, now: now() };
      const jobs = await database.transaction(ctx, (session) => claimJobs(session, request));
      for (const job of jobs) void begin(job);
      if (jobs.length < limit) return;
    }
  }

  function begin(job: JobRow): Promise<void> {
    const one = registered.get(job.name);
    activeByQueue.set(job.queue, (activeByQueue.get(job.queue) ?? 0) + 1);
    // The handler left between the claim and now: the job goes back as it was.
    const run: ActiveRun =
      one === undefined || !isTaking()
        ? { job, abort: new AbortController(), end: Promise.resolve({ kind: 'released' }) }
        : startRun(job, one, parts);
    runs.set(job.id, { ...run, beat: 0 });
    return run.end.then((end) => {
      runs.delete(job.id);
      activeByQueue.set(job.queue, (activeByQueue.get(job.queue) ?? 1) - 1);
      if (end !== undefined) ended.push({ job, end });
      flush();
      // A carrier sees to what is free here; room in the group it sees once the end is written.
      if (carrier === undefined || (end === undefined && freesOthers(job))) look(job.queue);
    });
  }

  /** Writes what ended, many runs in one transaction. */
  function flush(): void {
    flushing ??= Promise.resolve()
      .then(flushNow)
      .finally(() => {
        flushing = undefined;
        if (ended.length > 0) flush();
      });
  }

  async function flushNow(): Promise<void> {
    const batch = ended.splice(0, 1_000);
    if (batch.length === 0) return;
    try {
      const refused = await database.transaction(ctx, (session) => endRuns(session, batch, now()));
      for (const id of refused)
        logger.warn({ jobId: id }, 'a run ended after its job was taken away');
      for (const queue of queuesToSee(batch)) look(queue);
    } catch (error) {
      // Not written, so not lost: the lease runs out and the jobs are run again.
      logger.error({ error, jobs: batch.length }, 'ends of jobs could not be written');
    }
  }

  /** Shows that the runs are alive, and learns which jobs were cancelled or taken away. */
  async function beat(): Promise<void> {
    if (runs.size === 0) return;
    const ids = [...runs.keys()];
    const found = await readJobs(database.reader, isIn('id', ids));
    const byId = new Map(found.map((job) => [job.id, job]));
    const alive: string[] = [];
    for (const [id, run] of runs) {
      const stored = byId.get(id);
      if (stored?.token === run.job.token) alive.push(id);
      else if (stored?.state === 'cancelled') run.abort.abort(new Cancellation('cancelled'));
      else run.abort.abort(createError('job_lease_lost', { id }));
    }
    const next = Math.floor(performance.now());
    await database.transaction(ctx, (session) =>
      setJobs(session, all(isIn('id', alive), is('state', 'active')), { beat: next }),
    );
  }

  const isRunning = (): boolean => running;
  const isTaking = (): boolean => taking;

  async function quiesce(): Promise<void> {
    taking = false;
    await carrier?.quiesce();
    // A look under way may still take jobs; they are given back at once.
    await Promise.all([...looking.values()].map(({ done }) => done ?? Promise.resolve()));
    await claims.idle();
    await Promise.allSettled([...runs.values()].map((run) => run.end));
  }

  function every(milliseconds: number, work: () => Promise<void> | void): void {
    const again = async (): Promise<void> => {
      try {
        await work();
      } catch (error) {
        logger.warn({ error }, 'a turn of the job worker failed');
      }
      if (isRunning()) later(milliseconds, () => void again());
    };
    later(milliseconds, () => void again());
  }

  return {
    get active() {
      return runs.size;
    },
    holds: ({ id, token }) => runs.get(id)?.job.token === token,
    register(definition, handler) {
      const { name } = definition;
      if (registered.has(name)) throw createError('job_handler_duplicate', { job: name });
      registered.set(name, { definition, handler });
      look(definition.defaults?.queue ?? 'default');
      return () => void registered.delete(name);
    },
    wake(queue) {
      look(queue);
    },
    start() {
      running = true;
      taking = true;
      carrier?.start({ receive, look });
      const lookAround = async () => {
        for (const queue of await dueQueues(database.reader, now())) look(queue);
      };
      later(0, () => void lookAround().catch(() => undefined));
      every(config.pollInterval, lookAround);
      every(config.lease / 3, beat);
    },
    quiesce,
    async stop(grace) {
      const all = quiesce();
      let timer: NodeJS.Timeout | undefined;
      const patience = new Promise((resolve) => (timer = setTimeout(resolve, grace)));
      await Promise.race([all, patience]);
      clearTimeout(timer);
      running = false;
      for (const pending of timers) clearTimeout(pending);
      timers.clear();
      for (const run of runs.values()) run.abort.abort(RELEASE);
      await all;
      while (ended.length > 0 || flushing !== undefined) await (flushing ?? flushNow());
      await carrier?.stop();
    },
    cancel(id, reason) {
      runs.get(id)?.abort.abort(new Cancellation(reason));
    },
  };
}

/** Queues in which the end of these runs may let others start: of a group, a parent, or itself. */
function queuesToSee(batch: readonly EndedRun[]): Set<string> {
  const others = batch.filter(({ job, end }) => end.kind !== 'done' || freesOthers(job));
  return new Set(others.map(({ job }) => job.queue));
}

function freesOthers(job: JobRow): boolean {
  return job.group_key !== null || job.parent_id !== null;
}
