import { randomBytes } from 'node:crypto';

const POOL = 4_096;
const SHARE_DIGITS = 13;

let digits = '';
let at = 0;

/** Random hexadecimal digits, made by the thousand: one call to the system costs more than a span. */
function take(length: number): string {
  if (at + length > digits.length) {
    digits = randomBytes(POOL).toString('hex');
    at = 0;
  }
  at += length;
  return digits.slice(at - length, at);
}

/** A new trace id, as W3C writes it. */
export function newTraceId(): string {
  return take(32);
}

/** A new span id, as W3C writes it. */
export function newSpanId(): string {
  return take(16);
}

/**
 * Whether a trace is one of the share that is recorded. The last digits of its id decide, so all who
 * record the same share of it agree.
 */
export function isOfShare(traceId: string, share: number): boolean {
  if (share >= 1) return true;
  const part = Number.parseInt(traceId.slice(-SHARE_DIGITS), 16) / 16 ** SHARE_DIGITS;
  return part < share;
}
