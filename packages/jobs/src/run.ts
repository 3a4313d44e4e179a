import {
  systemContext,
  type ExecutionContext,
  type JobDefinition,
  type JobHandler,
  type JobOutcome,
  type JobRun,
  type Logger,
  type OpenSpan,
  type PluginContext,
  type TraceContext,
  type Tracer,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import { randomUUID } from 'node:crypto';
import { childResults } from './enqueue.js';
import { toFailure } from './failure.js';
import { endRun, type RunEnd } from './finish.js';
import type { JobRow } from './job-row.js';
import { checkPayload } from './new-job.js';
import { all, is, setJobs } from './queue-store.js';
import { findAgain, type People } from './starter.js';
import { jobLogTable } from './tables.js';
import { createPace, percentOf, readTask, saveWork } from './tasks.js';

/** What runs share. */
export interface RunParts {
  readonly database: Database;
  readonly logger: Logger;
  readonly now: () => number;
  /** Makes the context of a run that of all that its handler calls. */
  readonly runInContext?: PluginContext['runInContext'] | undefined;
  readonly tracer?: (() => Tracer | undefined) | undefined;
  readonly people: People;
}

/** A run under way. */
export interface ActiveRun {
  readonly job: JobRow;
  readonly abort: AbortController;
  /** How the run ended; `undefined` when the job was ended with a transaction of the handler. */
  readonly end: Promise<RunEnd | undefined>;
}

/** Starts a run of a job. It ends by its handler, its timeout, or the abort of its signal. */
export function startRun(
  job: JobRow,
  registered: { readonly definition: JobDefinition; readonly handler: JobHandler },
  parts: RunParts,
): ActiveRun {
  const abort = new AbortController();
  return { job, abort, end: perform(job, registered, { ...parts, abort }) };
}

async function perform(
  job: JobRow,
  { definition, handler }: { readonly definition: JobDefinition; readonly handler: JobHandler },
  parts: RunParts & { readonly abort: AbortController },
): Promise<RunEnd | undefined> {
  const { abort, now } = parts;
  let timer: NodeJS.Timeout | undefined;
  const state = { completed: false };
  // What the abort says is the end of the run, whatever the handler still does.
  const stopped = new Promise<never>((_, reject) => {
    abort.signal.addEventListener('abort', () => reject(abort.signal.reason as Error), {
      once: true,
    });
    timer = setTimeout(() => {
      abort.abort(createError('job_timeout', { job: job.name, milliseconds: job.timeout }));
    }, job.timeout);
  });
  const span = startSpan(job, parts);
  let failure: unknown;
  try {
    const payload = checkPayload(definition, job.payload);
    const ctx = await contextOf(job, definition, parts, span?.trace);
    const given = makeRun(job, payload, { ...parts, state, ctx });
    // A later failure of a handler that was given up is nobody's any more.
    const work = Promise.resolve().then(() =>
      parts.runInContext === undefined
        ? handler(given)
        : parts.runInContext(ctx, () => handler(given)),
    );
    work.catch(() => undefined);
    const result = await Promise.race([work, stopped]);
    return state.completed ? undefined : endOf(result, now());
  } catch (error) {
    if (state.completed) return undefined;
    if (isRelease(error)) return { kind: 'released' };
    if (isCancellation(error)) return { kind: 'cancelled', error: toFailure(error.cause, now()) };
    failure = error;
    // Whoever started it is gone: nobody else runs it instead.
    if (isObjectOSError(error, 'job_starter_unknown')) {
      return { kind: 'discarded', error: toFailure(error, now()) };
    }
    tellFailure(job, error, parts.logger);
    return { kind: 'failed', error: toFailure(error, now()) };
  } finally {
    span?.end(failure);
    clearTimeout(timer);
    stopped.catch(() => undefined);
  }
}

/** A run is a step of the trace that enqueued it, or begins one. */
function startSpan(job: JobRow, { tracer }: RunParts): OpenSpan | undefined {
  const active = tracer?.();
  if (active === undefined) return undefined;
  const [, traceId, spanId] = job.trace?.split('-') ?? [];
  const trace = traceId === undefined || spanId === undefined ? undefined : { traceId, spanId };
  const attributes = { 'objectos.queue': job.queue, 'objectos.attempt': job.attempt };
  return active.start({ name: `job ${job.name}`, kind: 'consumer', trace, attributes });
}

/** The last failure of a job is an error: nobody else will try again. */
function tellFailure(job: JobRow, error: unknown, logger: Logger): void {
  const { name, id: jobId, attempt, request_id: requestId } = job;
  const fields = { job: name, jobId, attempt, requestId, error };
  if (attempt >= job.max_attempts) logger.error(fields, 'a job failed for the last time');
  else logger.info(fields, 'a job failed; it is tried again');
}

async function contextOf(
  job: JobRow,
  { defaults }: JobDefinition,
  { database, people }: RunParts,
  trace: TraceContext | undefined,
): Promise<ExecutionContext> {
  const ctx = systemContext(`job:${job.name}`, {
    requestId: job.request_id,
    ...(trace === undefined ? {} : { trace }),
    ...(job.organization_id === null ? {} : { tenantId: job.organization_id }),
  });
  if (defaults?.onBehalf !== true) return ctx;
  const starter = (await readTask(database.reader, job.id))?.on_behalf ?? undefined;
  if (starter === undefined) {
    const reason = 'it does not say who that is';
    throw createError('job_starter_unknown', { job: job.name, reason });
  }
  const principal = await findAgain(job.name, starter, people);
  const { locale, timezone } = starter;
  return { ...ctx, principal, locale, timezone };
}

function makeRun(
  job: JobRow,
  payload: unknown,
  parts: RunParts & {
    readonly abort: AbortController;
    readonly state: { completed: boolean };
    readonly ctx: ExecutionContext;
  },
): JobRun {
  const { database, now, abort, state, ctx } = parts;
  let logger: Logger | undefined;
  let lines = 0;
  let before: number | undefined;
  const pace = createPace(now);
  const write = database.transaction.bind(database);
  return {
    id: job.id,
    name: job.name,
    payload,
    attempt: job.attempt,
    ctx,
    // Most runs log nothing.
    get logger() {
      logger ??= parts.logger.child({ job: job.name, jobId: job.id, requestId: job.request_id });
      return logger;
    },
    signal: abort.signal,
    checkpoint: async () => (await readTask(database.reader, job.id))?.checkpoint ?? undefined,
    async progress(told, { ctx: given = ctx, checkpoint } = {}) {
      const progress =
        typeof told === 'number' ? Math.max(0, Math.min(100, Math.round(told))) : percentOf(told);
      await write(given, async (session) => {
        const held = all(is('id', job.id), is('token', job.token));
        if ((await setJobs(session, held, { progress })) === 0) {
          throw createError('job_lease_lost', { id: job.id });
        }
        if (typeof told !== 'number') {
          const already = before ?? (await readTask(session, job.id))?.work?.done ?? 0;
          before = already;
          await saveWork(session, job.id, { work: pace(told, already), checkpoint });
        }
      });
    },
    async log(message, given = ctx) {
      const at = new Date(now()).toISOString();
      lines += 1;
      const id = `${at} ${String(lines).padStart(9, '0')} ${randomUUID()}`;
      const line = { id, job_id: job.id, at };
      await write(given, (session) =>
        session.insert(jobLogTable, [{ ...line, message: message.slice(0, 4_000) }]),
      );
    },
    childResults: async () => childResults(database.sessionOf(ctx), job.id),
    async completeWith(work) {
      const result = await write(ctx, async (session, inner) => {
        const value = await work(inner);
        const end: RunEnd = { kind: 'done', result: value };
        if (!(await endRun(session, { job, end }, now()))) {
          throw createError('job_lease_lost', { id: job.id });
        }
        return value;
      });
      state.completed = true;
      return result;
    },
  };
}

function endOf(result: unknown, now: number): RunEnd {
  if (!isOutcome(result)) return { kind: 'done', result };
  switch (result.kind) {
    case 'job.snooze':
      return { kind: 'snoozed', milliseconds: Math.max(0, result.milliseconds) };
    case 'job.discard': {
      const error = createError('job_discarded', { reason: result.reason });
      return { kind: 'discarded', error: toFailure(error, now) };
    }
    case 'job.fail':
      return { kind: 'discarded', error: toFailure(result.error, now) };
    case 'job.cancel':
      return { kind: 'cancelled', error: toFailure(result.reason, now) };
  }
}

function isOutcome(value: unknown): value is JobOutcome {
  const kind = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : '';
  return ['job.snooze', 'job.discard', 'job.fail', 'job.cancel'].includes(kind as string);
}

/** The reason of an abort by which a run is given back without counting. */
export const RELEASE = Symbol('objectos.jobs.release');

/** The reason of an abort by which a run is cancelled. */
export class Cancellation extends Error {
  override readonly name = 'Cancellation';
}

function isRelease(error: unknown): boolean {
  return error === RELEASE;
}

function isCancellation(error: unknown): error is Cancellation {
  return error instanceof Cancellation;
}
