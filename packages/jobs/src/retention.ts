import type { ExecutionContext } from '@objectos/spec/contracts';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import type { Database } from '@objectql/core/plugin';
import type { JobsConfig } from './config.js';
import { all, is, isIn, setJobs } from './queue-store.js';
import { jobLogTable, jobTable, jobTaskTable } from './tables.js';

const AT_ONCE = 500;
const ENDED = ['completed', 'cancelled', 'dead'] as const;

/** What is removed, and how much of it in one turn. */
export interface Removal {
  readonly database: Database;
  readonly ctx: ExecutionContext;
  readonly retention: JobsConfig['retention'];
  readonly now: number;
  /** Batches of a turn at most, so that nothing waits long for its end. */
  readonly batches: number;
}

/**
 * Removes ended jobs whose time is over, with their log, in transactions of a few hundred. A child
 * stays as long as its parent, which may still ask for its result.
 *
 * @returns how many were removed, and whether none is left
 */
export async function removeEnded({
  database,
  ctx,
  retention,
  now,
  batches,
}: Removal): Promise<{ readonly removed: number; readonly isAll: boolean }> {
  let removed = 0;
  let left = batches;
  for (const state of ENDED) {
    const over = isOver(state, { now, before: now - retention[state] });
    for (;;) {
      if (left === 0) return { removed, isAll: false };
      left -= 1;
      const count = await database.transaction(ctx, (session) => removeBatch(session, over));
      removed += count;
      if (count < AT_ONCE) break;
    }
  }
  return { removed, isAll: true };
}

function isOver(
  state: (typeof ENDED)[number],
  { now, before }: { readonly now: number; readonly before: number },
): RowFilter {
  return all(
    is('state', state),
    { op: 'isNull', field: 'parent_id', value: true },
    { op: 'lt', field: 'finished_at', value: new Date(before).toISOString() },
    {
      op: 'or',
      args: [
        { op: 'isNull', field: 'unique_until', value: true },
        { op: 'lt', field: 'unique_until', value: new Date(now).toISOString() },
      ],
    },
  );
}

/** Rows that another process removes or runs again in this moment are left alone. */
async function removeBatch(session: DriverSession, where: RowFilter): Promise<number> {
  const rows = await session.find({
    table: jobTable,
    columns: ['id'],
    where,
    limit: AT_ONCE,
    lock: 'skip',
  });
  if (rows.length === 0) return 0;
  const ids = rows.map((row) => row['id'] as string);
  await session.delete({ table: jobLogTable, where: isIn('job_id', ids) });
  await session.delete({ table: jobTaskTable, where: isIn('id', ids) });
  // Children are on their own from now on: each goes when its own time is over.
  await setJobs(session, isIn('parent_id', ids), { parent_id: null });
  return session.delete({ table: jobTable, where: isIn('id', ids) });
}
