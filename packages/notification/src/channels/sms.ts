import type { SmsProvider, SmsResult } from '@objectos/spec/contracts';
import {
  isFinal,
  MESSAGE_SCHEDULE,
  type Outgoing,
  type SendResult,
  type Sender,
  type SendFailure,
} from './channel.js';

/** About ten parts of a long message. */
const MAX_TEXT = 1_000;

/** Sends text messages by the first provider that takes them. */
export function createSmsSender(providers: () => readonly SmsProvider[]): Sender {
  return {
    channel: 'sms',
    schedule: MESSAGE_SCHEDULE,
    isSetUp: () => providers().length > 0,
    async send(outgoing) {
      let last: SendFailure = isFinal('no_provider', 'no provider of text messages is set up');
      for (const provider of providers()) {
        const result = toResult(await provider.send(messageOf(outgoing)), provider.name);
        if (result.kind === 'sent' || !result.retryable) return result;
        last = result;
      }
      return last;
    },
  };
}

function messageOf({ delivery, rendered, link, signal }: Outgoing) {
  const text = (rendered.short ?? rendered.text).slice(0, MAX_TEXT);
  return {
    to: delivery.address ?? '',
    text: link === null ? text : `${text}\n${link}`,
    id: delivery.id,
    signal,
  };
}

function toResult(result: SmsResult, provider: string): SendResult {
  if (result.sent) return { kind: 'sent', provider, providerId: result.providerId };
  const { retryable, code, message, isDeadAddress, retryAfter } = result;
  return { kind: 'failed', retryable, code, message, provider, isDeadAddress, retryAfter };
}
