import { compact, parseDecimal } from '../decimal/decimal.js';
import { noValue, type Site } from '../fault.js';
import { parseDate, parseDateTime, parseTime } from '../time/text.js';
import type { FormulaType, FormulaValue, MoneyValue } from '../types.js';
import { dateTimeValue, dateValue, durationValue, listValue, timeValue } from './kinds.js';

/**
 * Reads an API value as the declared type of its field. What does not fit is refused rather than
 * guessed at: a formula never goes on with a value it misunderstood.
 */
export function fromRecord(value: unknown, type: FormulaType, site: Site): FormulaValue {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'number':
    case 'currency':
    case 'percent':
      return readNumber(value, site);
    case 'text':
    case 'picklist':
    case 'reference':
      return readText(value, site);
    case 'boolean':
      return readBoolean(value, site);
    case 'date':
    case 'datetime':
    case 'time':
      return value === '' ? null : readMoment(value, type, site);
    case 'duration':
      return typeof value === 'number' && Number.isFinite(value)
        ? durationValue(value)
        : refuse(value, type, site);
    case 'list':
      return Array.isArray(value) ? readAny(value, site) : refuse(value, type, site);
    case 'location':
    case 'object':
    case 'any':
      return readAny(value, site);
  }
}

function readNumber(value: unknown, site: Site): FormulaValue {
  if (typeof value === 'number') {
    return Number.isFinite(value) ? value : refuse(value, 'number', site);
  }
  if (value === '') return null;
  const money = readMoney(value);
  if (money !== undefined) return money;
  const text = typeof value === 'bigint' ? value.toString() : value;
  const decimal = typeof text === 'string' ? parseDecimal(text.trim()) : undefined;
  return decimal === undefined ? refuse(value, 'number', site) : compact(decimal);
}

function readMoney(value: unknown): MoneyValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Object.hasOwn(value, 'amount') || !Object.hasOwn(value, 'currency')) return undefined;
  const { amount, currency } = value as { amount: unknown; currency: unknown };
  if (typeof amount !== 'number' || !Number.isFinite(amount)) return undefined;
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency)) return undefined;
  return { kind: 'money', amount, currency };
}

function readText(value: unknown, site: Site): FormulaValue {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return refuse(value, 'text', site);
}

function readBoolean(value: unknown, site: Site): FormulaValue {
  if (typeof value === 'boolean') return value;
  if (value === 0 || value === 1) return value === 1;
  return refuse(value, 'boolean', site);
}

function readMoment(value: unknown, type: 'date' | 'datetime' | 'time', site: Site): FormulaValue {
  const text = value instanceof Date ? isoText(value, site) : value;
  if (typeof text !== 'string') return refuse(value, type, site);
  if (type === 'time') {
    const ms = parseTime(text);
    return ms === undefined ? refuse(value, type, site) : timeValue(ms);
  }
  if (type === 'date') {
    const days = parseDate(text.length > 10 && text[10] === 'T' ? text.slice(0, 10) : text);
    return days === undefined ? refuse(value, type, site) : dateValue(days);
  }
  const ms = parseDateTime(text, 'UTC');
  return ms === undefined ? refuse(value, type, site) : dateTimeValue(ms);
}

function isoText(value: Date, site: Site): string {
  if (Number.isNaN(value.getTime())) throw noValue(site, 'holds an invalid date');
  return value.toISOString();
}

function readAny(value: unknown, site: Site): FormulaValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
    case 'bigint':
      return readNumber(value, site);
    case 'object':
      if (value === null) return null;
      if (Array.isArray(value)) return listValue(value.map((item) => readAny(item, site)));
      if (value instanceof Date) return readMoment(value, 'datetime', site);
      return readMoney(value) ?? { kind: 'object', value: value as Record<string, unknown> };
    case 'undefined':
      return null;
    case 'function':
    case 'symbol':
      return refuse(value, 'any', site);
  }
}

function refuse(value: unknown, type: FormulaType, site: Site): never {
  const what = Array.isArray(value) ? 'a list' : `a ${typeof value}`;
  const wanted = type === 'any' ? 'a formula' : `a ${type} field`;
  throw noValue(site, `holds ${what} that does not fit ${wanted}`);
}
