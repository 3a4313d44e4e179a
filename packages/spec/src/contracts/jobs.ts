import type { z } from 'zod';
import type { ExecutionContext } from './context.js';
import type { Disposer, MaybePromise } from './disposable.js';
import type { Logger } from './logger.js';
import { serviceRef } from './refs.js';

/**
 * Payloads of durable jobs by name. Packages add theirs by declaration merging beside a
 * {@link defineJob} value.
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merged into by plugins
export interface JobMap {}

/** Name of a declared job. */
export type JobName = keyof JobMap;

/** A job as a value: its name, the schema of its payload, and how it is run unless one says else. */
export interface JobDefinition<P = unknown> {
  readonly name: string;
  readonly schema: z.ZodType<P>;
  readonly defaults?: JobDefaults | undefined;
}

/** How jobs of one name are run, unless one says else. */
export interface JobDefaults extends JobOptions {
  /**
   * The job is somebody's own work: it runs as who enqueued it, with the grants they have by then, and
   * they see it and may cancel it. It can only be enqueued with {@link JobsService.enqueue}.
   */
  readonly onBehalf?: boolean | undefined;
}

/**
 * Declares a job.
 *
 * @example
 * export const sendInvoice = defineJob('billing.sendInvoice', z.strictObject({ id: z.string() }), { queue: 'mail' });
 */
export function defineJob<P>(
  name: string,
  schema: z.ZodType<P>,
  defaults?: JobDefaults,
): JobDefinition<P> {
  return { name, schema, defaults };
}

/** What keeps a job from being there twice. */
export interface UniqueJob {
  /** Jobs of one name and tenant with the same key are the same. */
  readonly key: string;
  /** Until the first one ended (default), or for this many milliseconds from its creation. */
  readonly period?: number | undefined;
  /**
   * What a second one does: nothing (`ignore`, default); gives the waiting one its payload and time
   * (`replace`); the same, so that it runs when none came for its `delay` (`debounce`).
   */
  readonly onConflict?: 'ignore' | 'replace' | 'debounce' | undefined;
}

/** How a job is run. */
export interface JobOptions {
  /** Default `default`. */
  readonly queue?: string | undefined;
  /** 0 (first) to 9; default 5. A step counts as much as a minute of waiting, so nothing starves. */
  readonly priority?: number | undefined;
  /** Milliseconds before the first run. */
  readonly delay?: number | undefined;
  readonly runAt?: Date | undefined;
  readonly unique?: UniqueJob | undefined;
  /** Runs before it is dead; default 20. */
  readonly maxAttempts?: number | undefined;
  /** Milliseconds; wait before run n is `min(cap, base * 2^(n-1))`, a random half of it or more. */
  readonly backoff?: { readonly base?: number; readonly cap?: number } | undefined;
  /** Milliseconds that one run may take; default 300,000. */
  readonly timeout?: number | undefined;
  /** Jobs of one group share the queue's limits `groupConcurrency` and `groupRate`. */
  readonly group?: string | undefined;
}

/** A job with jobs that must end before it runs. */
export interface JobFlow {
  readonly job: string | JobDefinition;
  readonly payload: unknown;
  readonly options?: JobOptions | undefined;
  readonly children?: readonly JobFlow[] | undefined;
  /**
   * What a dead or cancelled child does to this one: makes it dead too (`fail`, default), counts as
   * ended (`ignore`), or makes it dead and cancels its waiting siblings (`cancelSiblings`).
   */
  readonly onChildFailure?: 'fail' | 'ignore' | 'cancelSiblings' | undefined;
}

/** States of a job. `scheduled` waits for its time, `retry` for its next run, `blocked` for children. */
export const JOB_STATES = [
  'scheduled',
  'available',
  'retry',
  'blocked',
  'active',
  'completed',
  'cancelled',
  'dead',
] as const;

/** One of {@link JOB_STATES}. */
export type JobState = (typeof JOB_STATES)[number];

/** How far long work is, in one form for all of it. */
export interface WorkProgress {
  /** Rows, failures, whatever the work counts. */
  readonly done: number;
  /** `null` while nobody knows. */
  readonly total: number | null;
  /** How many of those that are done failed. */
  readonly errors: number;
  readonly message?: string | undefined;
}

