import type { DeliveryReceipt, NotificationChannel } from '@objectos/spec/contracts';
import type { DriverSession, RowFilter } from '@objectql/core/driver';
import { iso, type Parts } from '../parts.js';
import { addRows, all, is, isIn, readRows, setRows, table } from '../store.js';
import { resume, suppress } from '../suppression/store.js';
import { deliveryTable, type DeliveryRow } from '../tables.js';
import type { CallbackEvent } from './callback.js';

/** Events that had their effect, so that one that comes again has none. */
export const callbackTable = table(
  'sys_notification_callback',
  { created_at: 'datetime' },
  { created: ['created_at'] },
);

/** What was told, and by whom. */
export interface Told {
  readonly provider: string;
  readonly channel: NotificationChannel;
  readonly events: readonly CallbackEvent[];
}

/** The later of two receipts of one message is the one that says more: people complain of what arrived. */
const RANK: Readonly<Record<DeliveryReceipt['kind'], number>> = {
  delivered: 1,
  failed: 2,
  bounced: 3,
  complained: 4,
};

/** Writes what a provider told into the log and the list of those who get nothing more; all or nothing. */
export async function applyEvents(parts: Parts, told: Told): Promise<void> {
  if (told.events.length === 0) return;
  const at = iso(parts.now());
  await parts.database.transaction(parts.ctx, async (session) => {
    const events = await remember(session, told, at);
    const deliveries = await deliveriesOf(session, { ...told, events });
    for (const event of events) {
      if (event.kind === 'stopped' || event.kind === 'resumed') {
        await applyWish(session, told.channel, event, at);
      }
      const delivery = deliveries.find((row) => isAbout(event, row));
      if (delivery === undefined || event.kind === 'resumed') continue;
      await writeReceipt(session, delivery, event, at);
    }
  });
}

/** Notes the events that are new. */
async function remember(
  session: DriverSession,
  { provider, events }: Told,
  at: string,
): Promise<CallbackEvent[]> {
  const byId = new Map(events.map((event) => [`${provider} ${event.id}`.slice(0, 300), event]));
  const where = isIn('id', [...byId.keys()]);
  const seen = await readRows<{ readonly id: string }>(session, callbackTable, { where });
  for (const { id } of seen) byId.delete(id);
  await addRows(
    session,
    callbackTable,
    [...byId.keys()].map((id) => ({ id, created_at: at })),
  );
  return [...byId.values()];
}

async function deliveriesOf(
  session: DriverSession,
  { provider, channel, events }: Told,
): Promise<DeliveryRow[]> {
  const named = (values: (string | undefined)[]) => values.filter((value) => value !== undefined);
  const args: RowFilter[] = [
    isIn('id', named(events.map(({ deliveryId }) => deliveryId))),
    all(
      is('provider', provider),
      isIn('provider_id', named(events.map(({ providerId }) => providerId))),
    ),
  ];
  const where = all(is('channel', channel), { op: 'or', args });
  return readRows<DeliveryRow>(session, deliveryTable, { where, lock: 'wait' });
}

function isAbout({ deliveryId, providerId }: CallbackEvent, row: DeliveryRow): boolean {
  const isNamed =
    deliveryId === row.id || (providerId !== undefined && providerId === row.provider_id);
  // It was sent again since: this is about the message before.
  const isOther =
    row.channel === 'sms' &&
    providerId !== undefined &&
    row.provider_id !== null &&
    row.provider_id !== providerId;
  return isNamed && !isOther;
}

async function writeReceipt(
  session: DriverSession,
  row: DeliveryRow,
  event: CallbackEvent,
  at: string,
): Promise<void> {
  const kind = receiptKind(event);
  if (row.receipt !== null && RANK[row.receipt.kind] >= RANK[kind]) return;
  const { code = null, message } = event;
  const receipt = { kind, code, message: message?.slice(0, 500) ?? null, at };
  const failed = kind === 'failed' || kind === 'bounced';
  const error = { code: code ?? kind, message: receipt.message ?? kind, at };
  const set: Partial<DeliveryRow> = failed
    ? { receipt, state: 'failed', error, cause: kind, due_at: null, finished_at: at }
    : { receipt };
  await setRows<DeliveryRow>(session, deliveryTable, { where: is('id', row.id), set });
  const { channel, address } = row;
  if (address === null || (kind !== 'bounced' && kind !== 'complained')) return;
  await suppress(session, { channel, address, topic: null, reason: kind, at });
}

/** A provider that did not even try, because the recipient wants nothing, did not deliver. */
function receiptKind({ kind }: CallbackEvent): DeliveryReceipt['kind'] {
  return kind === 'stopped' || kind === 'resumed' ? 'failed' : kind;
}

async function applyWish(
  session: DriverSession,
  channel: NotificationChannel,
  { kind, address }: CallbackEvent,
  at: string,
): Promise<void> {
  if (address === undefined) return;
  if (kind === 'stopped') {
    await suppress(session, { channel, address, topic: null, reason: 'stopped', at });
  } else await resume(session, { channel, address });
}
