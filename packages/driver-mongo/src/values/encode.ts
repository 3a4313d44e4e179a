import { Decimal128 } from 'mongodb';
import { kindOf, refuse, type ValueColumn } from './column.js';
import { encodeJson } from './json.js';

/**
 * Turns an API value into what is stored; `null` is stored as an absent field.
 *
 * @throws `unsupported_value`
 */
export function encodeStored(value: unknown, column: ValueColumn): unknown {
  if (value === null || value === undefined) return null;
  if (column.type === 'json') return encodeJson(value, column);
  if (column.type === 'integer' && typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw refuse(column, 'an integer must lie within plus or minus 9007199254740991');
  }
  return encodeCompared(value, column);
}

/**
 * Turns a value of a filter into what is compared. Only scalars pass, so that no operator can come
 * with a value. One that is compared with an integer column may have a fraction.
 *
 * @throws `unsupported_value`
 */
export function encodeCompared(value: unknown, column: ValueColumn): unknown {
  switch (column.type) {
    case 'text':
      return encodeText(value, column);
    case 'date':
      return matching(value, column, DATE, 'a date is needed, like 2026-01-31');
    case 'time':
      return matching(value, column, TIME, 'a time is needed, like 09:30:00');
    case 'datetime':
      return encodeInstant(encodeText(value, column), column);
    case 'integer':
      return encodeInteger(encodeNumber(value, column));
    case 'real':
      return Number(encodeNumber(value, column));
    case 'decimal':
      return Decimal128.fromString(String(encodeNumber(value, column)));
    case 'boolean':
      return encodeBoolean(value, column);
    case 'json':
      return typeof value === 'string'
        ? encodeText(value, column, true)
        : Number(encodeNumber(value, column));
  }
}

const DATE = /^(?!0000)\d{4}-\d{2}-\d{2}$/;
const TIME = /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/;
const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Text that a text column can hold; a number becomes its digits. */
export function encodeText(value: unknown, column: ValueColumn, withNul = false): string {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') throw refuse(column, `text is needed, not ${kindOf(value)}`);
  if (!withNul && value.includes('\0'))
    throw refuse(column, 'text must not hold the NUL character');
  // The client would write another character instead.
  if (/\p{Surrogate}/u.test(value)) {
    throw refuse(column, 'text must be valid Unicode (it has half a surrogate pair)');
  }
  return value;
}

function matching(value: unknown, column: ValueColumn, form: RegExp, need: string): string {
  const text = encodeText(value, column);
  if (form.test(text)) return text;
  throw refuse(column, need);
}

function encodeInstant(text: string, column: ValueColumn): Date {
  const instant = new Date(text);
  if (!Number.isNaN(instant.getTime()) && INSTANT.test(instant.toISOString())) return instant;
  throw refuse(column, 'an instant is needed, like 2026-01-31T09:30:00Z');
}

function encodeNumber(value: unknown, column: ValueColumn): number | bigint {
  // Minus zero would come back as such.
  if (typeof value === 'number' && Number.isFinite(value)) return value === 0 ? 0 : value;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw refuse(column, `a finite number is needed, not ${kindOf(value)}`);
}

/** Beyond 32 bits the client would store a double, whose sums are not exact. */
function encodeInteger(value: number | bigint): number | bigint {
  const isLong = typeof value === 'number' && Number.isSafeInteger(value) && value !== (value | 0);
  return isLong ? BigInt(value) : value;
}

function encodeBoolean(value: unknown, column: ValueColumn): boolean {
  if (value === true || value === 1) return true;
  if (value === false || value === 0) return false;
  throw refuse(column, `true or false is needed, not ${kindOf(value)}`);
}
