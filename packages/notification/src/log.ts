import type { DeliveryFilter, NotificationDelivery } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import { enqueueDelivery } from './deliver/jobs.js';
import { inboxItem } from './inbox/item.js';
import { iso, type Parts } from './parts.js';
import { addRows, all, is, readRow, readRows, setRows } from './store.js';
import {
  deliveryTable,
  inboxTable,
  notificationTable,
  type DeliveryRow,
  type NotificationRow,
} from './tables.js';

const MAX_PAGE = 500;

/** The log of deliveries, newest first. */
export async function listDeliveries(
  session: DriverSession,
  filter: DeliveryFilter,
): Promise<NotificationDelivery[]> {
  const where: RowFilter[] = [];
  const add = (field: string, value: string | null | undefined): void => {
    if (value !== undefined) where.push(is(field, value));
  };
  add('notification_id', filter.notificationId);
  add('user_id', filter.userId);
  add('topic', filter.topic);
  add('channel', filter.channel);
  add('state', filter.state);
  add('organization_id', filter.tenantId);
  if (filter.before !== undefined) where.push({ op: 'lt', field: 'id', value: filter.before });
  const rows = await readRows<DeliveryRow>(session, deliveryTable, {
    where: all(...where),
    limit: Math.min(filter.limit ?? 50, MAX_PAGE),
    order: 'desc',
  });
  return rows.map(toDelivery);
}

/** A delivery, if it is still kept. */
export async function findDelivery(
  session: DriverSession,
  id: string,
): Promise<NotificationDelivery | undefined> {
  const row = await readRow<DeliveryRow>(session, deliveryTable, id);
  return row === undefined ? undefined : toDelivery(row);
}

/**
 * Sends a delivery again that failed or was suppressed, from its first try.
 *
 * @throws `delivery_not_found`, `delivery_state_conflict`, `notification_invalid` for a payload that is no object
 */
export async function retryDelivery(
  parts: Parts,
  id: string,
  { payload }: { readonly payload?: unknown },
): Promise<NotificationDelivery> {
  const { database, ctx, now } = parts;
  return database.transaction(ctx, async (session, inner) => {
    const where = is('id', id);
    const [row] = await readRows<DeliveryRow>(session, deliveryTable, { where, lock: 'wait' });
    if (row === undefined) throw createError('delivery_not_found', { id: id.slice(0, 100) });
    if (row.state !== 'failed' && row.state !== 'suppressed') {
      throw createError('delivery_state_conflict', { id, state: row.state });
    }
    if (
      payload !== undefined &&
      (typeof payload !== 'object' || payload === null || Array.isArray(payload))
    ) {
      throw createError('notification_invalid', {
        topic: row.topic,
        reason: 'the payload is no object',
      });
    }
    const again: DeliveryRow = {
      ...row,
      state: 'waiting',
      attempt: 0,
      cause: null,
      receipt: null,
      due_at: iso(now()),
      finished_at: null,
      payload: payload === undefined ? row.payload : JSON.parse(JSON.stringify(payload)),
    };
    const set = row.channel === 'inbox' ? await intoInbox(parts, again, session) : again;
    await setRows<DeliveryRow>(session, deliveryTable, { where, set });
    if (set.state === 'waiting') await enqueueDelivery(parts, set, { ctx: inner });
    return toDelivery(set);
  });
}

/** The inbox has no job: the item is written here. @throws `template_failed` */
async function intoInbox(
  { topics, config, now }: Parts,
  delivery: DeliveryRow,
  session: DriverSession,
): Promise<DeliveryRow> {
  const found = await readRow<NotificationRow>(
    session,
    notificationTable,
    delivery.notification_id,
  );
  if (found === undefined) throw createError('delivery_not_found', { id: delivery.id });
  const payload = (delivery.payload ?? found.payload) as NotificationRow['payload'];
  const notification = { ...found, payload };
  const topic = await topics.compiled(delivery.topic);
  const at = iso(now());
  const item = inboxItem({ notification, delivery, topic, config, at });
  await addRows(session, inboxTable, [item]);
  return { ...delivery, state: 'sent', attempt: 1, error: null, due_at: null, finished_at: at };
}

/** A delivery as people and programs see it. */
export function toDelivery(row: DeliveryRow): NotificationDelivery {
  return {
    id: row.id,
    notificationId: row.notification_id,
    topic: row.topic,
    channel: row.channel,
    state: row.state,
    userId: row.user_id,
    address: row.address,
    locale: row.locale,
    tenantId: row.organization_id,
    why: row.why,
    cause: row.cause,
    attempt: row.attempt,
    dueAt: row.due_at,
    provider: row.provider,
    providerId: row.provider_id,
    error: row.error,
    receipt: row.receipt,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
  };
}
