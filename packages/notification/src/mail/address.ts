import { createError } from '@objectos/spec/errors';

/** One plain address. No quotes, comments, lists or display names: those are where parsers differ. */
const ADDRESS = /^[^\s@<>"(),:;[\\\]]{1,64}@[^\s@<>"(),:;[\\\]]{1,255}$/u;

// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether text is one plain mail address. */
export function isMailAddress(text: string): boolean {
  return ADDRESS.test(text) && !CONTROL.test(text);
}

/** Checks what becomes the head of a mail. @throws `mail_invalid` */
export function checkHead({
  to,
  subject,
}: {
  readonly to: string;
  readonly subject: string;
}): void {
  if (!isMailAddress(to)) {
    throw createError('mail_invalid', { part: 'to', reason: 'it is not one plain address' });
  }
  if (CONTROL.test(subject)) {
    throw createError('mail_invalid', { part: 'subject', reason: 'it has a line break' });
  }
}
