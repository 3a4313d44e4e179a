import { jobOutcome, type ExecutionContext, type JobRun } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import { isObjectOSError } from '@objectos/spec/errors';
import {
  isFinal,
  type Outgoing,
  type SendFailure,
  type Sender,
  type SendResult,
} from '../channels/channel.js';
import { completeWith, iso, type Parts } from '../parts.js';
import { quietUntil } from '../preferences/quiet-hours.js';
import { profileOf } from '../preferences/store.js';
import { all, is, isIn, readRow, readRows, setRows } from '../store.js';
import { suppress, suppressionOf } from '../suppression/store.js';
import {
  deliveryTable,
  notificationTable,
  type DeliveryRow,
  type NotificationRow,
} from '../tables.js';
import { renderTexts, textsFor } from '../templates/topic.js';
import { enqueueDelivery } from './jobs.js';
import { languageOf } from './language.js';

/** How many events a collected message shows; the rest is counted. */
const MOST_ITEMS = 50;
const BUSY_MILLISECONDS = 1_000;
const nothing = (): void => undefined;

/**
 * One try of a delivery. It is sent outside of a transaction and its end is written with the end of
 * the job: a crash between the two sends it again, under the same id.
 */
export async function deliver(
  parts: Parts,
  sender: Sender,
  run: JobRun<{ readonly id: string }>,
): Promise<unknown> {
  const { database } = parts;
  const delivery = await readRow<DeliveryRow>(database.reader, deliveryTable, run.payload.id);
  if (delivery === undefined || !['waiting', 'held'].includes(delivery.state)) return undefined;
  const notification = await readRow<NotificationRow>(
    database.reader,
    notificationTable,
    delivery.notification_id,
  );
  if (notification === undefined) return undefined;
  const set = (session: DriverSession, change: Partial<DeliveryRow>) =>
    setRows<DeliveryRow>(session, deliveryTable, {
      where: is('id', delivery.id),
      set: change,
    });

  const suppressed = await suppressionOf(database.reader, delivery);
  if (suppressed !== undefined) {
    const change = {
      state: 'suppressed',
      cause: suppressed.reason,
      finished_at: iso(parts.now()),
    } as const;
    return completeWith(parts, run, (session) => set(session, change));
  }
  const quiet = await holdUntil(parts, delivery, notification);
  if (quiet !== undefined) {
    const change = { state: 'held', cause: 'quiet_hours', due_at: iso(quiet) } as const;
    await database.transaction(run.ctx, (session) => set(session, change));
    return jobOutcome.snooze(quiet - parts.now());
  }
  const leave = sender.enter === undefined ? nothing : sender.enter(delivery);
  if (leave === undefined) return jobOutcome.snooze(BUSY_MILLISECONDS);
  const given = { delivery, notification, signal: run.signal };
  const result = await trySend(parts, sender, given).finally(leave);
  return completeWith(parts, run, (session, ctx) =>
    end(parts, sender, { delivery, result, session, ctx }),
  );
}

/** The end of the quiet hours that it now is in; critical messages know none. */
async function holdUntil(
  { database, now, config }: Parts,
  { user_id: userId, channel }: DeliveryRow,
  { severity }: NotificationRow,
): Promise<number | undefined> {
  if (userId === null || channel === 'webhook' || severity === 'critical') return undefined;
  const profile = await profileOf(database.reader, userId);
  return quietUntil(profile, now(), config.defaultTimeZone);
}

async function trySend(
  parts: Parts,
  sender: Sender,
  given: Pick<Outgoing, 'delivery' | 'notification' | 'signal'>,
): Promise<SendResult> {
  try {
    return await sender.send(await prepare(parts, given));
  } catch (error) {
    if (given.signal.aborted || !isObjectOSError(error)) throw error;
    // What the catalogue refuses (a template, an address) is refused again.
    return isFinal(error.code, error.message);
  }
}

