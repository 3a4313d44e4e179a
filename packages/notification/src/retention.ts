import type { RowFilter } from '@objectql/core/driver';
import { iso, type Parts } from './parts.js';
import { all, isIn } from './store.js';
import { deliveryTable, inboxTable, notificationTable } from './tables.js';

const AT_ONCE = 500;
const ENDED = ['sent', 'skipped', 'suppressed', 'failed', 'digested'];

/**
 * Removes what is over: ended deliveries, what was emitted and has none left, items of inboxes. A few
 * hundred at a time.
 *
 * @returns how many rows went
 */
export async function removeOld({
  database,
  config,
  now,
  ctx,
}: Pick<Parts, 'database' | 'config' | 'now' | 'ctx'>): Promise<number> {
  const before = iso(now() - config.retention);
  const old = (field: string): RowFilter => ({ op: 'lt', field, value: before });
  return database.transaction(ctx, async (session) => {
    let removed = 0;
    const remove = async (table: typeof deliveryTable, where: RowFilter): Promise<void> => {
      const rows = await session.find({ table, columns: ['id'], where, limit: AT_ONCE });
      const ids = rows.map((row) => row['id'] as string);
      if (ids.length > 0) removed += await session.delete({ table, where: isIn('id', ids) });
    };
    await remove(deliveryTable, all(isIn('state', ENDED), old('finished_at')));
    await remove(inboxTable, old('created_at'));
    await remove(
      notificationTable,
      all(old('created_at'), await withoutDeliveries(session, before)),
    );
    return removed;
  });
}

/** What still waits (held, collected, tried again) keeps what it tells of. */
async function withoutDeliveries(
  session: { find: Parts['database']['reader']['find'] },
  before: string,
): Promise<RowFilter> {
  const rows = await session.find({
    table: deliveryTable,
    columns: ['notification_id'],
    where: { op: 'lt', field: 'created_at', value: before },
  });
  const ids = [...new Set(rows.map((row) => row['notification_id'] as string))];
  return { op: 'nin', field: 'id', value: ids };
}
