import type { DriverSession } from '@objectql/core/driver';
import type { QueueLimits } from './config.js';
import { asJobRow, type JobRow } from './job-row.js';
import { readRoom } from './claim.js';
import { all, BY_ORDER, is, isIn, isPaused } from './queue-store.js';
import { jobTable } from './tables.js';

/** Jobs to look for. */
export interface WaitingRequest {
  readonly queue: string;
  readonly names: readonly string[];
  readonly limits: QueueLimits;
  readonly limit: number;
  readonly now: number;
}

/** What is read of a waiting job. */
export type WaitingJob = Pick<JobRow, 'id' | 'name' | 'attempt' | 'run_at' | 'group_key'>;

const COLUMNS = ['id', 'name', 'attempt', 'run_at', 'group_key'] as const;

/** The first jobs of a queue that may start now, in their order. Takes nothing. */
export async function readWaiting(
  session: DriverSession,
  request: WaitingRequest,
): Promise<{ readonly jobs: readonly WaitingJob[]; readonly isAll: boolean }> {
  const { queue, names, limits, limit, now } = request;
  if (await isPaused(session, queue)) return { jobs: [], isAll: true };
  const room = await readRoom(session, { queue, limits, now });
  const rows = await session.find({
    table: jobTable,
    columns: COLUMNS,
    where: all(
      is('state', 'waiting'),
      is('queue', queue),
      { op: 'lte', field: 'run_at', value: new Date(now).toISOString() },
      isIn('name', names),
      ...room.notFull,
    ),
    orderBy: BY_ORDER,
    limit,
  });
  return { jobs: room.fitting(rows.map(asJobRow)), isAll: rows.length < limit };
}
