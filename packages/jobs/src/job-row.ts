import type { Job, JobFailure, JobState } from '@objectos/spec/contracts';
import type { Row } from '@objectql/core/driver';

/** A job as the table keeps it. */
export interface JobRow {
  readonly id: string;
  readonly queue: string;
  readonly name: string;
  readonly state: 'waiting' | 'blocked' | 'active' | 'completed' | 'cancelled' | 'dead';
  readonly payload: unknown;
  readonly priority: number;
  readonly run_at: string;
  readonly order_at: string;
  readonly attempt: number;
  readonly max_attempts: number;
  readonly backoff_base: number;
  readonly backoff_cap: number;
  readonly timeout: number;
  readonly token: string | null;
  readonly beat: number | null;
  readonly unique_key: string | null;
  readonly unique_until: string | null;
  readonly group_key: string | null;
  readonly organization_id: string | null;
  readonly actor: string;
  readonly request_id: string;
  readonly trace: string | null;
  readonly parent_id: string | null;
  readonly on_child_failure: 'fail' | 'ignore' | 'cancelSiblings' | null;
  readonly progress: number;
  readonly result: unknown;
  readonly error: JobFailure | null;
  readonly created_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
}

/** A row of the driver, which holds exactly what this package wrote. */
export function asJobRow(row: Row): JobRow {
  return row as unknown as JobRow;
}

/** What people and programs are shown of a job. */
export function toJob(row: JobRow, now: number): Job {
  return {
    id: row.id,
    name: row.name,
    queue: row.queue,
    state: stateOf(row, now),
    payload: row.payload,
    priority: row.priority,
    attempt: row.attempt,
    maxAttempts: row.max_attempts,
    runAt: row.run_at,
    group: row.group_key,
    tenantId: row.organization_id,
    actor: row.actor,
    requestId: row.request_id,
    parentId: row.parent_id,
    progress: row.progress,
    work: null,
    startedBy: null,
    result: row.result ?? null,
    error: row.error,
    createdAt: row.created_at,
    startedAt: row.started_at,
    finishedAt: row.finished_at,
  };
}

/** What a waiting job waits for follows from its time and its attempts. */
export function stateOf(row: Pick<JobRow, 'state' | 'attempt' | 'run_at'>, now: number): JobState {
  if (row.state !== 'waiting') return row.state;
  if (row.attempt > 0) return 'retry';
  return Date.parse(row.run_at) > now ? 'scheduled' : 'available';
}

const MINUTE = 60_000;

/**
 * What waiting jobs are sorted by: their time, one minute later for each step of priority. So a job
 * of the last priority waits at most nine minutes longer than one of the first.
 */
export function orderAt(runAt: number, priority: number): string {
  return new Date(runAt + priority * MINUTE).toISOString();
}
