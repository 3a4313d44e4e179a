import type { ExecutionContext, JobRun } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import { completeWith, iso, type Parts } from '../parts.js';
import { addRows, all, is, readRows, setRows } from '../store.js';
import { deliveryTable, type DeliveryRow } from '../tables.js';
import { digestJob, enqueueDelivery } from './jobs.js';

const collected = (key: string) => all(is('digest_key', key), is('state', 'collecting'));

/**
 * Adds a delivery to what is collected for its recipient. The first one opens the window. The key is
 * locked until the transaction ends, so no delivery slips between a window that closes and the next.
 */
export async function openDigest(
  parts: Parts,
  row: DeliveryRow,
  { session, ctx }: { readonly session: DriverSession; readonly ctx: ExecutionContext },
): Promise<void> {
  const { jobs } = parts;
  const key = row.digest_key ?? '';
  await session.lockKey(`notification digest ${key}`);
  const where = collected(key);
  const [open] = await readRows<DeliveryRow>(session, deliveryTable, { where, limit: 1 });
  const due = (open ?? row).due_at ?? row.created_at;
  await addRows(session, deliveryTable, [{ ...row, due_at: due }]);
  if (open === undefined) await jobs.enqueue(digestJob, { key }, ctx, { runAt: new Date(due) });
}

/** Closes a window: the first delivery goes out and speaks for all. */
export async function closeDigest(
  parts: Parts,
  run: JobRun<{ readonly key: string }>,
): Promise<unknown> {
  const { now } = parts;
  const { key } = run.payload;
  return completeWith(parts, run, async (session, ctx) => {
    await session.lockKey(`notification digest ${key}`);
    const rows = await readRows<DeliveryRow>(session, deliveryTable, {
      where: collected(key),
      order: 'asc',
    });
    const [first] = rows;
    if (first === undefined) return { collected: 0 };
    const at = iso(now());
    await setRows<DeliveryRow>(session, deliveryTable, {
      where: collected(key),
      set: { state: 'digested', digest_id: first.id, finished_at: at },
    });
    await setRows<DeliveryRow>(session, deliveryTable, {
      where: is('id', first.id),
      set: { state: 'waiting', due_at: at, finished_at: null },
    });
    await enqueueDelivery(parts, first, { ctx });
    return { collected: rows.length };
  });
}
