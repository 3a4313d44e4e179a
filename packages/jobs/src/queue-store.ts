import type { JobFilter, JobState } from '@objectos/spec/contracts';
import type { DriverSession, Row, RowFilter } from '@objectql/core/driver';
import type { QueueLimits } from './config.js';
import { asJobRow, type JobRow } from './job-row.js';
import { columnsOf, jobQueueTable, jobTable } from './tables.js';

const JOB_COLUMNS = columnsOf(jobTable);
/** The order in which jobs run. */
export const BY_ORDER = [
  { field: 'order_at', direction: 'asc' },
  { field: 'id', direction: 'asc' },
] as const;

/** `and` of conditions on the columns of a table. */
export function all(...args: readonly RowFilter[]): RowFilter {
  return { op: 'and', args };
}

/** A comparison with one value. */
export function is(field: string, value: string | number | boolean | null): RowFilter {
  return { op: 'eq', field, value };
}

/** A comparison with several values. */
export function isIn(field: string, value: readonly string[]): RowFilter {
  return { op: 'in', field, value };
}

/** Reads one job; with `lock` nobody else changes it until the transaction ends. */
export async function readJob(
  session: DriverSession,
  id: string,
  lock?: 'wait',
): Promise<JobRow | undefined> {
  const [row] = await session.find({
    table: jobTable,
    columns: JOB_COLUMNS,
    where: is('id', id),
    limit: 1,
    lock,
  });
  return row === undefined ? undefined : asJobRow(row);
}

/** Reads jobs. */
export async function readJobs(
  session: DriverSession,
  where: RowFilter,
  limit?: number,
): Promise<JobRow[]> {
  const rows = await session.find({ table: jobTable, columns: JOB_COLUMNS, where, limit });
  return rows.map(asJobRow);
}

/** Changes jobs. @returns how many were there */
export async function setJobs(
  session: DriverSession,
  where: RowFilter,
  set: Partial<JobRow>,
): Promise<number> {
  return session.update({ table: jobTable, set: set as Row, where });
}

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

type GroupRequest = Pick<ClaimRequest, 'queue' | 'limits' | 'now'>;

/**
 * Takes jobs for a run. All of it in the caller's transaction: what is taken is `active` with the
 * token, and its attempt is counted, so a worker that dies has used one up.
 */
export async function claimJobs(session: DriverSession, request: ClaimRequest): Promise<JobRow[]> {
  const { queue, names, limit, token, limits, now, ids } = request;
  const at = new Date(now).toISOString();
  const queueRow = await readQueue(session, queue, hasGroupLimits(limits) ? 'wait' : undefined);
  if (queueRow?.['paused'] === true) return [];
  const full = hasGroupLimits(limits) ? await fullGroups(session, request) : [];
  const due: RowFilter[] = [
    is('state', 'waiting'),
    is('queue', queue),
    { op: 'lte', field: 'run_at', value: at },
    isIn('name', names),
  ];
  if (ids !== undefined) due.push(isIn('id', ids));
  if (full.length > 0) {
    due.push({
      op: 'or',
      args: [is('group_key', null), { op: 'nin', field: 'group_key', value: full }],
    });
  }
  const rows = await session.claim({
    table: jobTable,
    where: all(...due),
    orderBy: BY_ORDER,
    limit,
    set: { state: 'active', token, beat: 0, started_at: at },
    returning: JOB_COLUMNS,
  });
  const claimed = rows.map(asJobRow);
  const kept = hasGroupLimits(limits) ? await releaseExcess(session, claimed, request) : claimed;
  return countAttempts(session, kept, token);
}

/** How jobs are counted as tried: one statement for each number of attempts, usually one. */
async function countAttempts(
  session: DriverSession,
  jobs: readonly JobRow[],
  token: string,
): Promise<JobRow[]> {
  const attempts = [...new Set(jobs.map((job) => job.attempt))].sort((a, b) => b - a);
  for (const attempt of attempts) {
    await setJobs(session, all(is('token', token), is('state', 'active'), is('attempt', attempt)), {
      attempt: attempt + 1,
    });
  }
  return jobs.map((job) => ({ ...job, attempt: job.attempt + 1 }));
}

function hasGroupLimits({ groupConcurrency, groupRate }: QueueLimits): boolean {
  return groupConcurrency !== undefined || groupRate !== undefined;
}

/** Groups that may not start another job now. */
async function fullGroups(session: DriverSession, request: ClaimRequest): Promise<string[]> {
  const room = await groupUse(session, request);
  return [...room].filter(([, use]) => use.left <= 0).map(([group]) => group);
}

