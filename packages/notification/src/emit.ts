import {
  defineJob,
  NOTIFICATION_SEVERITIES,
  type ExecutionContext,
  type Notification,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { newId } from '@objectql/core';
import type { DriverSession } from '@objectql/core/driver';
import { z } from 'zod';
import { iso, type Parts } from './parts.js';
import { addRows, all, is, readRows, setRows } from './store.js';
import { notificationTable, type NotificationRow } from './tables.js';

const DAY = 86_400_000;
const MAX_PAYLOAD = 64 * 1024;

/** Finds out who is told by which channel. */
export const expandJob = defineJob('notification.expand', z.strictObject({ id: z.string() }), {
  queue: 'notification',
});

const ids = z.array(z.string().min(1).max(64)).max(10_000).optional();
const notificationSchema = z.strictObject({
  topic: z.string().max(100),
  audience: z
    .strictObject({
      users: ids,
      roles: z.array(z.string().min(1).max(100)).max(100).optional(),
      fields: z.array(z.string().min(1).max(64)).max(20).optional(),
      addresses: z
        .array(
          z.strictObject({
            email: z.string().max(320).optional(),
            phone: z
              .string()
              .regex(/^\+[1-9]\d{5,14}$/, 'a phone number like "+4930123456"')
              .optional(),
            locale: z.string().max(35).optional(),
          }),
        )
        .max(1_000)
        .optional(),
      except: ids,
    })
    .default({}),
  payload: z.record(z.string(), z.unknown()).default({}),
  severity: z.enum(NOTIFICATION_SEVERITIES).default('info'),
  about: z.strictObject({ object: z.string().max(64), id: z.string().max(64) }).optional(),
  deduplicationKey: z.string().min(1).max(300).optional(),
  deduplicateFor: z
    .int()
    .min(1)
    .max(365 * DAY)
    .default(DAY),
  source: z.string().max(200).optional(),
});

/** The one way in: keeps what was emitted and enqueues the rest, all in the caller's transaction. */
export async function emit(
  { database, jobs, now, topics }: Pick<Parts, 'database' | 'jobs' | 'now' | 'topics'>,
  notification: Notification,
  ctx: ExecutionContext,
): Promise<{ readonly id: string; readonly created: boolean }> {
  topics.get(notification.topic);
  const { row, deduplicateFor } = toRow(notification, ctx, now());
  return database.transaction(ctx, async (session, inner) => {
    const known = await addOnce(session, row, now() - deduplicateFor);
    if (known !== undefined) return { id: known, created: false };
    await jobs.enqueue(expandJob, { id: row.id }, inner);
    return { id: row.id, created: true };
  });
}

function toRow(notification: Notification, ctx: ExecutionContext, now: number) {
  const refuse = (reason: string) =>
    createError('notification_invalid', { topic: notification.topic.slice(0, 100), reason });
  const parsed = notificationSchema.safeParse(notification);
  if (!parsed.success) {
    const [first] = parsed.error.issues;
    throw refuse(`${first?.path.join('.') ?? ''} ${first?.message ?? ''}`.trim());
  }
  const { topic, audience, payload, severity, about, deduplicationKey, source } = parsed.data;
  if ((audience.fields?.length ?? 0) > 0 && about === undefined) {
    throw refuse('"audience.fields" are fields of "about", which is missing');
  }
  const { principal } = ctx;
  const tenantId = principal.tenantId;
  const row: NotificationRow = {
    id: newId(),
    topic,
    severity,
    payload: plainJson(payload, refuse),
    audience,
    about_object: about?.object ?? null,
    about_id: about?.id ?? null,
    source: source ?? null,
    actor: principal.kind === 'system' ? `system:${principal.id}` : principal.id,
    unique_key:
      deduplicationKey === undefined ? null : JSON.stringify([tenantId, topic, deduplicationKey]),
    unique_until: deduplicationKey === undefined ? null : iso(now + parsed.data.deduplicateFor),
    organization_id: tenantId,
    request_id: ctx.requestId,
    created_at: iso(now),
  };
  return { row, deduplicateFor: parsed.data.deduplicateFor };
}

/** Whatever a template could call is gone afterwards. */
function plainJson(payload: object, refuse: (reason: string) => Error): Record<string, unknown> {
  let text: string;
  try {
    text = JSON.stringify(payload);
  } catch {
    throw refuse('the payload is not JSON');
  }
  if (text.length > MAX_PAYLOAD) throw refuse('the payload is larger than 64 KiB');
  return JSON.parse(text) as Record<string, unknown>;
}

/** Inserts a notification unless its key is taken. @returns the id of the one that has the key */
async function addOnce(
  session: DriverSession,
  row: NotificationRow,
  before: number,
): Promise<string | undefined> {
  const { unique_key: key } = row;
  if (key === null) {
    await addRows(session, notificationTable, [row]);
    return undefined;
  }
  const old = all(is('unique_key', key), { op: 'lt', field: 'created_at', value: iso(before) });
  await setRows<NotificationRow>(session, notificationTable, {
    where: old,
    set: { unique_key: null },
  });
  for (;;) {
    try {
      await session.nested((inner) => addRows(inner, notificationTable, [row]));
      return undefined;
    } catch (error) {
      if (!isObjectOSError(error, 'duplicate_value')) throw error;
    }
    const where = is('unique_key', key);
    const [known] = await readRows<NotificationRow>(session, notificationTable, {
      where,
      limit: 1,
    });
    // Another transaction that held the key was undone in this moment: now there is room.
    if (known !== undefined) return known.id;
  }
}
