import type { Failure, FailureSource } from '@objectos/spec/contracts';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import { retryDelivery } from './log.js';
import type { Parts } from './parts.js';
import { all, is, isIn, readRow, readRows } from './store.js';
import {
  deliveryTable,
  notificationTable,
  type DeliveryRow,
  type NotificationRow,
} from './tables.js';

const AT_ONCE = 200;

/** Deliveries that were given up, as failures: those to people, and those to other systems. */
export function failureSources(parts: Parts): FailureSource[] {
  const isWebhook = is('channel', 'webhook');
  return [
    sourceOf(parts, 'notifications', { op: 'not', arg: isWebhook }),
    sourceOf(parts, 'webhooks', isWebhook),
  ];
}

function sourceOf(parts: Parts, name: string, which: RowFilter): FailureSource {
  const { database } = parts;
  const failed = (...more: RowFilter[]): RowFilter => all(is('state', 'failed'), which, ...more);
  return {
    name,
    async list({ tenantId, limit }) {
      const rows = await readRows<DeliveryRow>(database.reader, deliveryTable, {
        where: failed(...(tenantId === undefined ? [] : [is('organization_id', tenantId)])),
        limit,
        order: 'desc',
      });
      const payloads = await payloadsOf(database.reader, rows);
      return rows.map((row) => toFailure(name, row, payloads.get(row.notification_id)));
    },
    async get(id) {
      const where = failed(is('id', id));
      const [row] = await readRows<DeliveryRow>(database.reader, deliveryTable, {
        where,
        limit: 1,
      });
      if (row === undefined) return undefined;
      const notification = await readRow<NotificationRow>(
        database.reader,
        notificationTable,
        row.notification_id,
      );
      return toFailure(name, row, notification?.payload);
    },
    async replay(id, options) {
      await retryDelivery(parts, id, options);
    },
  };
}

async function payloadsOf(
  session: DriverSession,
  rows: readonly DeliveryRow[],
): Promise<Map<string, unknown>> {
  const ids = [...new Set(rows.map((row) => row.notification_id))];
  const payloads = new Map<string, unknown>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const where = isIn('id', ids.slice(at, at + AT_ONCE));
    const found = await readRows<NotificationRow>(session, notificationTable, { where });
    for (const { id, payload } of found) payloads.set(id, payload);
  }
  return payloads;
}

/** What one endpoint refuses has one cause; what people are not told has one for each topic. */
function toFailure(source: string, row: DeliveryRow, payload: unknown): Failure {
  return {
    source,
    id: row.id,
    title:
      row.channel === 'webhook' ? `endpoint ${row.recipient}` : `${row.topic} by ${row.channel}`,
    code: row.error?.code ?? 'failed',
    message: row.error?.message ?? '',
    at: row.finished_at ?? row.created_at,
    attempts: row.attempt,
    tenantId: row.organization_id,
    payload: row.payload ?? payload ?? null,
    editable: true,
  };
}
