import type { JobFilter, JobState } from '@objectos/spec/contracts';
import type { DriverSession, Row, RowFilter } from '@objectql/core/driver';
import { asJobRow, type JobRow } from './job-row.js';
import { columnsOf, jobQueueTable, jobTable } from './tables.js';

/** All columns of a job. */
export const JOB_COLUMNS = columnsOf(jobTable);
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

/** Whether nothing of a queue may start. */
export async function isPaused(session: DriverSession, queue: string): Promise<boolean> {
  return (await readQueue(session, queue))?.['paused'] === true;
}

/** The row of a queue; made when it is to be locked. */
export async function readQueue(
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
