import type { ColumnType } from '@objectql/core/driver';
import { unsupportedValue } from './errors.js';

/** A column for the purpose of converting its values. */
export interface ValueColumn {
  readonly table: string;
  readonly name: string;
  readonly type: ColumnType;
}

/**
 * Turns an API value into what is bound. Bindings accept more than they store (a `Date` becomes
 * null, `NaN` becomes null, text ends at its first NUL), so everything doubtful is refused here.
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
 * Turns a value of a filter into what is bound. Unlike a stored value, one that is compared with an
 * integer column may have a fraction.
 *
 * @throws `unsupported_value`
 */
export function encodeCompared(value: unknown, column: ValueColumn): unknown {
  switch (column.type) {
    case 'text':
    case 'date':
    case 'time':
    case 'datetime':
      return encodeText(value, column);
    case 'integer':
    case 'real':
    case 'decimal':
      return encodeNumber(value, column);
    case 'boolean':
      return encodeBoolean(value, column);
    case 'json':
      return typeof value === 'string' ? encodeText(value, column) : encodeNumber(value, column);
  }
}

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
