import { createHmac } from 'node:crypto';
import { z } from 'zod';
import {
  idOfMessage,
  isSame,
  isTimely,
  refused,
  type CallbackEvent,
  type CallbackReader,
} from './callback.js';

/** Configuration of Mailgun's callbacks. */
export const mailgunSchema = z.strictObject({
  type: z.literal('mailgun'),
  /** The "HTTP webhook signing key" of the account. */
  signingKey: z.string().min(1).meta({ secret: true }),
});

const bodySchema = z.object({
  signature: z.object({ timestamp: z.coerce.string(), token: z.string(), signature: z.string() }),
  'event-data': z.object({
    event: z.string(),
    severity: z.string().optional(),
    message: z.object({ headers: z.object({ 'message-id': z.string() }) }).optional(),
    'delivery-status': z
      .object({
        code: z.coerce.string().optional(),
        message: z.string().nullish(),
        description: z.string().nullish(),
      })
      .optional(),
  }),
});

/**
 * Mailgun's webhooks. Only a moment and a token are signed, not what the callback says, so that a token
 * counts once: https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
 */
export function createMailgunReader({
  signingKey,
}: Pick<z.output<typeof mailgunSchema>, 'signingKey'>): CallbackReader {
  return {
    provider: 'mailgun',
    channel: 'email',
    read({ body }, now) {
      const parsed = bodySchema.safeParse(JSON.parse(body));
      if (!parsed.success) return refused('it has no signature, or no event');
      const { signature: signed, 'event-data': data } = parsed.data;
      const { timestamp, token, signature } = signed;
      const expected = createHmac('sha256', signingKey).update(timestamp + token);
      if (!isSame(signature, expected.digest('hex'))) return refused('its signature is wrong');
      if (!isTimely(timestamp, now)) return refused('it is too old');
      const event = eventOf(token, data);
      return { genuine: true, events: event === undefined ? [] : [event] };
    },
  };
}

function eventOf(
  id: string,
  data: z.output<typeof bodySchema>['event-data'],
): CallbackEvent | undefined {
  const { event, severity, message, 'delivery-status': status = {} } = data;
  const about = { id, deliveryId: idOfMessage(message?.headers['message-id'] ?? '') };
  const told = {
    code: `mailgun_${status.code ?? event}`,
    message: status.message || status.description || event,
  };
  if (event === 'delivered') return { ...about, kind: 'delivered' };
  if (event === 'complained') return { ...about, ...told, kind: 'complained' };
  // What failed for a time is tried again there.
  const isFinal = event === 'failed' && severity !== 'temporary';
  return isFinal ? { ...about, ...told, kind: 'bounced' } : undefined;
}
