import type { ExecutionContext } from './context.js';
import { serviceRef } from './refs.js';

/** A message to one person. Plain text; a service may send it in a richer form as well. */
export interface MailMessage {
  /** One address, as it is stored; never a list. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Sends mail. The notification plugin provides it. */
export interface MailService {
  /**
   * Resolves once the message will be delivered whatever happens to this process.
   *
   * @throws `mail_invalid` for an address that is a list or a header with a line break
   */
  send(message: MailMessage, ctx: ExecutionContext): Promise<void>;
  /** Folder where messages are written as files, when they go nowhere else. */
  outboxFolder?(): string | undefined;
}

/** The mail service. Absent: plugins write messages to an outbox folder. */
export const mailService = serviceRef<MailService>('mail');
