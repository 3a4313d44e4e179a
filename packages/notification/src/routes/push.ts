import { readBody, type Route } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { iso, type Parts } from '../parts.js';
import type { VapidKeys } from '../push/keys.js';
import { forget, subscribe, subscriptionsOf } from '../push/store.js';
import { routesAt, userOf } from './support.js';

const key = (bytes: number) =>
  z
    .string()
    .regex(/^[\w-]+=*$/)
    .refine(
      (text) => Buffer.from(text, 'base64url').length === bytes,
      `base64url of ${bytes} bytes`,
    );

/** What `PushSubscription.toJSON()` gives. */
const subscriptionSchema = z.object({
  endpoint: z.url({ protocol: /^https$/ }).max(2_000),
  keys: z.object({ p256dh: key(65), auth: key(16) }),
});
const deviceSchema = z.strictObject({
  /** The subscription as JSON text. */
  token: z.string().max(4_000),
  platform: z.enum(['ios', 'android', 'web']),
  deviceId: z.string().max(200).optional(),
  name: z.string().max(200).optional(),
});

/** Browsers that take push messages, in the words of the published clients. */
export function pushRoutes(parts: Parts, keys: () => VapidKeys): Route[] {
  const { database, ctx, now } = parts;
  return [
    ...routesAt('GET', '/devices/key', async (asked) => {
      userOf(asked);
      return { publicKey: keys().publicKey };
    }),
    ...routesAt('GET', '/devices', async (asked) => {
      const rows = await subscriptionsOf(database.reader, userOf(asked));
      const devices = rows.map(({ id, name, created_at: createdAt }) => ({
        deviceId: id,
        name,
        createdAt,
      }));
      return { devices };
    }),
    ...routesAt('POST', '/devices', async (asked) => {
      const userId = userOf(asked);
      const { token, platform, name } = await readBody(asked.request, deviceSchema);
      if (platform !== 'web') {
        throw createError('push_subscription_invalid', {
          reason: `there is no push service for ${platform}; use the browser's push`,
        });
      }
      const { endpoint, keys: own } = readSubscription(token);
      const row = { user_id: userId, endpoint, ...own, name: name ?? null, created_at: iso(now()) };
      const deviceId = await database.transaction(ctx, (session) => subscribe(session, row));
      return { deviceId, success: true };
    }),
    ...routesAt('DELETE', '/devices/:id', async (asked) => {
      const userId = userOf(asked);
      return {
        success: await database.transaction(ctx, (session) => forget(session, asked.id, userId)),
      };
    }),
  ];
}

function readSubscription(token: string): z.output<typeof subscriptionSchema> {
  const refuse = (reason: string, cause?: unknown) =>
    createError('push_subscription_invalid', { reason }, { cause });
  let value: unknown;
  try {
    value = JSON.parse(token);
  } catch (cause) {
    throw refuse('it is no JSON', cause);
  }
  const parsed = subscriptionSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'not valid'}`.trim());
}
