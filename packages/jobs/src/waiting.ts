import type { DriverSession } from '@objectql/core/driver';
import type { QueueLimits } from './config.js';
import { asJobRow, type JobRow } from './job-row.js';
import { all, BY_ORDER, groupsOf, is, isIn, isPaused } from './queue-store.js';
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
  const groups = await groupsOf(session, { queue, limits, now });
  const full = [...groups].filter(([, { left }]) => left <= 0).map(([group]) => group);
  const rows = await session.find({
    table: jobTable,
    columns: COLUMNS,
    where: all(
      is('state', 'waiting'),
      is('queue', queue),
      { op: 'lte', field: 'run_at', value: new Date(now).toISOString() },
      isIn('name', names),
      ...(full.length === 0 ? [] : [notIn(full)]),
    ),
    orderBy: BY_ORDER,
    limit,
  });
  const taken = new Map<string, number>();
  const jobs = rows.map(asJobRow).filter(({ group_key: group }) => {
    if (group === null) return true;
    const before = taken.get(group) ?? 0;
    taken.set(group, before + 1);
    return before < roomOf(group);
  });
  return { jobs, isAll: rows.length < limit };

  function roomOf(group: string): number {
    const most = Math.min(limits.groupConcurrency ?? Infinity, limits.groupRate?.max ?? Infinity);
    return groups.get(group)?.left ?? most;
  }
}

function notIn(groups: readonly string[]) {
  const others = { op: 'nin', field: 'group_key', value: groups } as const;
  return { op: 'or', args: [is('group_key', null), others] } as const;
}
