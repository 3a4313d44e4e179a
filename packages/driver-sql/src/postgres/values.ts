import { unsupportedValue } from '../sql/errors.js';
import type { ValueColumn } from '../sql/values.js';

/** Object identifiers of the types that this driver makes columns of. */
const OID = {
  bool: 16,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  float4: 700,
  float8: 701,
  numeric: 1700,
  date: 1082,
  time: 1083,
  timestamptz: 1184,
  jsonb: 3802,
} as const;

type Parser = (text: string) => unknown;

const sameText: Parser = (text) => text;

const PARSERS = new Map<number, Parser>([
  [OID.bool, (text) => text === 't'],
  [OID.int8, integer],
  [OID.int2, Number],
  [OID.int4, Number],
  [OID.float4, Number],
  [OID.float8, Number],
  [OID.numeric, Number],
  [OID.timestamptz, instant],
  [OID.json, originalJson],
  [OID.jsonb, originalJson],
]);

/** How values come back, in the shape that the client wants: everything else stays text. */
export const typeParsers = {
  getTypeParser: (oid: number): Parser => PARSERS.get(oid) ?? sameText,
};

/** Exact text where a number would be another one. */
function integer(text: string): number | string {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : text;
}

/** `2026-01-31 09:30:00.5+00`; the sessions of this driver are in UTC. */
function instant(text: string): string {
  const fraction = text.charAt(19) === '.' ? text.slice(20, text.indexOf('+', 20)) : '';
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction.slice(0, 3).padEnd(3, '0')}Z`;
}

/** Stands before the four digits of a character that jsonb refuses, and before itself. */
const ESCAPE = '\uf8ff';
const HIDDEN = new RegExp(`${ESCAPE}([0-9a-f]{4})`, 'g');
// `JSON.stringify` escapes nothing else: NUL, and halves of surrogate pairs.
const REFUSED = new RegExp(
  `(?<!\\\\)((?:\\\\\\\\)*)\\\\u(0000|d[89a-f][0-9a-f]{2})|${ESCAPE}`,
  'g',
);

/** JSON text with the characters hidden that jsonb cannot hold. */
export function storableJson(text: string): string {
  if (!text.includes('\\u') && !text.includes(ESCAPE)) return text;
  return text.replace(REFUSED, (_match, before: string | undefined, digits: string | undefined) =>
    digits === undefined ? `${ESCAPE}f8ff` : `${before ?? ''}${ESCAPE}${digits}`,
  );
}

function originalJson(text: string): string {
  return text.includes(ESCAPE) ? text.replace(HIDDEN, '\\u$1') : text;
}

/**
 * Turns a checked value into what PostgreSQL takes.
 *
 * @throws `unsupported_value` for text that is no date or time in a column of such
 */
export function encodePostgres(value: unknown, column: ValueColumn): unknown {
  if (value === null) return null;
  switch (column.type) {
    case 'json':
      return typeof value === 'string' ? storableJson(value) : value;
    case 'datetime':
      return encodeInstant(value as string, column);
    case 'date':
      return encodeDate(value as string, column);
    case 'time':
      if (/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(value as string)) return value;
      throw unsupportedValue(column.table, column.name, 'a time is needed, like 09:30:00');
    default:
      return value;
  }
}

const INSTANT = /^(?!0000)\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** The rows of a write bear one stamp, again and again. */
let lastInstant = '';

function encodeInstant(value: string, column: ValueColumn): string {
  if (value === lastInstant) return value;
  if (INSTANT.test(value)) return (lastInstant = value);
  const parsed = Date.parse(value);
  const text = Number.isNaN(parsed) ? '' : new Date(parsed).toISOString();
  if (INSTANT.test(text)) return text;
  throw unsupportedValue(
    column.table,
    column.name,
    'an instant is needed, like 2026-01-31T09:30:00Z',
  );
}

function encodeDate(value: string, column: ValueColumn): string {
  if (/^(?!0000)\d{4}-\d{2}-\d{2}$/.test(value)) return value;
  throw unsupportedValue(column.table, column.name, 'a date is needed, like 2026-01-31');
}
