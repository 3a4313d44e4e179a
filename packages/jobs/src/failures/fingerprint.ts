import type { Failure } from '@objectos/spec/contracts';
import { createHash } from 'node:crypto';

/** What differs between failures of one cause: ids, numbers, quoted values, addresses. */
const PARTICULARS: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>'],
  [/\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, '<address>'],
  [/"[^"]*"|'[^']*'/g, '<value>'],
  [/\b(?:0x)?[0-9a-f]{8,}\b/gi, '<id>'],
  [/\d+/g, '<n>'],
];

/** Failures with the same fingerprint have the same cause, as far as they tell. */
export function fingerprintOf({ source, title, code, message }: Failure): string {
  let text = message.slice(0, 1_000);
  for (const [pattern, word] of PARTICULARS) text = text.replace(pattern, word);
  const content = JSON.stringify([source, title, code, text]);
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
