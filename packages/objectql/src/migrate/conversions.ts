import type { ColumnType } from '../driver/contract.js';
import { accept, refuse, type Outcome, type ValueCheck } from '../values/outcome.js';
import { date, datetime, time } from '../values/temporal.js';

/** How values lie in a column. */
export interface Shape {
  readonly column: ColumnType;
  /** A list of values. */
  readonly multiple: boolean;
}

/** How to bring the values of a column over to another type, or why that cannot be done. */
export type Conversion =
  | { readonly possible: true; readonly convert: ValueCheck }
  | { readonly possible: false; readonly reason: string };

const same: ValueCheck = accept;
const asText: ValueCheck = (value) => accept(String(value));

/**
 * The changes of type that keep the values. Each is tried on every value before anything is changed;
 * a value that does not convert stops the migration.
 */
const TABLE: Readonly<Partial<Record<ColumnType, Partial<Record<ColumnType, ValueCheck>>>>> = {
  text: {
    integer: wholeText,
    real: numberText,
    decimal: numberText,
    boolean: booleanText,
    ...{ date, time, datetime },
  },
  integer: { text: asText, real: same, decimal: same, boolean: flag },
  real: { text: asText, decimal: same, integer: whole },
  decimal: { text: asText, real: toNumber, integer: whole },
  boolean: { text: asText, integer: toNumber, real: toNumber, decimal: toNumber },
  date: { text: same, datetime: (value) => accept(`${String(value)}T00:00:00.000Z`) },
  time: { text: same },
  datetime: { text: same, date: midnight },
  json: { text: (value) => accept(JSON.stringify(value)) },
};

/** Finds the conversion between two types. */
export function conversionOf(from: Shape, to: Shape): Conversion {
  if (from.multiple && to.multiple) return { possible: true, convert: same };
  if (from.multiple) return only(conversionOf({ column: 'text', multiple: false }, to));
  if (to.multiple) return into(conversionOf(from, { column: 'text', multiple: false }));
  if (from.column === to.column) return { possible: true, convert: same };
  if (from.column === 'text' && to.column === 'json') return { possible: true, convert: parsed };
  const convert = TABLE[from.column]?.[to.column];
  if (convert !== undefined) return { possible: true, convert };
  const reason = `there is no way from ${nameOf(from.column)} to ${nameOf(to.column)}`;
  return { possible: false, reason };
}

/** A list of one value becomes that value. */
function only(one: Conversion): Conversion {
  if (!one.possible) return one;
  const convert: ValueCheck = (value) => {
    if (!Array.isArray(value)) return one.convert(value);
    if (value.length > 1) return refuse('several_values', `a list of ${value.length} values`);
    return value.length === 0 ? accept(null) : one.convert(value[0]);
  };
  return { possible: true, convert };
}

/** A value becomes a list of one. */
function into(one: Conversion): Conversion {
  if (!one.possible) return one;
  const convert: ValueCheck = (value) => {
    const outcome = one.convert(value);
    return outcome.ok ? accept([outcome.value]) : outcome;
  };
  return { possible: true, convert };
}

function numberText(value: unknown): Outcome {
  const text = String(value).trim();
  return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text)
    ? toNumber(text)
    : refuse('invalid_format', 'expected a number');
}

function wholeText(value: unknown): Outcome {
  const outcome = numberText(value);
  return outcome.ok ? whole(outcome.value) : outcome;
}

function whole(value: unknown): Outcome {
  const number = Number(value);
  return Number.isSafeInteger(number)
    ? accept(number)
    : refuse('invalid_value', 'expected a whole number');
}

function toNumber(value: unknown): Outcome {
  const number = Number(value);
  return Number.isFinite(number) ? accept(number) : refuse('invalid_value', 'expected a number');
}

function flag(value: unknown): Outcome {
  if (value === 0 || value === 1) return accept(value === 1);
  return refuse('invalid_value', 'expected 0 or 1');
}

function booleanText(value: unknown): Outcome {
  const text = String(value).trim().toLowerCase();
  if (['true', 'yes', '1'].includes(text)) return accept(true);
  if (['false', 'no', '0'].includes(text)) return accept(false);
  return refuse('invalid_value', 'expected true or false, yes or no, 1 or 0');
}

function midnight(value: unknown): Outcome {
  const match = /^(.*)T00:00:00(?:\.0+)?Z$/.exec(String(value));
  return match === null
    ? refuse('invalid_value', 'it has a time of day, which a date would lose')
    : accept(match[1]);
}

function parsed(value: unknown): Outcome {
  try {
    return accept(JSON.parse(String(value)) as unknown);
  } catch {
    return refuse('invalid_format', 'expected JSON');
  }
}

function nameOf(column: ColumnType): string {
  const names: Partial<Record<ColumnType, string>> = {
    integer: 'a whole number',
    real: 'a number',
    decimal: 'a number',
    boolean: 'true or false',
    date: 'a date',
    time: 'a time of day',
    datetime: 'a date with time',
    json: 'structured data',
  };
  return names[column] ?? 'text';
}