/** {@link WorkProgress} as it is kept. */
export interface KeptProgress extends WorkProgress {
  /** How many a second, in the last run. */
  readonly rate: number;
  /** When it was so; ISO 8601. */
  readonly at: string;
}

/** A job as it is kept. Moments are ISO 8601 text. */
export interface Job {
  readonly id: string;
  readonly name: string;
  readonly queue: string;
  readonly state: JobState;
  readonly payload: unknown;
  readonly priority: number;
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly runAt: string;
  readonly group: string | null;
  readonly tenantId: string | null;
  /** Who enqueued it. */
  readonly actor: string;
  readonly requestId: string;
  readonly parentId: string | null;
  /** 0 to 100. */
  readonly progress: number;
  /** What the run told of its progress in numbers. */
  readonly work: KeptProgress | null;
  /** Whose own work it is: a user's id, or `system:<name>`; `null` for jobs of the application. */
  readonly startedBy: string | null;
  readonly result: unknown;
  readonly error: JobFailure | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** Why the last run of a job failed. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly at: string;
}

/** What a handler may return instead of a result, made with {@link jobOutcome}. */
export type JobOutcome =
  | { readonly kind: 'job.snooze'; readonly milliseconds: number }
  | { readonly kind: 'job.discard'; readonly reason: string }
  | { readonly kind: 'job.fail'; readonly error: Error }
  | { readonly kind: 'job.cancel'; readonly reason: string };

/** Ends of a run that are neither success nor failure; return them from a handler. */
export const jobOutcome = {
  /** Run again later; does not use up an attempt. */
  snooze: (milliseconds: number): JobOutcome => ({ kind: 'job.snooze', milliseconds }),
  /** Dead at once: more attempts would not help. */
  discard: (reason: string): JobOutcome => ({ kind: 'job.discard', reason }),
  /** Dead at once, because of this error. */
  fail: (error: Error): JobOutcome => ({ kind: 'job.fail', error }),
  /** Not needed any more. */
  cancel: (reason: string): JobOutcome => ({ kind: 'job.cancel', reason }),
};

/** What a handler is given. */
export interface JobRun<P = unknown> {
  readonly id: string;
  readonly name: string;
  readonly payload: P;
  /** 1 for the first run. */
  readonly attempt: number;
  /**
   * A system context named `job:<name>`, of the job's tenant, with its request id; of work on behalf
   * of somebody, theirs.
   */
  readonly ctx: ExecutionContext;
  readonly logger: Logger;
  /** Aborted by timeout, cancellation, loss of the lease and the end of the process. */
  readonly signal: AbortSignal;
  /** What an earlier run left with its last progress: go on from there. */
  checkpoint(): Promise<unknown>;
  /**
   * Tells how far the work is: 0 to 100, or in numbers. With the context of a transaction it commits
   * with what else is written there, and the transaction fails when the job is not this run's any
   * more: whatever happens, the checkpoint says exactly what was written.
   *
   * @throws `job_lease_lost`
   */
  progress(
    progress: number | WorkProgress,
    options?: { readonly ctx?: ExecutionContext | undefined; readonly checkpoint?: unknown },
  ): Promise<void>;
  /** Adds a line to the job's log, in the transaction of a context if one is given. */
  log(message: string, ctx?: ExecutionContext): Promise<void>;
  /** Results of the children of a flow, by their id. */
  childResults(): Promise<Readonly<Record<string, unknown>>>;
  /**
   * Completes the job in the transaction of `work`: its effects in the database happen once, however
   * often the job is run. @throws `job_lease_lost` when another worker has it by now
   */
  completeWith<T>(work: (ctx: ExecutionContext) => Promise<T>): Promise<T>;
}

/** Runs jobs of one name. What it returns is the result; what it throws is a failed attempt. */
export type JobHandler<P = unknown> = (run: JobRun<P>) => MaybePromise<unknown>;

/** A script that runs in a sandbox. */
export interface JobScript {
  /** JavaScript that defines a function `run`. */
  readonly code: string;
  /** Bytes; default 16 MiB. */
  readonly memory?: number | undefined;
  /** Milliseconds of one run; default 1,000. */
  readonly milliseconds?: number | undefined;
}

