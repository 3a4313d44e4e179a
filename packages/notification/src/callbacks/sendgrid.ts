import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import {
  idOfMessage,
  isTimely,
  refused,
  type CallbackEvent,
  type CallbackReader,
} from './callback.js';

/** Configuration of SendGrid's callbacks. */
export const sendgridSchema = z.strictObject({
  type: z.literal('sendgrid'),
  /** The "verification key" of the signed event webhook, as it is shown there. */
  publicKey: z
    .string()
    .refine((text) => keyOf(text) !== undefined, 'the key of SendGrid, in Base64'),
});

const eventsSchema = z.array(
  z.object({
    event: z.string(),
    sg_event_id: z.string().min(1),
    'smtp-id': z.string().optional(),
    type: z.string().optional(),
    reason: z.string().optional(),
    status: z.string().optional(),
  }),
);

/**
 * SendGrid's signed event webhook: ECDSA over the moment and the bytes of the body.
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export function createSendgridReader({
  publicKey,
}: Pick<z.output<typeof sendgridSchema>, 'publicKey'>): CallbackReader {
  const key = keyOf(publicKey);
  return {
    provider: 'sendgrid',
    channel: 'email',
    read({ headers, body }, now) {
      const signature = headers.get('x-twilio-email-event-webhook-signature');
      const timestamp = headers.get('x-twilio-email-event-webhook-timestamp');
      if (signature === null || timestamp === null || key === undefined) {
        return refused('it has no signature');
      }
      const bytes = Buffer.from(timestamp + body);
      if (!verify('sha256', bytes, key, Buffer.from(signature, 'base64'))) {
        return refused('its signature is wrong');
      }
      if (!isTimely(timestamp, now)) return refused('it is too old');
      const parsed = eventsSchema.safeParse(JSON.parse(body));
      if (!parsed.success) return refused('it is no list of events');
      return { genuine: true, events: parsed.data.flatMap((event) => eventOf(event) ?? []) };
    },
  };
}

function eventOf(given: z.output<typeof eventsSchema>[number]): CallbackEvent | undefined {
  const { event, sg_event_id: id, type, reason, status } = given;
  const about = { id, deliveryId: idOfMessage(given['smtp-id'] ?? '') };
  const told = { code: `sendgrid_${status ?? event}`, message: reason ?? event };
  switch (event) {
    case 'delivered':
      return { ...about, kind: 'delivered' };
    case 'spamreport':
      return { ...about, ...told, kind: 'complained' };
    case 'bounce':
      // "blocked" is about this message, not about the mailbox.
      return { ...about, ...told, kind: type === 'blocked' ? 'failed' : 'bounced' };
    case 'dropped':
      return { ...about, ...told, kind: 'failed' };
    default:
      return undefined;
  }
}

/** A public key, in Base64 of its DER form. */
function keyOf(text: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });
  } catch {
    // What is not a key is said where the configuration is checked.
    return undefined;
  }
}
