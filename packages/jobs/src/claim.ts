import type { DriverSession, RowFilter } from '@objectql/core/driver';
import type { QueueLimits } from './config.js';
import { asJobRow, type JobRow } from './job-row.js';
import { all, BY_ORDER, is, isIn, JOB_COLUMNS, readQueue, setJobs } from './queue-store.js';
import { jobTable } from './tables.js';

/** What a worker asks for. */
export interface ClaimRequest {
  readonly queue: string;
  readonly names: readonly string[];
  readonly limit: number;
  readonly token: string;
  readonly limits: QueueLimits;
  readonly now: number;
  /** Only these, as far as they wait. */
  readonly ids?: readonly string[] | undefined;
}

/**
 * Takes jobs for a run. All of it in the caller's transaction: what is taken is `active` with the
 * token, and its attempt is counted, so a worker that dies has used one up.
 */
export async function claimJobs(session: DriverSession, request: ClaimRequest): Promise<JobRow[]> {
  const { queue, names, limit, limits, now, ids } = request;
  // With limits of groups the claims of a queue wait for each other: what is counted stays so.
  const queueRow = await readQueue(session, queue, hasGroupLimits(limits) ? 'wait' : undefined);
  if (queueRow?.['paused'] === true) return [];
  const room = await readRoom(session, request);
  const due: RowFilter[] = [
    is('state', 'waiting'),
    is('queue', queue),
    { op: 'lte', field: 'run_at', value: new Date(now).toISOString() },
    isIn('name', names),
    ...room.notFull,
  ];
  if (ids !== undefined) due.push(isIn('id', ids));
  const rows = await session.find({
    table: jobTable,
    columns: JOB_COLUMNS,
    where: all(...due),
    orderBy: BY_ORDER,
    limit,
    lock: 'skip',
  });
  return take(session, room.fitting(rows.map(asJobRow)), request);
}

/** One statement for each number of attempts, usually one. */
async function take(
  session: DriverSession,
  jobs: readonly JobRow[],
  { token, now }: ClaimRequest,
): Promise<JobRow[]> {
  const started = {
    state: 'active',
    token,
    beat: 0,
    started_at: new Date(now).toISOString(),
  } as const;
  for (const attempt of new Set(jobs.map((job) => job.attempt))) {
    const ids = jobs.filter((job) => job.attempt === attempt).map(({ id }) => id);
    await setJobs(session, isIn('id', ids), { ...started, attempt: attempt + 1 });
  }
  return jobs.map((job) => ({ ...job, ...started, attempt: job.attempt + 1 }));
}

/** How many jobs of each group may still start. */
export interface Room {
  /** Leaves out jobs of groups without room. */
  readonly notFull: readonly RowFilter[];
  /** Of jobs in their order, those that have room. */
  fitting<J extends Pick<JobRow, 'group_key'>>(jobs: readonly J[]): J[];
}

/** Counts what groups use at a moment. */
export async function readRoom(
  session: DriverSession,
  request: Pick<ClaimRequest, 'queue' | 'limits' | 'now'>,
): Promise<Room> {
  const { limits } = request;
  const most = Math.min(limits.groupConcurrency ?? Infinity, limits.groupRate?.max ?? Infinity);
  const left = hasGroupLimits(limits)
    ? await leftOf(session, request, most)
    : new Map<string, number>();
  const full = [...left].filter(([, count]) => count <= 0).map(([group]) => group);
  return {
    notFull: full.length === 0 ? [] : [notIn(full)],
    fitting: (jobs) =>
      jobs.filter(({ group_key: group }) => {
        if (group === null) return true;
        const count = left.get(group) ?? most;
        left.set(group, count - 1);
        return count > 0;
      }),
  };
}

function hasGroupLimits({ groupConcurrency, groupRate }: QueueLimits): boolean {
  return groupConcurrency !== undefined || groupRate !== undefined;
}

function notIn(groups: readonly string[]): RowFilter {
  const others: RowFilter = { op: 'nin', field: 'group_key', value: groups };
  return { op: 'or', args: [is('group_key', null), others] };
}

/** Of groups that use something. One limit may leave less than the other. */
async function leftOf(
  session: DriverSession,
  { queue, limits, now }: Pick<ClaimRequest, 'queue' | 'limits' | 'now'>,
  most: number,
): Promise<Map<string, number>> {
  const left = new Map<string, number>();
  const count = async (where: RowFilter, max: number): Promise<void> => {
    const rows = await session.aggregate({
      table: jobTable,
      aggregations: [{ function: 'count', alias: 'used' }],
      groupBy: ['group_key'],
      where: all(is('queue', queue), { op: 'isNull', field: 'group_key', value: false }, where),
    });
    for (const row of rows) {
      const group = row['group_key'] as string;
      left.set(group, Math.min(max - Number(row['used']), left.get(group) ?? most));
    }
  };
  const { groupConcurrency, groupRate } = limits;
  if (groupConcurrency !== undefined) await count(is('state', 'active'), groupConcurrency);
  if (groupRate !== undefined) {
    const since = new Date(now - groupRate.per).toISOString();
    await count({ op: 'gt', field: 'started_at', value: since }, groupRate.max);
  }
  return left;
}
