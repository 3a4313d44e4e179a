import type { Logger, MailMessage, MailService } from '@objectos/spec/contracts';
import { storageContext } from './request-scope.js';

/** Texts of the messages that sign-in sends. Links have the installation's own origin. */
export interface Mails {
  verifyAddress(to: string, url: string): void;
  resetPassword(to: string, url: string): void;
  signInLink(to: string, url: string): void;
  confirmNewAddress(to: string, url: string, address: string): void;
  invitation(to: string, organization: string, url: string): void;
  alreadyRegistered(to: string): void;
  /** Waits for the messages that are on their way. */
  drain(): Promise<void>;
}

/**
 * Sends in the background: an answer must not take longer because there is somebody to write to.
 * A message that cannot be sent is logged, without its link.
 */
export function createMails(service: () => MailService, logger: Logger): Mails {
  const underWay = new Set<Promise<void>>();

  function send(message: MailMessage): void {
    const sending = service()
      .send(message, storageContext())
      .catch((error: unknown) => {
        logger.error({ error, subject: message.subject }, 'a message of sign-in was not sent');
      })
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  }

  const ignore = 'If this was not you, ignore this message: nothing has changed.';
  return {
    verifyAddress: (to, url) =>
      send({
        to,
        subject: 'Verify your e-mail address',
        text: paragraphs('Open this link to verify your address:', url, ignore),
      }),
    resetPassword: (to, url) =>
      send({
        to,
        subject: 'Choose a new password',
        text: paragraphs('Open this link within an hour to choose a new password:', url, ignore),
      }),
    signInLink: (to, url) =>
      send({
        to,
        subject: 'Your sign-in link',
        text: paragraphs(
          'Open this link within five minutes to sign in. It works once:',
          url,
          ignore,
        ),
      }),
    confirmNewAddress: (to, url, address) =>
      send({
        to,
        subject: 'Confirm your new e-mail address',
        text: paragraphs(`Open this link to change your address to ${address}:`, url, ignore),
      }),
    invitation: (to, organization, url) =>
      send({
        to,
        subject: 'You are invited',
        text: paragraphs(`You are invited to join "${organization}".`, url),
      }),
    alreadyRegistered: (to) =>
      send({
        to,
        subject: 'You have an account already',
        text: paragraphs(
          'Somebody tried to register with this address. You have an account: sign in, or ask for a new password.',
          ignore,
        ),
      }),
    async drain() {
      await Promise.all(underWay);
    },
  };
}

function paragraphs(...parts: string[]): string {
  return parts.join('\n\n');
}
