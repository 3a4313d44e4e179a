import type { Job, KeptProgress, WorkProgress } from '@objectos/spec/contracts';
import type { DriverSession, Row } from '@objectql/core/driver';
import type { Starter } from './starter.js';
import { is, isIn } from './queue-store.js';
import { columnsOf, jobTaskTable } from './tables.js';

/** A row of {@link jobTaskTable}. */
export interface TaskRow {
  readonly id: string;
  readonly starter: string | null;
  readonly on_behalf: Starter | null;
  readonly work: KeptProgress | null;
  readonly checkpoint: unknown;
}

const COLUMNS = columnsOf(jobTaskTable);

/** What is known of a job beside its row. */
export async function readTask(session: DriverSession, id: string): Promise<TaskRow | undefined> {
  const where = is('id', id);
  const [row] = await session.find({ table: jobTaskTable, columns: COLUMNS, where, limit: 1 });
  return row as TaskRow | undefined;
}

/** Adds what is known of jobs beside their rows. */
export async function withTasks(session: DriverSession, jobs: readonly Job[]): Promise<Job[]> {
  if (jobs.length === 0) return [];
  const where = isIn(
    'id',
    jobs.map(({ id }) => id),
  );
  const rows = await session.find({ table: jobTaskTable, columns: COLUMNS, where });
  const tasks = new Map((rows as unknown as TaskRow[]).map((row) => [row.id, row]));
  return jobs.map((job) => withTask(job, tasks.get(job.id)));
}

/** A job with what is known of it. */
export function withTask(job: Job, task: TaskRow | undefined): Job {
  return task === undefined ? job : { ...job, work: task.work, startedBy: task.starter };
}

/** Ids of the newest jobs that somebody started, at most `limit`. */
export async function idsOfStarter(
  session: DriverSession,
  starter: string,
  { before, limit }: { readonly before: string | undefined; readonly limit: number },
): Promise<string[]> {
  const own = is('starter', starter);
  const rows = await session.find({
    table: jobTaskTable,
    columns: ['id'],
    where:
      before === undefined
        ? own
        : { op: 'and', args: [own, { op: 'lt', field: 'id', value: before }] },
    orderBy: [{ field: 'id', direction: 'desc' }],
    limit,
  });
  return rows.map((row) => row['id'] as string);
}

/** Keeps whose work a job is. */
export async function addTask(
  session: DriverSession,
  task: Pick<TaskRow, 'id' | 'starter' | 'on_behalf'>,
): Promise<void> {
  const row = { ...task, work: null, checkpoint: null };
  await session.insert(jobTaskTable, [row as unknown as Row]);
}

/** Keeps how far a job is; a checkpoint stays until there is another one. */
export async function saveWork(
  session: DriverSession,
  id: string,
  kept: { readonly work: KeptProgress; readonly checkpoint: unknown },
): Promise<void> {
  const set = {
    work: kept.work,
    ...(kept.checkpoint === undefined ? {} : { checkpoint: kept.checkpoint }),
  };
  const changed = await session.update({
    table: jobTaskTable,
    set: set as unknown as Row,
    where: is('id', id),
  });
  if (changed > 0) return;
  const row = { id, starter: null, on_behalf: null, checkpoint: null, ...set };
  await session.insert(jobTaskTable, [row as unknown as Row]);
}

/** Counts the progress of one run, and how fast it is. */
export function createPace(now: () => number) {
  const begun = { at: now(), done: undefined as number | undefined };
  return (progress: WorkProgress, already: number): KeptProgress => {
    begun.done ??= already;
    const seconds = Math.max(1, now() - begun.at) / 1_000;
    const rate = Math.round(((progress.done - begun.done) / seconds) * 10) / 10;
    return { ...progress, rate: Math.max(0, rate), at: new Date(now()).toISOString() };
  };
}

/** 0 to 100; all of it only when the job has ended. */
export function percentOf({ done, total }: WorkProgress): number {
  if (total === null || total <= 0) return 0;
  return Math.max(0, Math.min(99, Math.floor((done / total) * 100)));
}
