import type { JobFailure } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import { backoff } from './backoff.js';
import { toFailure } from './failure.js';
import type { JobRow } from './job-row.js';
import { all, is, isIn, readJob, readJobs, setJobs } from './queue-store.js';

/** The end of a run: what the handler returned or threw. */
export type RunEnd =
  | { readonly kind: 'done'; readonly result: unknown }
  | { readonly kind: 'failed'; readonly error: JobFailure }
  | { readonly kind: 'discarded'; readonly error: JobFailure }
  | { readonly kind: 'cancelled'; readonly error: JobFailure | null }
  | { readonly kind: 'snoozed'; readonly milliseconds: number }
  /** The process ends: the run does not count. */
  | { readonly kind: 'released' };

/** A run that ended. */
export interface EndedRun {
  readonly job: JobRow;
  readonly end: RunEnd;
}

/**
 * Writes the ends of runs of one token. A job that another run holds by now is left alone: the token
 * no longer fits.
 *
 * @returns the ids whose end was not taken
 */
export async function endRuns(
  session: DriverSession,
  ended: readonly EndedRun[],
  now: number,
): Promise<string[]> {
  const plain = ended.filter(isPlain);
  const refused: string[] = [];
  if (plain.length > 0) refused.push(...(await completeMany(session, plain, now)));
  for (const one of ended) {
    if (isPlain(one)) continue;
    if (!(await endRun(session, one, now))) refused.push(one.job.id);
  }
  return refused;
}

/** Nothing to keep but that it is done: many of them are one statement. */
function isPlain({ job, end }: EndedRun): boolean {
  return end.kind === 'done' && (end.result ?? null) === null && job.parent_id === null;
}

async function completeMany(
  session: DriverSession,
  ended: readonly EndedRun[],
  now: number,
): Promise<string[]> {
  const byToken = new Map<string, string[]>();
  for (const { job } of ended) {
    const token = job.token ?? '';
    byToken.set(token, [...(byToken.get(token) ?? []), job.id]);
  }
  const refused: string[] = [];
  for (const [token, ids] of byToken) {
    const held = all(isIn('id', ids), is('token', token));
    const set = { ...endOf('completed', now), progress: 100 };
    const freed = await setJobs(session, all(held, hasPeriod(false)), {
      ...set,
      unique_key: null,
    });
    if (freed === ids.length) continue;
    const stayed = await setJobs(session, all(held, hasPeriod(true)), set);
    if (freed + stayed === ids.length) continue;
    const ours = await readJobs(session, all(isIn('id', ids), is('state', 'completed')));
    const taken = new Set(
      ours.filter((job) => job.finished_at === set.finished_at).map(({ id }) => id),
    );
    refused.push(...ids.filter((id) => !taken.has(id)));
  }
  return refused;
}

function hasPeriod(has: boolean): RowFilter {
  return { op: 'isNull', field: 'unique_until', value: !has };
}

/** Writes the end of one run. @returns false when the job belongs to another run by now */
export async function endRun(
  session: DriverSession,
  { job, end }: EndedRun,
  now: number,
): Promise<boolean> {
  const held = all(is('id', job.id), is('token', job.token));
  const written = await setJobs(session, held, changeOf(job, end, now));
  if (written === 0) return false;
  if (job.parent_id !== null) await tellParent(session, job.parent_id, now);
  return true;
}

function changeOf(job: JobRow, end: RunEnd, now: number): Partial<JobRow> {
  const unique = job.unique_until !== null ? {} : { unique_key: null };
  switch (end.kind) {
    case 'done':
      return { ...endOf('completed', now), ...unique, progress: 100, result: end.result ?? null };
    case 'cancelled':
      return { ...endOf('cancelled', now), ...unique, error: end.error };
    case 'discarded':
      return { ...endOf('dead', now), ...unique, error: end.error };
    case 'failed':
      if (job.attempt >= job.max_attempts) {
        return { ...endOf('dead', now), ...unique, error: end.error };
      }
      return {
        ...waitAgain(now + backoff(job.attempt, { base: job.backoff_base, cap: job.backoff_cap })),
        error: end.error,
      };
    case 'snoozed':
      return { ...waitAgain(now + end.milliseconds), attempt: job.attempt - 1 };
    case 'released':
      return { ...waitAgain(Date.parse(job.run_at)), attempt: job.attempt - 1 };
  }
}

function endOf(state: 'completed' | 'cancelled' | 'dead', now: number): Partial<JobRow> {
  return { state, token: null, beat: null, finished_at: new Date(now).toISOString() };
}

function waitAgain(at: number): Partial<JobRow> {
  const time = new Date(at).toISOString();
  // A job that waited its turn once is not put behind others by its priority again.
  return { state: 'waiting', token: null, beat: null, run_at: time, order_at: time };
}

/** Looks whether a parent may run now, or never will. Its row is locked: children end one by one. */
export async function tellParent(
  session: DriverSession,
  parentId: string,
  now: number,
): Promise<void> {
  const parent = await readJob(session, parentId, 'wait');
  if (parent?.state !== 'blocked') return;
  const children = await readJobs(session, is('parent_id', parentId));
  const failed = children.find(({ state }) => state === 'dead' || state === 'cancelled');
  if (failed !== undefined && parent.on_child_failure !== 'ignore') {
    const error = createError('job_child_failed', { child: failed.id, state: failed.state });
    const end = { ...endOf('dead', now), unique_key: null, error: toFailure(error, now) };
    await setJobs(session, is('id', parentId), end);
    if (parent.on_child_failure === 'cancelSiblings') await cancelWaiting(session, parentId, now);
    if (parent.parent_id !== null) await tellParent(session, parent.parent_id, now);
    return;
  }
  const open = children.some(({ state }) => !['completed', 'dead', 'cancelled'].includes(state));
  if (!open) await setJobs(session, is('id', parentId), { state: 'waiting' });
}

async function cancelWaiting(session: DriverSession, parentId: string, now: number) {
  await setJobs(session, all(is('parent_id', parentId), isIn('state', ['waiting', 'blocked'])), {
    ...endOf('cancelled', now),
    unique_key: null,
  });
}
