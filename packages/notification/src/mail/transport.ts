import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { checkHead } from './address.js';

/** A mail as it goes out. */
export interface OutgoingMail {
  /** One plain address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The same for each try, so that a mail that came twice is known. */
  readonly id: string;
}

/** A way for mail. */
export interface MailTransport {
  readonly name: string;
  /** @returns the id that the other side gave it. Throws what nodemailer throws. */
  send(mail: OutgoingMail): Promise<string | null>;
  close(): void;
}

/** A mail in the form that nodemailer takes. Nothing in it is parsed again. */
export function toMessage(mail: OutgoingMail, from: string) {
  checkHead(mail);
  const { to, subject, text, html, headers, id } = mail;
  return {
    from,
    to: { name: '', address: to },
    subject,
    text,
    ...(html === undefined ? {} : { html }),
    ...(headers === undefined ? {} : { headers: { ...headers } }),
    messageId: `<${id}@${domainOf(from)}>`,
    // What a mail says never makes this process read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** Writes messages as files that a mail program opens. */
export function createOutboxTransport(folder: string, from: string): MailTransport {
  return {
    name: 'outbox',
    async send(mail) {
      const { createTransport } = await import('nodemailer');
      const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
      const { message } = await composer.sendMail(toMessage(mail, from));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const file = path.join(folder, `${mail.id}.eml`);
      // Whoever watches the folder sees whole files only.
      await writeFile(`${file}.part`, message as Buffer, { mode: 0o600 });
      await rename(`${file}.part`, file);
      return mail.id;
    },
    close: () => undefined,
  };
}

function domainOf(from: string): string {
  return /@([^\s<>@]+?)>?$/.exec(from)?.[1] ?? 'localhost';
}
