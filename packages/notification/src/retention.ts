import type { DeliveryState } from '@objectos/spec/contracts';
import type { RowFilter, TableSchema } from '@objectql/core/driver';
import { iso, type Parts } from './parts.js';
import { all, is, isEmpty, isIn } from './store.js';
import { callbackTable } from './callbacks/apply.js';
import { deliveryTable, inboxTable, notificationTable } from './tables.js';

const AT_ONCE = 500;
/** Longer than a callback is taken after it was signed: else one could come a second time. */
const CALLBACKS_KEPT = 3 * 86_400_000;
/** How deliveries end, and which retention counts for them. */
const ENDS: readonly (readonly [DeliveryState, 'ended' | 'failed'])[] = [
  ['sent', 'ended'],
  ['skipped', 'ended'],
  ['suppressed', 'ended'],
  ['failed', 'failed'],
  ['digested', 'ended'],
];

type RetentionParts = Pick<Parts, 'database' | 'now' | 'ctx'> & {
  readonly config: Pick<Parts['config'], 'retention'>;
};

/**
 * Removes all that is over, in transactions of a few hundred rows: ended deliveries, items of
 * inboxes, and what was emitted and has no delivery left.
 *
 * @param isStopped - asked between two transactions; the rest is left for another time
 * @returns how many rows went
 */
export async function removeOld(
  parts: RetentionParts,
  isStopped: () => boolean = () => false,
): Promise<number> {
  let removed = 0;
  for (const [table, where] of whatIsOver(parts)) {
    let count = AT_ONCE;
    while (count === AT_ONCE && !isStopped()) {
      count = await removeBatch(parts, table, where);
      removed += count;
    }
  }
  return removed;
}

/** Deliveries before what they tell of, so that both may go in one turn. */
function whatIsOver({ config, now }: RetentionParts): (readonly [TableSchema, RowFilter])[] {
  const { retention } = config;
  const olderThan = (field: string, milliseconds: number): RowFilter => ({
    op: 'lt',
    field,
    value: iso(now() - milliseconds),
  });
  const deliveries = ENDS.map(([state, kind]) => {
    const old = all(is('state', state), olderThan('finished_at', retention[kind]));
    // A message that was collected is needed to send the collection again.
    return [
      deliveryTable,
      state === 'digested' ? all(old, without('digest_id', 'id')) : old,
    ] as const;
  });
  const emitted = all(
    olderThan('created_at', Math.max(retention.ended, retention.failed)),
    // What waits (held, collected, tried again), failed or is kept as sent needs what it tells of.
    without('id', 'notification_id'),
    { op: 'or', args: [isEmpty('unique_until', true), olderThan('unique_until', 0)] },
  );
  return [
    ...deliveries,
    [callbackTable, olderThan('created_at', Math.max(retention.ended, CALLBACKS_KEPT))],
    [inboxTable, olderThan('created_at', retention.inbox)],
    [notificationTable, emitted],
  ];
}

/** True for rows whose `outer` column is the `inner` column of no delivery. */
function without(outer: string, inner: string): RowFilter {
  return { op: 'not', arg: { op: 'exists', table: deliveryTable, on: [{ outer, inner }] } };
}

/** Rows that another process removes or changes in this moment are left alone. */
function removeBatch(
  { database, ctx }: RetentionParts,
  table: TableSchema,
  where: RowFilter,
): Promise<number> {
  return database.transaction(ctx, async (session) => {
    const columns = ['id'];
    const rows = await session.find({ table, columns, where, limit: AT_ONCE, lock: 'skip' });
    if (rows.length === 0) return 0;
    const ids = rows.map((row) => row['id'] as string);
    return session.delete({ table, where: isIn('id', ids) });
  });
}
