import type { NotificationChannel } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import { all, is, isIn, putRow, readRows, table } from '../store.js';
import type { DeliveryRow } from '../tables.js';

/** Addresses that get nothing, or nothing of a topic. */
export const suppressionTable = table(
  'sys_notification_suppression',
  {
    channel: 'text',
    address: 'text',
    topic: 'text',
    reason: 'text',
    created_at: 'datetime',
  },
  { address: ['address'] },
);

/** A row of {@link suppressionTable}. */
export interface SuppressionRow {
  readonly id: string;
  readonly channel: NotificationChannel;
  readonly address: string;
  /** Empty: everything. */
  readonly topic: string | null;
  /** `bounced`, `complained`, `stopped`, `unsubscribed`, or what an administrator wrote. */
  readonly reason: string;
  readonly created_at: string;
}

/** What is not sent any more. */
export interface Suppression {
  readonly channel: NotificationChannel;
  readonly address: string;
  readonly topic: string | null;
  readonly reason: string;
  readonly at: string;
}

const idOf = ({ channel, address, topic }: Omit<Suppression, 'reason' | 'at'>): string =>
  JSON.stringify([channel, address, topic]);

/** Addresses are compared without regard to case: so do mail servers. */
const normal = (address: string): string => address.toLowerCase();

/** Sends an address nothing more. */
export async function suppress(session: DriverSession, given: Suppression): Promise<void> {
  const { channel, topic, reason, at } = given;
  const address = normal(given.address);
  const id = idOf({ channel, address, topic });
  const row: SuppressionRow = { id, channel, address, topic, reason, created_at: at };
  await putRow(session, suppressionTable, row);
}

/** Takes a suppression back. @returns whether it was there */
export async function unsuppress(session: DriverSession, id: string): Promise<boolean> {
  return (await session.delete({ table: suppressionTable, where: is('id', id) })) > 0;
}

/** Sends an address again that asked for no more and now asks for it. Other reasons stay. */
export async function resume(
  session: DriverSession,
  given: Pick<Suppression, 'channel' | 'address'>,
): Promise<void> {
  const id = idOf({ ...given, address: normal(given.address), topic: null });
  const where = all(is('id', id), is('reason', 'stopped'));
  await session.delete({ table: suppressionTable, where });
}

/** What keeps a delivery from being sent. */
export async function suppressionOf(
  session: DriverSession,
  { channel, address, topic }: DeliveryRow,
): Promise<SuppressionRow | undefined> {
  if (address === null) return undefined;
  const ids = [null, topic].map((one) => idOf({ channel, address: normal(address), topic: one }));
  const where = isIn('id', ids);
  return (await readRows<SuppressionRow>(session, suppressionTable, { where, limit: 1 }))[0];
}
