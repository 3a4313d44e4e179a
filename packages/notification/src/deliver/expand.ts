import type { ExecutionContext, JobRun } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import { isObjectOSError } from '@objectos/spec/errors';
import { resolveAudience } from '../audience/resolve.js';
import { inboxItem } from '../inbox/item.js';
import { completeWith, iso, type Parts } from '../parts.js';
import { choicesOfTenant, choicesOfUsers, profilesOf } from '../preferences/store.js';
import { addRows, readRow } from '../store.js';
import type { CompiledTopic } from '../templates/topic.js';
import {
  deliveryTable,
  inboxTable,
  notificationTable,
  type DeliveryRow,
  type InboxRow,
  type NotificationRow,
} from '../tables.js';
import { openDigest } from './digest.js';
import { enqueueDelivery } from './jobs.js';
import { planFor, type Knowledge } from './plan.js';

const AT_ONCE = 100;

/**
 * Makes the deliveries of a notification: who, by which channel, at once or collected. Everything is
 * written with the end of the job, so nobody is told twice, however often the job runs.
 */
export async function expand(parts: Parts, run: JobRun<{ readonly id: string }>): Promise<unknown> {
  const { database, topics } = parts;
  const found = await readRow<NotificationRow>(database.reader, notificationTable, run.payload.id);
  if (found === undefined) return { deliveries: 0 };
  // A topic that a plugin took away meanwhile may come back: the job tries again.
  topics.get(found.topic);
  const rows = await plan(parts, found);
  const topic = await topics.compiled(found.topic);
  return completeWith(parts, run, (session, ctx) =>
    write(parts, { notification: found, topic, rows, session, ctx }),
  );
}

async function plan(parts: Parts, notification: NotificationRow): Promise<DeliveryRow[]> {
  const { database, topics, directory, senders, now, endpoints, subscriptions } = parts;
  const { reader } = database;
  const recipients = await resolveAudience(notification, directory);
  const ids = recipients.flatMap(({ person }) => (person === undefined ? [] : [person.userId]));
  const known: Knowledge = {
    topic: topics.get(notification.topic),
    now: now(),
    choices: await choicesOfUsers(reader, ids),
    organization: await choicesOfTenant(reader, notification.organization_id),
    profiles: await profilesOf(reader, ids),
    subscriptions: await subscriptions(ids),
    available: new Set([
      'inbox',
      ...Object.values(senders)
        .filter((sender) => sender.isSetUp?.() !== false)
        .map(({ channel }) => channel),
    ]),
  };
  return [
    ...recipients.flatMap((recipient) => planFor(recipient, notification, known)),
    ...(await endpoints(notification)),
  ];
}

async function write(
  parts: Parts,
  given: {
    readonly notification: NotificationRow;
    readonly topic: CompiledTopic;
    readonly rows: readonly DeliveryRow[];
    readonly session: DriverSession;
    readonly ctx: ExecutionContext;
  },
): Promise<{ readonly deliveries: number }> {
  const { session, ctx } = given;
  const { rows, items } = withItems(parts, given);
  const plain = rows.filter(({ state }) => state !== 'collecting');
  await inChunks(items, (some) => addRows(session, inboxTable, some));
  await inChunks(plain, (some) => addRows(session, deliveryTable, some));
  // Sorted, so that two notifications never wait for each other.
  const collecting = rows
    .filter(({ state }) => state === 'collecting')
    .sort((a, b) => (a.digest_key ?? '').localeCompare(b.digest_key ?? ''));
  for (const row of collecting) await openDigest(parts, row, { session, ctx });
  for (const row of rows) if (row.state === 'waiting') await enqueueDelivery(parts, row, { ctx });
  return { deliveries: rows.length };
}

async function inChunks<T>(
  rows: readonly T[],
  write: (some: readonly T[]) => Promise<void>,
): Promise<void> {
  for (let at = 0; at < rows.length; at += AT_ONCE) await write(rows.slice(at, at + AT_ONCE));
}

/** Rows with their inbox items. A text that cannot be filled in fails alone. */
function withItems(
  parts: Parts,
  given: {
    readonly notification: NotificationRow;
    readonly topic: CompiledTopic;
    readonly rows: readonly DeliveryRow[];
  },
): { readonly rows: DeliveryRow[]; readonly items: InboxRow[] } {
  const { config, now } = parts;
  const { notification, topic, rows } = given;
  const at = iso(now());
  const items: InboxRow[] = [];
  const told = rows.map((delivery): DeliveryRow => {
    if (delivery.channel !== 'inbox' || delivery.state !== 'sent') return delivery;
    try {
      items.push(inboxItem({ notification, delivery, topic, config, at }));
      return delivery;
    } catch (error) {
      if (!isObjectOSError(error, 'template_failed')) throw error;
      const { code, message } = error;
      return { ...delivery, state: 'failed', attempt: 1, error: { code, message, at } };
    }
  });
  return { rows: told, items };
}
