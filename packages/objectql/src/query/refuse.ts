import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { QUERY_LIMITS, type QueryLimit } from './limits.js';

const SHOWN = 60;

/** A value from outside as it may stand in a message: quoted, one line, never long. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'an object' : typeof value;
}

function quoted(text: string): string {
  const printable = text.slice(0, SHOWN).replace(/\p{Cc}/gu, '?');
  return `"${printable}${text.length > SHOWN ? '…' : ''}"`;
}

/** `invalid_filter`, ready to throw. */
export function invalidFilter(reason: string): ObjectOSError {
  return createError('invalid_filter', { reason });
}

/** `invalid_parameter`, ready to throw. */
export function invalidParameter(parameter: string, reason: string): ObjectOSError {
  return createError('invalid_parameter', { parameter, reason });
}

/** Throws `limit_exceeded` when `actual` is above the limit. */
export function checkLimit(limit: QueryLimit, actual: number): void {
  const max = QUERY_LIMITS[limit];
  if (actual > max) throw createError('limit_exceeded', { limit, max, actual });
}