/** Renders what is sent. @throws `template_failed` */
async function prepare(
  parts: Parts,
  given: Pick<Outgoing, 'delivery' | 'notification' | 'signal'>,
): Promise<Outgoing> {
  const { delivery, notification } = given;
  const { config, topics, origin } = parts;
  const payload = await payloadOf(parts, delivery, notification);
  const topic = await topics.compiled(notification.topic);
  const texts = textsFor(topic, delivery.locale, config.defaultLocale);
  const rendered = renderTexts(texts, payload, languageOf(delivery, texts, config));
  const base = origin();
  const link =
    rendered.url === null || (rendered.url.startsWith('/') && base === undefined)
      ? null
      : new URL(rendered.url, base).href;
  return { ...given, payload, rendered, link };
}

/** What the templates see; of a collected message also all of it, as `digest.items` and `.count`. */
async function payloadOf(
  { database }: Parts,
  delivery: DeliveryRow,
  notification: NotificationRow,
): Promise<object> {
  const own = (delivery.payload as object | null) ?? notification.payload;
  if (delivery.digest_key === null) return own;
  const rest = await readRows<DeliveryRow>(database.reader, deliveryTable, {
    where: is('digest_id', delivery.id),
    order: 'asc',
  });
  const ids = rest.slice(0, MOST_ITEMS).map((row) => row.notification_id);
  const notifications = await readRows<NotificationRow>(database.reader, notificationTable, {
    where: isIn('id', ids),
    order: 'asc',
  });
  const items = notifications.map(({ payload }) => payload);
  return { ...own, digest: { count: rest.length, items } };
}

async function end(
  parts: Parts,
  sender: Sender,
  given: {
    readonly delivery: DeliveryRow;
    readonly result: SendResult;
    readonly session: DriverSession;
    readonly ctx: ExecutionContext;
  },
): Promise<{ readonly state: string }> {
  const { now } = parts;
  const { delivery, result, session, ctx } = given;
  const attempt = delivery.attempt + 1;
  const at = iso(now());
  await sender.ended?.(delivery, result, { session, ctx });
  const change = changeOf(sender, { result, attempt, now: now() });
  await setRows<DeliveryRow>(session, deliveryTable, {
    // A provider may have told the end of it before it was written here.
    where: all(is('id', delivery.id), isIn('state', ['waiting', 'held'])),
    set: { ...change, attempt },
  });
  if (result.kind === 'failed' && result.isDeadAddress === true && delivery.address !== null) {
    const { channel, address } = delivery;
    await suppress(session, { channel, address, topic: null, reason: 'bounced', at });
  }
  if (change.state === 'waiting') {
    await enqueueDelivery(parts, delivery, { ctx, runAt: new Date(change.due_at ?? at) });
  }
  return { state: change.state };
}

function changeOf(
  { schedule }: Sender,
  given: { readonly result: SendResult; readonly attempt: number; readonly now: number },
): Pick<DeliveryRow, 'state'> & Partial<DeliveryRow> {
  const { result, attempt, now } = given;
  const at = iso(now);
  if (result.kind === 'sent') {
    const { provider, providerId } = result;
    return {
      state: 'sent',
      provider,
      provider_id: providerId,
      error: null,
      cause: null,
      finished_at: at,
    };
  }
  const { code, message, provider } = result;
  const error = { error: { code, message, at }, provider: provider ?? null, cause: null };
  const wait = waitOf(result, schedule[attempt]);
  return wait === undefined
    ? { state: 'failed', ...error, finished_at: at }
    : { state: 'waiting', ...error, due_at: iso(now + wait) };
}

/** A tenth more or less, so that what failed together does not come back together. */
function waitOf(
  { retryable, retryAfter }: SendFailure,
  planned: number | undefined,
): number | undefined {
  if (!retryable || planned === undefined) return undefined;
  return Math.max(
    Math.round(planned * (1 + Math.random() / 10)),
    Math.min(retryAfter ?? 0, 86_400_000),
  );
}
