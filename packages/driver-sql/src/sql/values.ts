import type { ColumnType } from '@objectql/core/driver';
import { unsupportedValue } from './errors.js';

/** A column for the purpose of converting its values. */
export interface ValueColumn {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
}

/** Turns the value of a column into what is bound. */
export type Encode = (value: unknown) => unknown;

/**
 * Makes the function that turns API values of a column into what is bound to be stored; null and
 * undefined become null. Bindings accept more than they store (a `Date` becomes null, `NaN` becomes
 * null, text ends at its first NUL), so it throws `unsupported_value` for everything doubtful.
 *
 * @param finish turns a checked value into what the database takes
 */
export function storedEncoder(
  column: ValueColumn,
  finish: (value: unknown, column: ValueColumn) => unknown,
): Encode {
  const check = storedCheck(column.type);
  return (value) =>
    value === null || value === undefined ? null : finish(check(value, column), column);
}

type Check = (value: unknown, column: ValueColumn) => unknown;

function storedCheck(type: ColumnType): Check {
  if (type === 'json') return encodeJson;
  return type === 'integer' ? encodeInteger : CHECKS[type];
}

/** A filter may compare an integer column with a fraction; stored are integers that stay themselves. */
function encodeInteger(value: unknown, column: ValueColumn): number | bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw refuse(column, 'an integer must lie within plus or minus 9007199254740991');
  }
  return encodeNumber(value, column);
}

/**
 * Turns a value of a filter into what is bound. Unlike a stored value, one that is compared with an
 * integer column may have a fraction.
 *
 * @throws `unsupported_value`
 */
export function encodeCompared(value: unknown, column: ValueColumn): unknown {
  return CHECKS[column.type](value, column);
}

const CHECKS: Readonly<Record<ColumnType, Check>> = {
  text: encodeText,
  date: encodeText,
  time: encodeText,
  datetime: encodeText,
  integer: encodeNumber,
  real: encodeNumber,
  decimal: encodeNumber,
  boolean: encodeBoolean,
  json: (value, column) =>
    typeof value === 'string' ? encodeText(value, column) : encodeNumber(value, column),
};

function encodeText(value: unknown, column: ValueColumn): string {
  if (typeof value === 'string') {
    if (value.includes('\0')) throw refuse(column, 'text must not hold the NUL character');
    if (!isWellFormed(value))
      throw refuse(column, 'text must be valid Unicode (it has half a surrogate pair)');
    return value;
  }
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  throw refuse(column, `text is needed, not ${kindOf(value)}`);
}

function encodeNumber(value: unknown, column: ValueColumn): number | bigint {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) === value) return value;
  throw refuse(column, `a finite number is needed, not ${kindOf(value)}`);
}

function encodeBoolean(value: unknown, column: ValueColumn): number {
  if (value === true || value === 1) return 1;
  if (value === false || value === 0) return 0;
  throw refuse(column, `true or false is needed, not ${kindOf(value)}`);
}

function encodeJson(value: unknown, column: ValueColumn): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw refuse(column, `a JSON value is needed, not ${kindOf(value)}`);
  return text;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return value.constructor === Date ? 'a Date' : 'an object';
  return typeof value === 'number' || typeof value === 'bigint'
    ? String(value)
    : `a ${typeof value}`;
}

function refuse(column: ValueColumn, reason: string): Error {
  return unsupportedValue(column.table, column.name, reason);
}

const loneSurrogate = /\p{Surrogate}/u;

function isWellFormed(text: string): boolean {
  // ES2024; the fallback is for type libraries and runtimes that lack it.
  const native = (text as { isWellFormed?: () => boolean }).isWellFormed;
  return native === undefined ? !loneSurrogate.test(text) : native.call(text);
}

/** Turns what the database holds into the API value; undefined where both are the same. */
export function decoderOf(type: ColumnType): ((stored: unknown) => unknown) | undefined {
  if (type === 'boolean') return decodeBoolean;
  return type === 'json' ? decodeJson : undefined;
}

function decodeBoolean(stored: unknown): unknown {
  return stored === null ? null : stored === 1 || stored === true;
}

function decodeJson(stored: unknown): unknown {
  return typeof stored === 'string' ? (JSON.parse(stored) as unknown) : stored;
}

/** A number, where the database answers with its text. */
export function decodeNumber(stored: unknown): unknown {
  return stored === null ? null : Number(stored);
}

/** To 15 digits: what follows is an artefact of binary fractions that databases do not share. */
export function decodeRounded(stored: unknown): unknown {
  return stored === null ? null : Number(Number(stored).toPrecision(15));
}
