import { compareNumbers, multiply } from '../decimal/arithmetic.js';
import { noValue, type Site } from '../fault.js';
import { parseDate, parseDateTime, parseTime } from '../time/text.js';
import { startOfDay } from '../time/zone.js';
import type { DurationValue, FormulaNumber, FormulaValue, MoneyValue } from '../types.js';
import { DAY_MS } from '../time/calendar.js';
import { describe, isNumber } from './kinds.js';

/** A place that compares, and the zone in which a date begins. */
export interface CompareSite {
  readonly site: Site;
  readonly timezone: string;
}

type Given = Exclude<FormulaValue, null>;

/** True when two values are the same; values of kinds that never meet are refused. */
export function equalValues(left: Given, right: Given, at: CompareSite): boolean {
  if (typeof left === 'string' && typeof right === 'string') return left === right;
  if (typeof left === 'boolean' && typeof right === 'boolean') return left === right;
  if (typeof left === 'object' && typeof right === 'object') {
    if (left.kind === 'list' && right.kind === 'list') {
      if (left.items.length !== right.items.length) return false;
      return left.items.every((item, index) => sameItem(item, right.items[index] ?? null, at));
    }
    if (left.kind === 'money' && right.kind === 'money' && left.currency !== right.currency) {
      throw noValue(at.site, `compares ${left.currency} with ${right.currency}`);
    }
  }
  return compareValues(left, right, at) === 0;
}

function sameItem(left: FormulaValue, right: FormulaValue, at: CompareSite): boolean {
  if (left === null || right === null) return left === right;
  return equalValues(left, right, at);
}

/** Negative, zero or positive, as `left` sorts before, with or after `right`. */
export function compareValues(left: Given, right: Given, at: CompareSite): number {
  if (isNumber(left) && isNumber(right)) return compareNumbers(left, right);
  if (typeof left === 'string' && typeof right === 'string') return compareText(left, right);
  if (typeof left === 'object' && typeof right === 'object') {
    const result = compareStructured(left, right, at);
    if (result !== undefined) return result;
  }
  if (typeof left === 'string') {
    const read = readLike(left, right, at);
    if (read !== undefined) return compareValues(read, right, at);
  }
  if (typeof right === 'string') {
    const read = readLike(right, left, at);
    if (read !== undefined) return compareValues(left, read, at);
  }
  return compareMixed(left, right, at);
}

/** Text in the order of its code points, which is the order the databases use. */
function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

/** Surrogates stand for code points above all single units. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function compareStructured(left: Given, right: Given, at: CompareSite): number | undefined {
  const a = moment(left, at);
  const b = moment(right, at);
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left !== 'object' || typeof right !== 'object') return undefined;
  if (left.kind === 'time' && right.kind === 'time') return left.ms - right.ms;
  if (left.kind === 'duration' && right.kind === 'duration') return left.ms - right.ms;
  if (left.kind === 'money' && right.kind === 'money' && left.currency === right.currency) {
    return compareNumbers(left.amount, right.amount);
  }
  return undefined;
}

/** A date begins at midnight of the zone when it meets a datetime. */
function moment(value: Given, at: CompareSite): number | undefined {
  if (typeof value !== 'object') return undefined;
  if (value.kind === 'datetime') return value.ms;
  return value.kind === 'date' ? startOfDay(value.days, at.timezone) : undefined;
}

/** Text that meets a date, datetime or time is read as one. */
function readLike(text: string, other: Given, at: CompareSite): Given | undefined {
  if (typeof other !== 'object') return undefined;
  if (other.kind === 'date' || other.kind === 'datetime') {
    const days = parseDate(text);
    if (days !== undefined) return { kind: 'date', days };
    const ms = parseDateTime(text, at.timezone);
    return ms === undefined ? undefined : { kind: 'datetime', ms };
  }
  if (other.kind === 'time') {
    const ms = parseTime(text);
    return ms === undefined ? undefined : { kind: 'time', ms };
  }
  return undefined;
}

/** A duration that meets a number counts in days; an amount meets a plain number as itself. */
function compareMixed(left: Given, right: Given, at: CompareSite): number {
  if (isNumber(left) && isDuration(right)) return compareNumbers(daysOf(left), right.ms);
  if (isDuration(left) && isNumber(right)) return compareNumbers(left.ms, daysOf(right));
  if (isNumber(left) && isMoney(right)) return compareNumbers(left, right.amount);
  if (isMoney(left) && isNumber(right)) return compareNumbers(left.amount, right);
  throw noValue(at.site, `cannot compare ${describe(left)} with ${describe(right)}`);

  function daysOf(value: FormulaNumber): FormulaNumber {
    return multiply(value, DAY_MS, at.site);
  }
}

function isDuration(value: Given): value is DurationValue {
  return typeof value === 'object' && value.kind === 'duration';
}

function isMoney(value: Given): value is MoneyValue {
  return typeof value === 'object' && value.kind === 'money';
}
