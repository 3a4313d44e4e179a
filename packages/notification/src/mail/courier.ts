import { mayPass, isFinal, type SendFailure, type SendResult } from '../channels/channel.js';
import { isObjectOSError } from '@objectos/spec/errors';
import type { MailTransport, OutgoingMail } from './transport.js';

/** Takes mail to the first transport that takes it. */
export interface Courier {
  send(mail: OutgoingMail): Promise<SendResult>;
  close(): void;
}

/** Tries transports in their order. What the recipient's side refuses for good is not tried again. */
export function createCourier(transports: readonly MailTransport[]): Courier {
  return {
    async send(mail) {
      let last: SendFailure = isFinal('no_transport', 'there is no way for mail');
      for (const transport of transports) {
        const result = await trySend(transport, mail);
        if (result.kind === 'sent') return result;
        last = result;
        if (!result.retryable) return result;
      }
      return last;
    },
    close() {
      for (const transport of transports) transport.close();
    },
  };
}

async function trySend(transport: MailTransport, mail: OutgoingMail): Promise<SendResult> {
  try {
    return { kind: 'sent', provider: transport.name, providerId: await transport.send(mail) };
  } catch (error) {
    return toFailure(error, transport.name);
  }
}

/** What nodemailer tells of a failure. */
interface MailError {
  readonly code?: unknown;
  readonly responseCode?: unknown;
  readonly command?: unknown;
}

/** Commands whose refusal is about the message. All others are about us and the server. */
const ABOUT_MESSAGE: ReadonlySet<unknown> = new Set(['RCPT TO', 'DATA']);

/** Reads what a transport threw. */
function toFailure(error: unknown, provider: string): SendFailure {
  const message = (error instanceof Error ? error.message : String(error)).slice(0, 500);
  if (isObjectOSError(error)) return isFinal(error.code, message, provider);
  const { code, responseCode, command } = (error ?? {}) as MailError;
  const name = typeof code === 'string' ? code : 'mail_failed';
  const isAboutMessage = ABOUT_MESSAGE.has(command) || code === 'EENVELOPE' || code === 'EMESSAGE';
  if (!isAboutMessage || typeof responseCode !== 'number' || responseCode < 500) {
    return mayPass(name, message, provider);
  }
  const isRecipient = command === 'RCPT TO' || code === 'EENVELOPE';
  return {
    ...isFinal(`smtp_${responseCode}`, message, provider),
    isDeadAddress: isRecipient && isUnknownUser(responseCode, message),
  };
}

/** RFC 3463: 5.1.x says that the address is bad; 550 without a code, that the mailbox is not there. */
function isUnknownUser(responseCode: number, message: string): boolean {
  const enhanced = /\b5\.(\d{1,3})\.\d{1,3}\b/.exec(message)?.[1];
  return enhanced === undefined ? responseCode === 550 : enhanced === '1';
}
