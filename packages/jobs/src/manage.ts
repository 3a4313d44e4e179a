import {
  JOB_STATES,
  type Job,
  type JobDefinition,
  type JobFilter,
  type JobState,
  type QueueStatistics,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '@objectql/core/driver';
import { tellParent } from './finish.js';
import { asJobRow, stateOf, toJob, type JobRow } from './job-row.js';
import { checkPayload } from './new-job.js';
import {
  all,
  ensureQueue,
  is,
  isIn,
  readJob,
  setJobs,
  whereFilter,
  whereState,
} from './queue-store.js';
import { columnsOf, jobLogTable, jobQueueTable, jobTable } from './tables.js';
import { idsOfStarter, readTask, withTasks } from './tasks.js';

const MAX_PAGE = 500;

/** Jobs, newest first. */
export async function listJobs(
  session: DriverSession,
  filter: JobFilter,
  now: number,
): Promise<Job[]> {
  const limit = Math.min(filter.limit ?? 50, MAX_PAGE);
  const matching = whereFilter(filter, new Date(now).toISOString());
  const { startedBy, before } = filter;
  const own =
    startedBy === undefined
      ? undefined
      : await idsOfStarter(session, startedBy, { before, limit: MAX_PAGE });
  const rows = await session.find({
    table: jobTable,
    columns: columnsOf(jobTable),
    where: own === undefined ? matching : all(matching, isIn('id', own)),
    orderBy: [{ field: 'id', direction: 'desc' }],
    limit,
  });
  return withTasks(
    session,
    rows.map((row) => toJob(asJobRow(row), now)),
  );
}

/** The lines that the runs of a job logged, oldest first. */
export async function readLog(session: DriverSession, jobId: string) {
  const rows = await session.find({
    table: jobLogTable,
    columns: ['at', 'message'],
    where: is('job_id', jobId),
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit: 1_000,
  });
  return rows.map((row) => ({ at: row['at'] as string, message: row['message'] as string }));
}

/** Counts of all queues. */
export async function queueStatistics(
  session: DriverSession,
  now: number,
): Promise<QueueStatistics[]> {
  const at = new Date(now).toISOString();
  const paused = await session.find({
    table: jobQueueTable,
    columns: ['id', 'paused'],
    where: is('paused', true),
  });
  const queues = new Map<string, Record<JobState, number>>();
  const countsOf = (queue: string): Record<JobState, number> => {
    const counts = queues.get(queue) ?? zero();
    queues.set(queue, counts);
    return counts;
  };
  for (const row of paused) countsOf(row['id'] as string);
  for (const state of JOB_STATES) {
    const rows = await session.aggregate({
      table: jobTable,
      aggregations: [{ function: 'count', alias: 'jobs' }],
      groupBy: ['queue'],
      where: whereState(state, at),
    });
    for (const row of rows) countsOf(row['queue'] as string)[state] = Number(row['jobs']);
  }
  const names = new Set(paused.map((row) => row['id'] as string));
  return [...queues].map(([queue, counts]) => ({ queue, paused: names.has(queue), counts }));
}

function zero(): Record<JobState, number> {
  return Object.fromEntries(JOB_STATES.map((state) => [state, 0])) as Record<JobState, number>;
}

/** Runs a job that does not run now, from its first attempt. */
export async function retryJob(
  session: DriverSession,
  id: string,
  given: {
    readonly now: number;
    readonly payload?: unknown;
    readonly define: (name: string) => JobDefinition;
  },
): Promise<JobRow> {
  const { now, payload, define } = given;
  const job = await requireJob(session, id);
  if (job.state === 'active' || job.state === 'completed' || job.state === 'blocked') {
    throw conflict(job, 'be retried', now);
  }
  const isOwnWork = ((await readTask(session, id))?.starter ?? null) !== null;
  if (isOwnWork && payload !== undefined) {
    const reason = 'it is the work of who started it; nobody else says what they do';
    throw createError('job_payload_invalid', { job: job.name, reason });
  }
  const at = new Date(now).toISOString();
  const change: Partial<JobRow> = {
    state: 'waiting',
    run_at: at,
    order_at: at,
    attempt: 0,
    progress: 0,
    finished_at: null,
    started_at: null,
    ...(payload === undefined ? {} : { payload: checkPayload(define(job.name), payload) }),
  };
  await setJobs(session, is('id', id), change);
  if (job.parent_id !== null) await reopenParent(session, job.parent_id);
  return { ...job, ...change };
}

/** A parent that failed because of this child waits for it again. */
async function reopenParent(session: DriverSession, parentId: string): Promise<void> {
  const parent = await readJob(session, parentId, 'wait');
  if (parent?.state !== 'dead' || parent.error?.code !== 'job_child_failed') return;
  const again = { state: 'blocked', error: null, finished_at: null } as const;
  await setJobs(session, is('id', parentId), again);
}

/** Cancels a job that has not ended. */
export async function cancelJob(
  session: DriverSession,
  id: string,
  given: { readonly now: number; readonly reason: string },
): Promise<JobRow> {
  const { now, reason } = given;
  const job = await requireJob(session, id);
  if (job.state === 'completed' || job.state === 'dead' || job.state === 'cancelled') {
    throw conflict(job, 'be cancelled', now);
  }
  const at = new Date(now).toISOString();
  const change: Partial<JobRow> = {
    state: 'cancelled',
    token: null,
    unique_key: null,
    finished_at: at,
    error: { code: 'cancelled', message: reason.slice(0, 1_000), at },
  };
  await setJobs(session, is('id', id), change);
  if (job.parent_id !== null) await tellParent(session, job.parent_id, now);
  return { ...job, ...change };
}

/** Pauses or resumes a queue. */
export async function setPaused(
  session: DriverSession,
  queue: string,
  paused: boolean,
): Promise<void> {
  await ensureQueue(session, queue);
  await session.update({ table: jobQueueTable, set: { paused }, where: is('id', queue) });
}

async function requireJob(session: DriverSession, id: string): Promise<JobRow> {
  const job = await readJob(session, id, 'wait');
  if (job === undefined) throw createError('job_not_found', { id: id.slice(0, 100) });
  return job;
}

function conflict(job: JobRow, action: string, now: number) {
  return createError('job_state_conflict', { id: job.id, state: stateOf(job, now), action });
}