/** Of what was taken, as much of each group goes back as is over its limits. */
async function releaseExcess(
  session: DriverSession,
  claimed: readonly JobRow[],
  request: ClaimRequest,
): Promise<JobRow[]> {
  // The jobs taken just now are counted already, so a negative rest is what went too far.
  const use = await groupUse(session, request);
  const over = new Map([...use].map(([group, { left }]) => [group, Math.max(0, -left)]));
  const kept: JobRow[] = [];
  const back: string[] = [];
  for (const job of claimed.toReversed()) {
    const excess = job.group_key === null ? 0 : (over.get(job.group_key) ?? 0);
    if (excess > 0 && job.group_key !== null) {
      over.set(job.group_key, excess - 1);
      back.push(job.id);
    } else kept.push(job);
  }
  if (back.length > 0) {
    await setJobs(session, isIn('id', back), {
      state: 'waiting',
      token: null,
      beat: null,
      started_at: null,
    });
  }
  return kept.reverse();
}

/** How many jobs of each group may still start; of groups that use nothing, nothing is said. */
export async function groupsOf(
  session: DriverSession,
  request: GroupRequest,
): Promise<Map<string, { left: number }>> {
  return hasGroupLimits(request.limits) ? groupUse(session, request) : new Map();
}

async function groupUse(
  session: DriverSession,
  { queue, limits, now }: GroupRequest,
): Promise<Map<string, { left: number }>> {
  const use = new Map<string, { left: number }>();
  const count = async (where: RowFilter, max: number): Promise<void> => {
    const rows = await session.aggregate({
      table: jobTable,
      aggregations: [{ function: 'count', alias: 'used' }],
      groupBy: ['group_key'],
      where: all(is('queue', queue), { op: 'isNull', field: 'group_key', value: false }, where),
    });
    for (const row of rows) {
      const group = row['group_key'] as string;
      const left = max - Number(row['used']);
      use.set(group, { left: Math.min(left, use.get(group)?.left ?? left) });
    }
  };
  const { groupConcurrency, groupRate } = limits;
  if (groupConcurrency !== undefined) await count(is('state', 'active'), groupConcurrency);
  if (groupRate !== undefined) {
    const since = new Date(now - groupRate.per).toISOString();
    await count({ op: 'gt', field: 'started_at', value: since }, groupRate.max);
  }
  return use;
}

/** Whether nothing of a queue may start. */
export async function isPaused(session: DriverSession, queue: string): Promise<boolean> {
  return (await readQueue(session, queue))?.['paused'] === true;
}

/** The row of a queue; made when it is to be locked. */
async function readQueue(
  session: DriverSession,
  queue: string,
  lock?: 'wait',
): Promise<Row | undefined> {
  const read = async () => {
    const [row] = await session.find({
      table: jobQueueTable,
      columns: ['id', 'paused'],
      where: is('id', queue),
      lock,
    });
    return row;
  };
  const row = await read();
  if (row !== undefined || lock === undefined) return row;
  await ensureQueue(session, queue);
  return read();
}

/** Makes the row of a queue where there is none; two that try at once both succeed. */
export async function ensureQueue(session: DriverSession, queue: string): Promise<void> {
  try {
    await session.nested((inner) => inner.insert(jobQueueTable, [{ id: queue, paused: false }]));
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'duplicate_value') throw error;
  }
}

/** The condition for a state as people name it. */
export function whereState(state: JobState, at: string): RowFilter {
  switch (state) {
    case 'scheduled':
      return all(is('state', 'waiting'), is('attempt', 0), {
        op: 'gt',
        field: 'run_at',
        value: at,
      });
    case 'available':
      return all(is('state', 'waiting'), is('attempt', 0), {
        op: 'lte',
        field: 'run_at',
        value: at,
      });
    case 'retry':
      return all(is('state', 'waiting'), { op: 'gt', field: 'attempt', value: 0 });
    default:
      return is('state', state);
  }
}

/** The condition of a list. */
export function whereFilter(filter: JobFilter, at: string): RowFilter {
  const args: RowFilter[] = [];
  if (filter.state !== undefined) args.push(whereState(filter.state, at));
  if (filter.queue !== undefined) args.push(is('queue', filter.queue));
  if (filter.name !== undefined) args.push(is('name', filter.name));
  if (filter.tenantId !== undefined) args.push(is('organization_id', filter.tenantId));
  if (filter.parentId !== undefined) args.push(is('parent_id', filter.parentId));
  if (filter.before !== undefined) args.push({ op: 'lt', field: 'id', value: filter.before });
  return all(...args);
}

/** Queues in which a job's time has come. */
export async function dueQueues(session: DriverSession, now: number): Promise<string[]> {
  const rows = await session.aggregate({
    table: jobTable,
    aggregations: [{ function: 'count', alias: 'jobs' }],
    groupBy: ['queue'],
    where: all(is('state', 'waiting'), {
      op: 'lte',
      field: 'run_at',
      value: new Date(now).toISOString(),
    }),
  });
  return rows.map((row) => row['queue'] as string);
}
