import type {
  ExecutionContext,
  JobDefinition,
  JobFlow,
  JobOptions,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '@objectql/core/driver';
import type { JobRow } from './job-row.js';
import { newJobRow } from './new-job.js';
import { all, is, isIn, readJobs, setJobs } from './queue-store.js';
import { jobTable } from './tables.js';

/** What was enqueued, or what was there. */
export interface Enqueued {
  readonly id: string;
  readonly created: boolean;
  readonly queue: string;
}

/** Inserts a job, or finds the one that is the same. */
export async function enqueueOne(
  session: DriverSession,
  job: JobRow,
  { unique, now }: { readonly unique: JobOptions['unique']; readonly now: number },
): Promise<Enqueued> {
  const { id, queue } = job;
  if (unique === undefined || job.unique_key === null) {
    await insertJobs(session, [job]);
    return { id, created: true, queue };
  }
  if (unique.period !== undefined) await freeOldKey(session, job.unique_key, now - unique.period);
  for (;;) {
    if (await tryInsert(session, job)) return { id, created: true, queue };
    const [known] = await readJobs(session, is('unique_key', job.unique_key), 1);
    // It ended in this moment: now there is room.
    if (known === undefined) continue;
    if ((unique.onConflict ?? 'ignore') !== 'ignore') await replaceWaiting(session, known, job);
    return { id: known.id, created: false, queue: known.queue };
  }
}

/** A key that is kept for a time is free afterwards. */
async function freeOldKey(session: DriverSession, key: string, before: number): Promise<void> {
  const at = new Date(before).toISOString();
  await setJobs(session, all(is('unique_key', key), { op: 'lt', field: 'created_at', value: at }), {
    unique_key: null,
  });
}

/** The waiting job takes over what the new one would do; a debounced one waits anew. */
async function replaceWaiting(session: DriverSession, known: JobRow, job: JobRow): Promise<void> {
  const { payload, run_at, order_at, priority } = job;
  await setJobs(session, all(is('id', known.id), is('state', 'waiting')), {
    payload,
    run_at,
    order_at,
    priority,
  });
}

async function tryInsert(session: DriverSession, job: JobRow): Promise<boolean> {
  try {
    await session.nested((inner) => insertJobs(inner, [job]));
    return true;
  } catch (error) {
    if (isObjectOSError(error, 'duplicate_value')) return false;
    throw error;
  }
}

/** Inserts jobs as they are. */
export async function insertJobs(session: DriverSession, jobs: readonly JobRow[]): Promise<void> {
  await session.insert(jobTable, jobs as unknown as readonly Row[]);
}

/** The rows of a flow, children before parents; the last one is the root. */
export function flowRows(
  flow: JobFlow,
  given: {
    readonly ctx: ExecutionContext;
    readonly now: number;
    readonly define: (job: string | JobDefinition) => JobDefinition;
  },
): JobRow[] {
  const { ctx, now, define } = given;
  const children = flow.children ?? [];
  const root = newJobRow(
    {
      definition: define(flow.job),
      payload: flow.payload,
      options: flow.options ?? {},
      isBlocked: children.length > 0,
      onChildFailure: flow.onChildFailure ?? 'fail',
    },
    ctx,
    now,
  );
  const below = children.flatMap((child) => {
    const rows = flowRows(child, given);
    const top = rows.at(-1);
    return top === undefined ? [] : [...rows.slice(0, -1), { ...top, parent_id: root.id }];
  });
  return [...below, root];
}

/** Results of the children of a job, by their id. */
export async function childResults(
  session: DriverSession,
  parentId: string,
): Promise<Record<string, unknown>> {
  const children = await readJobs(
    session,
    all(is('parent_id', parentId), isIn('state', ['completed'])),
  );
  return Object.fromEntries(children.map((child) => [child.id, child.result ?? null]));
}
