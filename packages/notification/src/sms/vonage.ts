import type { OutboundResponse, SmsProvider, SmsResult } from '@objectos/spec/contracts';
import { z } from 'zod';
import { jsonOf, postForm, refusal, retryAfterOf, type Requests } from './answer.js';

/** Configuration of Vonage. */
export const vonageSchema = z.strictObject({
  type: z.literal('vonage'),
  apiKey: z.string().min(1).max(100),
  apiSecret: z.string().min(1),
  /** A number, or up to 11 letters and digits. */
  from: z.string().min(1).max(15),
  /** With it, what Vonage tells of messages is checked and believed. */
  signatureSecret: z.string().min(1).optional().meta({ secret: true }),
  /** As the settings of the account say: MD5 hash, or HMAC by one of the others. */
  signatureMethod: z.enum(['md5hash', 'md5', 'sha1', 'sha256', 'sha512']).default('sha256'),
  url: z.url({ protocol: /^https?$/ }).default('https://rest.nexmo.com'),
});

/** Statuses of the SMS API after which another try, or provider, may do: throttled, internal, credentials, quota. */
const RETRYABLE: ReadonlySet<string> = new Set(['1', '4', '5', '8', '9', '11']);
/** The number is barred. */
const BARRED = '7';

const messageSchema = z.object({
  status: z.string(),
  'message-id': z.string().optional(),
  'error-text': z.string().optional(),
});

/** Vonage's SMS API: `POST /sms/json`, which answers 200 and a status for each part. */
export function createVonage(
  config: z.output<typeof vonageSchema>,
  requests: Requests,
): SmsProvider {
  const { apiKey, apiSecret, from, url, signatureSecret } = config;
  return {
    name: 'vonage',
    send: ({ to, text, id, signal }) =>
      postForm(
        requests,
        {
          url: new URL('/sms/json', url).href,
          form: {
            api_key: apiKey,
            api_secret: apiSecret,
            from,
            to: to.replace(/^\+/, ''),
            text,
            'client-ref': id.slice(0, 40),
            ...callbackOf(signatureSecret === undefined ? undefined : requests.callback('vonage')),
            ...(isPlain(text) ? {} : { type: 'unicode' }),
          },
          signal,
        },
        read,
      ),
  };
}

/** Asks for a receipt at our address instead of the one of the account. */
function callbackOf(address: string | undefined): Record<string, string> {
  return address === undefined ? {} : { 'status-report-req': '1', callback: address };
}

/** Whether the text has the letters of GSM 03.38 that are ASCII too; others need another encoding. */
function isPlain(text: string): boolean {
  return /^[\n\r !"#$%&'()*+,\-./0-9:;<=>?@A-Z_a-z]*$/.test(text);
}

function read(answer: OutboundResponse): SmsResult {
  const { status } = answer;
  const [first] = z.array(messageSchema).safeParse(jsonOf(answer)['messages']).data ?? [];
  if (!answer.ok || first === undefined) {
    return refusal({
      code: `vonage_http_${status}`,
      message: `status ${status}`,
      retryable: answer.ok || status === 401 || status === 429 || status >= 500,
      retryAfter: retryAfterOf(answer.headers, Date.now()),
    });
  }
  if (first.status === '0') return { sent: true, providerId: first['message-id'] ?? null };
  return refusal({
    code: `vonage_${first.status}`,
    message: first['error-text'] ?? `status ${first.status}`,
    retryable: RETRYABLE.has(first.status),
    isDeadAddress: first.status === BARRED,
  });
}
