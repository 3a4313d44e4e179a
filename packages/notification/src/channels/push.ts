import type { OutboundService } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import type { VapidKeys } from '../push/keys.js';
import { forget, readSubscription, type SubscriptionRow } from '../push/store.js';
import { retryAfterOf } from '../sms/answer.js';
import {
  isFinal,
  MESSAGE_SCHEDULE,
  mayPass,
  type Outgoing,
  type SendResult,
  type Sender,
} from './channel.js';

/** What push messages need. */
export interface PushParts {
  readonly database: Database;
  readonly outbound: () => OutboundService;
  readonly keys: () => VapidKeys;
  readonly now: () => number;
}

/** A service keeps a message for a browser that is away: a day. */
const TIME_TO_LIVE = 86_400;
/** RFC 8030 lets a service take no more than 4,096 bytes, encrypted. */
const MAX_BODY = 1_500;
/** The browser is gone (RFC 8030, 7.3). */
const GONE: ReadonlySet<number> = new Set([404, 410]);

/** Sends to browsers: encrypted for them (RFC 8291), signed by us. One that is gone is forgotten. */
export function createPushSender(parts: PushParts): Sender {
  const { database } = parts;
  return {
    channel: 'push',
    schedule: MESSAGE_SCHEDULE,
    async send(outgoing) {
      const { address } = outgoing.delivery;
      const subscription = await readSubscription(database.reader, address ?? '');
      if (subscription === undefined) {
        return isFinal('subscription_gone', 'the browser was signed off');
      }
      return post(parts, outgoing, subscription);
    },
    async ended({ address }, result, { session }) {
      const isGone = result.kind === 'failed' && result.code === 'subscription_gone';
      if (isGone && address !== null) await forget(session, address);
    },
  };
}

async function post(
  { outbound, keys, now }: PushParts,
  outgoing: Outgoing,
  subscription: SubscriptionRow,
): Promise<SendResult> {
  const request = await requestFor(outgoing, subscription, keys());
  const provider = new URL(subscription.endpoint).host;
  try {
    const answer = await outbound().request(request.endpoint, {
      method: 'POST',
      headers: request.headers,
      body: request.body,
      signal: outgoing.signal,
    });
    if (answer.ok) return { kind: 'sent', provider, providerId: answer.headers.get('location') };
    if (GONE.has(answer.status)) {
      return isFinal('subscription_gone', `the push service says ${answer.status}`, provider);
    }
    const isOurFault = answer.status < 500 && answer.status !== 429;
    const fail = isOurFault ? isFinal : mayPass;
    const failure = fail(`push_${answer.status}`, answer.text().slice(0, 200), provider);
    return { ...failure, retryAfter: retryAfterOf(answer.headers, now()) };
  } catch (error) {
    if (!isObjectOSError(error) || outgoing.signal.aborted) throw error;
    const isBlocked = error.code === 'outbound_blocked' || error.code === 'outbound_url_invalid';
    return (isBlocked ? isFinal : mayPass)(error.code, error.message, provider);
  }
}

/** The library is loaded with the first message. */
async function requestFor(
  { delivery, notification, rendered, link }: Outgoing,
  { endpoint, p256dh, auth }: SubscriptionRow,
  { subject, publicKey, privateKey }: VapidKeys,
) {
  const message = {
    id: delivery.id,
    topic: delivery.topic,
    title: rendered.subject,
    body: (rendered.short ?? rendered.text).slice(0, MAX_BODY),
    url: link,
  };
  const { default: webPush } = await import('web-push');
  const details = webPush.generateRequestDetails(
    { endpoint, keys: { p256dh, auth } },
    JSON.stringify(message),
    {
      vapidDetails: { subject, publicKey, privateKey },
      TTL: TIME_TO_LIVE,
      urgency: notification.severity === 'critical' ? 'high' : 'normal',
      contentEncoding: 'aes128gcm',
    },
  );
  const headers = Object.entries(details.headers)
    // The client that sends writes the length itself.
    .filter(([name]) => name.toLowerCase() !== 'content-length')
    .map(([name, value]) => [name, value] as const);
  return { endpoint, headers: Object.fromEntries(headers), body: details.body };
}
