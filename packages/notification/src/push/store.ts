import type { DriverSession } from '@objectql/core/driver';
import { createHash } from 'node:crypto';
import { all, is, isIn, putRow, readRow, readRows, table } from '../store.js';

/** Browsers that take push messages for a user (W3C Push API). */
export const subscriptionTable = table(
  'sys_push_subscription',
  {
    user_id: 'text',
    endpoint: 'text',
    p256dh: 'text',
    auth: 'text',
    name: 'text',
    created_at: 'datetime',
  },
  { user: ['user_id'] },
);

/** A row of {@link subscriptionTable}. The id is made of the endpoint: one browser, one user. */
export interface SubscriptionRow {
  readonly id: string;
  readonly user_id: string;
  readonly endpoint: string;
  /** The browser's public key and secret, as it gave them. */
  readonly p256dh: string;
  readonly auth: string;
  readonly name: string | null;
  readonly created_at: string;
}

const MOST_OF_USER = 20;
const AT_ONCE = 200;

/** Keeps a browser; whoever had it before has it no more. @returns its id */
export async function subscribe(
  session: DriverSession,
  given: Omit<SubscriptionRow, 'id'>,
): Promise<string> {
  const id = createHash('sha256').update(given.endpoint).digest('hex').slice(0, 32);
  await putRow(session, subscriptionTable, { ...given, id });
  const mine = await subscriptionsOf(session, given.user_id);
  const oldest = mine.toSorted((a, b) => b.created_at.localeCompare(a.created_at));
  for (const row of oldest.slice(MOST_OF_USER)) await forget(session, row.id);
  return id;
}

/** Browsers of a user. */
export function subscriptionsOf(
  session: DriverSession,
  userId: string,
): Promise<SubscriptionRow[]> {
  return readRows<SubscriptionRow>(session, subscriptionTable, { where: is('user_id', userId) });
}

/** Ids of the browsers of users, by user. */
export async function subscriptionIds(
  session: DriverSession,
  userIds: readonly string[],
): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (let at = 0; at < userIds.length; at += AT_ONCE) {
    const where = isIn('user_id', userIds.slice(at, at + AT_ONCE));
    for (const row of await readRows<SubscriptionRow>(session, subscriptionTable, { where })) {
      found.set(row.user_id, [...(found.get(row.user_id) ?? []), row.id]);
    }
  }
  return found;
}

/** A browser, by its id. */
export function readSubscription(
  session: DriverSession,
  id: string,
): Promise<SubscriptionRow | undefined> {
  return readRow<SubscriptionRow>(session, subscriptionTable, id);
}

/** Forgets a browser, of a user if one is named. @returns whether it was there */
export async function forget(
  session: DriverSession,
  id: string,
  userId?: string,
): Promise<boolean> {
  const where = userId === undefined ? is('id', id) : all(is('id', id), is('user_id', userId));
  return (await session.delete({ table: subscriptionTable, where })) > 0;
}
