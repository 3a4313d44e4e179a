import type { OutboundResponse, OutboundService } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import { Webhook } from 'standardwebhooks';
import type { Sealer } from '../sealer.js';
import { retryAfterOf } from '../sms/answer.js';
import { readEndpoint, secretsOf, type EndpointRow } from '../webhook/endpoints.js';
import { afterTry } from '../webhook/health.js';
import type { Parts } from '../parts.js';
import { isFinal, mayPass, type Outgoing, type SendResult, type Sender } from './channel.js';

/** What webhooks need. */
export interface WebhookParts {
  readonly database: Database;
  readonly outbound: () => OutboundService;
  readonly sealer: () => Sealer;
  readonly now: () => number;
  /** Milliseconds that a receiver may take. */
  readonly timeout: number;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The schedule that Standard Webhooks recommends: about 75 hours. */
export const WEBHOOK_SCHEDULE: readonly number[] = [
  0,
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

/** Deliveries to one endpoint at a time: a slow one must not take the places of all others. */
const AT_ONCE = 2;
const MAX_ANSWER = 64 * 1024;

/** Sends to other systems, signed as Standard Webhooks 1.0 has it. */
export function createWebhookSender(parts: WebhookParts, shared: () => Parts): Sender {
  const { database, now } = parts;
  const underWay = new Map<string, number>();
  const count = (id: string, change: number): void => {
    const left = (underWay.get(id) ?? 0) + change;
    if (left > 0) underWay.set(id, left);
    else underWay.delete(id);
  };
  return {
    channel: 'webhook',
    schedule: WEBHOOK_SCHEDULE,
    enter({ recipient }) {
      if ((underWay.get(recipient) ?? 0) >= AT_ONCE) return undefined;
      count(recipient, 1);
      return () => count(recipient, -1);
    },
    async send(outgoing) {
      const endpoint = await readEndpoint(database.reader, outgoing.delivery.recipient);
      if (endpoint === undefined) return isFinal('endpoint_gone', 'the endpoint was removed');
      if (endpoint.state === 'enabled') return post(parts, outgoing, endpoint);
      const reason = endpoint.disabled_reason ?? 'switched off';
      return isFinal('endpoint_disabled', `the endpoint is disabled: ${reason}`);
    },
    ended: (delivery, result, { session, ctx }) =>
      afterTry(shared(), { endpointId: delivery.recipient, result, now: now(), session, ctx }),
  };
}

async function post(
  { outbound, sealer, now, timeout }: WebhookParts,
  { delivery, notification, payload, signal }: Outgoing,
  endpoint: EndpointRow,
): Promise<SendResult> {
  const at = new Date(now());
  const body = JSON.stringify({
    type: notification.topic,
    timestamp: notification.created_at,
    data: payload,
  });
  const signatures = secretsOf(endpoint, sealer(), at.getTime()).map((secret) =>
    new Webhook(secret).sign(delivery.id, at, body),
  );
  const provider = new URL(endpoint.url).host;
  if (signatures.length === 0) {
    const message = 'its secret was sealed with another secret of the installation: rotate it';
    return isFinal('secret_unreadable', message, provider);
  }
  try {
    const answer = await outbound().request(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'ObjectOS-Webhooks/1',
        'webhook-id': delivery.id,
        'webhook-timestamp': String(Math.floor(at.getTime() / SECOND)),
        'webhook-signature': signatures.join(' '),
      },
      body,
      timeout,
      maxBytes: MAX_ANSWER,
      signal,
    });
    return readAnswer(answer, provider, at.getTime());
  } catch (error) {
    if (!isObjectOSError(error) || signal.aborted) throw error;
    // It was taken, and the receiver says more than we want to know.
    if (error.code === 'outbound_too_large') return { kind: 'sent', provider, providerId: null };
    const isBlocked = error.code === 'outbound_blocked' || error.code === 'outbound_url_invalid';
    return (isBlocked ? isFinal : mayPass)(error.code, error.message, provider);
  }
}

/** Whatever is no 2xx is tried again; 410 says that nobody wants to hear more. */
function readAnswer(answer: OutboundResponse, provider: string, now: number): SendResult {
  const { status, headers } = answer;
  if (answer.ok) return { kind: 'sent', provider, providerId: null };
  const code = `http_${status}`;
  const message = `the receiver answered ${status}`;
  if (status === 410) return isFinal(code, message, provider);
  return { ...mayPass(code, message, provider), retryAfter: retryAfterOf(headers, now) };
}
