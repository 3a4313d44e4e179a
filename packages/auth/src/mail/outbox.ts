import type { MailMessage, MailService } from '@objectos/spec/contracts';
import { newId } from '@objectql/core';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Writes messages as files that a mail program opens, for as long as no mail service is loaded. */
export function createOutbox(folder: string): MailService {
  return {
    async send(message) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writeFile(path.join(folder, `${newId()}.eml`), toText(message), { mode: 0o600 });
    },
  };
}

function toText({ to, subject, text }: MailMessage): string {
  const head = [
    `To: ${oneLine(to)}`,
    `Subject: ${oneLine(subject)}`,
    `Date: ${new Date().toUTCString()}`,
    'Content-Type: text/plain; charset=utf-8',
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}\r\n`;
}

/** A line break in a header would begin another header. */
function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ');
}
