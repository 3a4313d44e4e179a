import type {
  DateTimeValue,
  DateValue,
  DurationValue,
  FormulaNumber,
  FormulaType,
  FormulaValue,
  ListValue,
  TimeValue,
} from '../types.js';

/** True for a number of either representation. */
export function isNumber(value: FormulaValue): value is FormulaNumber {
  return typeof value === 'number' || kindOf(value) === 'decimal';
}

/** The tag of a structured value, or nothing for null and plain values. */
export function kindOf(value: FormulaValue): string | undefined {
  return typeof value === 'object' && value !== null ? value.kind : undefined;
}

/** True for no value, the empty text and the empty list. */
export function isBlank(value: FormulaValue): boolean {
  if (value === null || value === '') return true;
  return typeof value === 'object' && value.kind === 'list' && value.items.length === 0;
}

/** What a value is called in messages. */
export function describe(value: FormulaValue): string {
  if (value === null) return 'nothing';
  if (isNumber(value)) return 'a number';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'true or false';
  const names: Readonly<Record<string, string>> = {
    date: 'a date',
    datetime: 'a datetime',
    time: 'a time',
    duration: 'a duration',
    money: 'an amount with a currency',
    list: 'a list',
    object: 'an object',
  };
  return names[(value as { readonly kind: string }).kind] ?? 'a value';
}

export const NUMERIC: ReadonlySet<FormulaType> = new Set(['number', 'currency', 'percent']);
export const TEXTUAL: ReadonlySet<FormulaType> = new Set(['text', 'picklist', 'reference']);

/** A date from its day number. */
export function dateValue(days: number): DateValue {
  return { kind: 'date', days };
}

/** A datetime from its milliseconds. */
export function dateTimeValue(ms: number): DateTimeValue {
  return { kind: 'datetime', ms };
}

/** A time of day from its milliseconds, turned back into one day. */
export function timeValue(ms: number): TimeValue {
  const day = 86_400_000;
  return { kind: 'time', ms: ((ms % day) + day) % day };
}

/** A duration from its milliseconds. */
export function durationValue(ms: number): DurationValue {
  return { kind: 'duration', ms };
}

/** A list. */
export function listValue(items: readonly FormulaValue[]): ListValue {
  return { kind: 'list', items };
}
