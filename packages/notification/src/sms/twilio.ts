import type { OutboundResponse, SmsProvider, SmsResult } from '@objectos/spec/contracts';
import { z } from 'zod';
import { DELIVERY_PARAMETER } from '../callbacks/twilio.js';
import { jsonOf, postForm, refusal, retryAfterOf, type Requests } from './answer.js';

/** Configuration of Twilio. */
export const twilioSchema = z.strictObject({
  type: z.literal('twilio'),
  accountSid: z.string().min(1).max(100),
  authToken: z.string().min(1),
  /** A number of the account, or the id of a messaging service (`MG…`). */
  from: z.string().min(1).max(100),
  url: z.url({ protocol: /^https?$/ }).default('https://api.twilio.com'),
});

/** Codes that say that the number itself is the reason: none, blocked it, no mobile one. */
const DEAD: ReadonlySet<number> = new Set([21211, 21214, 21610, 21614]);

/** Twilio's Programmable Messaging: `POST /2010-04-01/Accounts/{sid}/Messages.json`. */
export function createTwilio(
  config: z.output<typeof twilioSchema>,
  requests: Requests,
): SmsProvider {
  const { accountSid, authToken, from, url } = config;
  const account = encodeURIComponent(accountSid);
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const sender = from.startsWith('MG') ? { MessagingServiceSid: from } : { From: from };
  return {
    name: 'twilio',
    send: ({ to, text, id, signal }) => {
      const callback = requests.callback('twilio');
      return postForm(
        requests,
        {
          url: new URL(`/2010-04-01/Accounts/${account}/Messages.json`, url).href,
          headers: { authorization },
          form: {
            ...{ To: to, ...sender, Body: text },
            ...(callback === undefined
              ? {}
              : { StatusCallback: `${callback}?${DELIVERY_PARAMETER}=${encodeURIComponent(id)}` }),
          },
          signal,
        },
        read,
      );
    },
  };
}

function read(answer: OutboundResponse): SmsResult {
  const body = jsonOf(answer);
  if (answer.ok) return { sent: true, providerId: (body['sid'] as string | undefined) ?? null };
  const code = typeof body['code'] === 'number' ? body['code'] : undefined;
  const { status } = answer;
  return refusal({
    code: `twilio_${code ?? status}`,
    message: typeof body['message'] === 'string' ? body['message'] : `status ${status}`,
    // Refused credentials say nothing about the message: another provider may take it.
    retryable:
      status === 401 || status === 403 || status === 408 || status === 429 || status >= 500,
    isDeadAddress: code !== undefined && DEAD.has(code),
    retryAfter: retryAfterOf(answer.headers, Date.now()),
  });
}
