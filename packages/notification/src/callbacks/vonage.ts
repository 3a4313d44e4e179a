import { createHash, createHmac } from 'node:crypto';
import type { z } from 'zod';
import type { vonageSchema } from '../sms/vonage.js';
import {
  digitsOf,
  isSame,
  isTimely,
  refused,
  wishOf,
  type Callback,
  type CallbackEvent,
  type CallbackReader,
} from './callback.js';

type Values = Readonly<Record<string, string>>;
type Method = z.output<typeof vonageSchema>['signatureMethod'];

/** Codes of a receipt that say that the number is none: absent for good, illegal. */
const DEAD: ReadonlySet<string> = new Set(['3', '9']);
const FAILED: ReadonlySet<string> = new Set(['failed', 'rejected', 'expired']);

/**
 * Vonage's delivery receipts and incoming messages, in a query, a form or JSON, as the account says.
 * Signed by the account's signature secret over the sorted values, the moment among them:
 * https://developer.vonage.com/en/getting-started/concepts/signing-messages
 */
export function createVonageReader(
  config: Pick<z.output<typeof vonageSchema>, 'from' | 'signatureMethod'> & {
    readonly signatureSecret: string;
  },
): CallbackReader {
  const { from, signatureSecret, signatureMethod } = config;
  return {
    provider: 'vonage',
    channel: 'sms',
    read(callback, now) {
      const { sig, ...values } = valuesOf(callback);
      if (sig === undefined) return refused('it has no signature');
      const expected = vonageSignature(values, signatureSecret, signatureMethod);
      if (!isSame(sig.toLowerCase(), expected)) return refused('its signature is wrong');
      if (!isTimely(values['timestamp'] ?? '', now)) return refused('it is too old');
      const event = values['status'] === undefined ? answerOf(values, from) : receiptOf(values);
      return { genuine: true, events: event === undefined ? [] : [event] };
    },
  };
}

/** The value of `sig`, in small letters. What would end a value is taken for `_`. */
export function vonageSignature(values: Values, secret: string, method: Method): string {
  const sorted = Object.keys(values).sort();
  const signed = sorted.map((name) => `&${name}=${(values[name] ?? '').replace(/[&=]/g, '_')}`);
  const text = signed.join('');
  return method === 'md5hash'
    ? createHash('md5')
        .update(text + secret)
        .digest('hex')
    : createHmac(method, secret).update(text).digest('hex');
}

function valuesOf({ url, headers, body }: Callback): Values {
  const query = Object.fromEntries(url.searchParams);
  if (!/^application\/json\b/i.test(headers.get('content-type') ?? '')) {
    return { ...query, ...Object.fromEntries(new URLSearchParams(body)) };
  }
  const json = JSON.parse(body) as unknown;
  if (typeof json !== 'object' || json === null) return query;
  const texts = Object.entries(json).filter(([, value]) =>
    ['string', 'number'].includes(typeof value),
  );
  return { ...query, ...Object.fromEntries(texts.map(([name, value]) => [name, String(value)])) };
}

function receiptOf(values: Values): CallbackEvent | undefined {
  const { status = '', 'message-id': found, messageId, 'err-code': error = '' } = values;
  const providerId = found ?? messageId ?? '';
  const about = {
    id: `${providerId} ${status} ${error}`,
    providerId,
    deliveryId: values['client-ref'],
  };
  if (status === 'delivered') return { ...about, kind: 'delivered' };
  if (!FAILED.has(status)) return undefined;
  const told = { code: `vonage_dlr_${error || status}`, message: status };
  return { ...about, ...told, kind: DEAD.has(error) ? 'bounced' : 'failed' };
}

/** What somebody answered to our number. */
function answerOf({ text = '', to = '', msisdn, messageId }: Values, from: string) {
  const kind = wishOf(text);
  const isOurs = digitsOf(from) !== '' && digitsOf(to) === digitsOf(from);
  if (kind === undefined || !isOurs || msisdn === undefined || messageId === undefined) return;
  return { id: messageId, kind, address: `+${digitsOf(msisdn)}` } satisfies CallbackEvent;
}
