import type { DriverSession, RowFilter } from '@objectql/core/driver';
import type { JobsConfig } from './config.js';
import { all, is, isIn } from './queue-store.js';
import { jobLogTable, jobTable } from './tables.js';

const AT_ONCE = 500;

/**
 * Removes ended jobs whose time is over, with their log, a few hundred at a time.
 *
 * @returns how many were removed
 */
export async function removeEnded(
  session: DriverSession,
  retention: JobsConfig['retention'],
  now: number,
): Promise<number> {
  let removed = 0;
  for (const state of ['completed', 'cancelled', 'dead'] as const) {
    const before = new Date(now - retention[state]).toISOString();
    const over: RowFilter = all(is('state', state), {
      op: 'lt',
      field: 'finished_at',
      value: before,
    });
    const rows = await session.find({
      table: jobTable,
      columns: ['id'],
      where: over,
      limit: AT_ONCE,
    });
    if (rows.length === 0) continue;
    const ids = rows.map((row) => row['id'] as string);
    await session.delete({ table: jobLogTable, where: isIn('job_id', ids) });
    removed += await session.delete({ table: jobTable, where: all(isIn('id', ids), over) });
  }
  return removed;
}
