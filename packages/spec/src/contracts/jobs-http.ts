import type { Job } from './jobs.js';

/** Where jobs are, over HTTP. */
export const JOBS_PATH = '/api/jobs';

/** Seconds after which it is worth a look how far a job is. */
const LOOK_AGAIN = '1';

/** Work as the one who started it sees it over HTTP: what they gave is left out, and so is our stack. */
export interface ShownWork extends Pick<
  Job,
  | 'id'
  | 'name'
  | 'state'
  | 'attempt'
  | 'progress'
  | 'work'
  | 'startedBy'
  | 'result'
  | 'createdAt'
  | 'startedAt'
  | 'finishedAt'
> {
  readonly error: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly links: WorkLinks;
}

/** Where to go on from a job. */
export interface WorkLinks {
  readonly self: string;
  /** Present while it can be cancelled: `POST` there. */
  readonly cancel?: string | undefined;
  /** Present when it ended before it was done: `POST` there goes on. */
  readonly retry?: string | undefined;
  /** Present when it made something that can be fetched. */
  readonly result?: string | undefined;
}

/** Addresses of a job. */
export function linksOf({ id, state, result }: Job): WorkLinks {
  const self = `${JOBS_PATH}/${id}`;
  const made = typeof result === 'object' && result !== null && 'url' in result ? result.url : null;
  const stopped = state === 'dead' || state === 'cancelled';
  return {
    self,
    ...(stopped || state === 'completed' ? {} : { cancel: `${self}/cancel` }),
    ...(stopped ? { retry: `${self}/retry` } : {}),
    ...(typeof made === 'string' ? { result: made } : {}),
  };
}

/** A job as its starter sees it. */
export function shownWork(job: Job): ShownWork {
  const { id, name, state, attempt, progress, work, startedBy, result, error } = job;
  const { createdAt, startedAt, finishedAt } = job;
  // What an earlier run failed of is over once a later one is done.
  const last = state === 'completed' ? null : error;
  const shown = last === null ? null : { code: last.code, message: last.message, at: last.at };
  const rest = { result, error: shown, createdAt, startedAt, finishedAt, links: linksOf(job) };
  return { id, name, state, attempt, progress, work, startedBy, ...rest };
}

/** Headers of the 202 that answers `Prefer: respond-async` (RFC 7240). */
export function acceptedHeaders(id: string): Readonly<Record<string, string>> {
  return {
    location: `${JOBS_PATH}/${id}`,
    'preference-applied': 'respond-async',
    'retry-after': LOOK_AGAIN,
  };
}

/** Whether a client prefers to be answered at once, and to look later (RFC 7240). */
export function prefersAsync(prefer: string | null | undefined): boolean {
  const preferences = (prefer ?? '').split(',').map((one) => one.split(/[;=]/)[0] ?? '');
  return preferences.some((name) => name.trim().toLowerCase() === 'respond-async');
}