/** A schedule: a job enqueued again and again. */
export interface JobSchedule {
  readonly name: string;
  readonly job: string | JobDefinition;
  readonly payload?: unknown;
  readonly options?: JobOptions | undefined;
  /** Five or six fields, or `@daily` and the like. */
  readonly cron: string;
  /** IANA name; default `UTC`. */
  readonly timeZone?: string | undefined;
  /** What happens to times that were missed: nothing, the last one (default), all (at most 1,000). */
  readonly catchUp?: 'none' | 'last' | 'all' | undefined;
  /** Whether a time passes by while the job of the one before has not ended. Default `skip`. */
  readonly overlap?: 'skip' | 'allow' | undefined;
}

/** Which jobs to list. */
export interface JobFilter {
  readonly state?: JobState | undefined;
  readonly queue?: string | undefined;
  readonly name?: string | undefined;
  readonly tenantId?: string | null | undefined;
  readonly parentId?: string | undefined;
  /** Only work that this person started; {@link Job.startedBy}. */
  readonly startedBy?: string | undefined;
  /** At most 500; default 50. Newest first. */
  readonly limit?: number | undefined;
  /** The `id` of the last job of the page before. */
  readonly before?: string | undefined;
}

/** How many jobs are in which state, by queue. */
export interface QueueStatistics {
  readonly queue: string;
  readonly paused: boolean;
  readonly counts: Readonly<Record<JobState, number>>;
}

/** Durable jobs: at least once, never silently dropped. */
export interface JobsService {
  /**
   * Enqueues a job in the running transaction of `ctx`, or in one of its own. The id is that of the
   * job that is there: with `unique`, perhaps an earlier one.
   *
   * @throws `job_payload_invalid`, `job_option_invalid`, `job_starter_unknown` for work on behalf of
   * somebody who acts in a way that only their request may
   */
  enqueue<P>(
    job: string | JobDefinition<P>,
    payload: P,
    ctx: ExecutionContext,
    options?: JobOptions,
  ): Promise<{ readonly id: string; readonly created: boolean }>;
  /** Many jobs of one name in one transaction. `unique` is not possible here. */
  enqueueMany<P>(
    job: string | JobDefinition<P>,
    payloads: readonly P[],
    ctx: ExecutionContext,
    options?: Omit<JobOptions, 'unique'>,
  ): Promise<readonly string[]>;
  /** Enqueues a tree of jobs in one transaction; returns the id of its root. */
  enqueueFlow(flow: JobFlow, ctx: ExecutionContext): Promise<string>;
  /** Runs jobs of this name here, until disposed. @throws `job_handler_duplicate` */
  handle<P>(job: string | JobDefinition<P>, handler: JobHandler<P>): Disposer;
  /**
   * Runs jobs of this name in a pool of worker threads: work that computes for long does not keep the
   * process from answering. The module exports `run({ payload, attempt, id })`.
   */
  handleInThread(job: string | JobDefinition, module: URL): Disposer;
  /**
   * Runs jobs of this name as a script in a sandbox: QuickJS in a worker thread, with limits of time
   * and memory and without any access to the host. The script defines `run({ payload, attempt, id })`,
   * which may be asynchronous; its result must be JSON. Failures: `job_sandbox_failed`,
   * `job_sandbox_limit`.
   */
  handleInSandbox(job: string | JobDefinition, script: JobScript): Disposer;
  /** Keeps a schedule as long as it is not disposed. @throws `job_schedule_invalid` */
  schedule(schedule: JobSchedule): Promise<Disposer>;
  get(id: string): Promise<Job | undefined>;
  list(filter: JobFilter): Promise<readonly Job[]>;
  logs(id: string): Promise<readonly { readonly at: string; readonly message: string }[]>;
  statistics(): Promise<readonly QueueStatistics[]>;
  /** Runs a dead, cancelled or waiting job now, with another payload if given. @throws `job_not_found`, `job_state_conflict`, `job_payload_invalid` */
  retry(id: string, options?: { readonly payload?: unknown }): Promise<Job>;
  /** Cancels a job; an active one is told by its signal. @throws `job_not_found`, `job_state_conflict` */
  cancel(id: string, reason?: string): Promise<Job>;
  pause(queue: string): Promise<void>;
  resume(queue: string): Promise<void>;
}

/** Durable jobs. Provided by the jobs plugin. */
export const jobsService = serviceRef<JobsService>('jobs');
