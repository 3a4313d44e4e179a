import { createHmac } from 'node:crypto';
import type { z } from 'zod';
import type { twilioSchema } from '../sms/twilio.js';
import {
  digitsOf,
  isSame,
  refused,
  wishOf,
  type Callback,
  type CallbackEvent,
  type CallbackReader,
} from './callback.js';

/** https://www.twilio.com/docs/api/errors: there is no such handset, or it takes no text messages. */
const DEAD: ReadonlySet<string> = new Set(['21211', '21214', '21614', '30005', '30006']);
/** The number told Twilio itself that it wants nothing more. */
const STOPPED = '21610';

/** The parameter of our address that names the delivery, for a callback that is faster than we are. */
export const DELIVERY_PARAMETER = 'delivery';

/**
 * Twilio's status callbacks and incoming messages. Signed by the account's token over the address and
 * the sorted form: https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export function createTwilioReader({
  authToken,
  from,
}: Pick<z.output<typeof twilioSchema>, 'authToken' | 'from'>): CallbackReader {
  return {
    provider: 'twilio',
    channel: 'sms',
    read({ url, headers, body }) {
      const form = new URLSearchParams(body);
      const given = headers.get('x-twilio-signature');
      if (given === null) return refused('it has no signature');
      if (!isSame(given, twilioSignature(url.href, form, authToken))) {
        return refused('its signature is wrong, or it was called under another address');
      }
      const event = form.has('MessageStatus') ? statusOf(url, form) : answerOf(form, from);
      return { genuine: true, events: event === undefined ? [] : [event] };
    },
  };
}

/** The value of `X-Twilio-Signature` for a form that is posted to an address. */
export function twilioSignature(url: string, form: URLSearchParams, authToken: string): string {
  const sorted = [...form].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const signed = url + sorted.flat().join('');
  return createHmac('sha1', authToken).update(signed).digest('base64');
}

function statusOf(url: Callback['url'], form: URLSearchParams): CallbackEvent | undefined {
  const status = form.get('MessageStatus') ?? '';
  const providerId = form.get('MessageSid') ?? '';
  const about = {
    id: `${providerId} ${status}`,
    providerId,
    deliveryId: url.searchParams.get(DELIVERY_PARAMETER) ?? undefined,
  };
  if (status === 'delivered' || status === 'read') return { ...about, kind: 'delivered' };
  if (status !== 'failed' && status !== 'undelivered') return undefined;
  const error = form.get('ErrorCode') ?? '';
  const told = { code: `twilio_${error || status}`, message: form.get('ErrorMessage') ?? status };
  if (error === STOPPED) {
    return { ...about, ...told, kind: 'stopped', address: form.get('To') ?? undefined };
  }
  return { ...about, ...told, kind: DEAD.has(error) ? 'bounced' : 'failed' };
}

/** What somebody answered to our number. */
function answerOf(form: URLSearchParams, from: string): CallbackEvent | undefined {
  const kind = wishOf(form.get('Body') ?? '');
  const isOurs = from.startsWith('MG')
    ? form.get('MessagingServiceSid') === from
    : digitsOf(form.get('To') ?? '') === digitsOf(from);
  const [id, address] = [form.get('MessageSid'), form.get('From')];
  if (kind === undefined || !isOurs || id === null || address === null) return undefined;
  return { id, kind, address };
}
