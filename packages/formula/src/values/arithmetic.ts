import { add, compareNumbers, divide, multiply, negate, subtract } from '../decimal/arithmetic.js';
import { powerInteger, roundNumber, toInteger } from '../decimal/rounding.js';
import { powerReal } from '../decimal/functions.js';
import { noValue, type Site } from '../fault.js';
import { DAY_MS } from '../time/calendar.js';
import { isDayInRange } from '../time/text.js';
import { startOfDay } from '../time/zone.js';
import type { FormulaNumber, FormulaValue, MoneyValue } from '../types.js';
import { dateTimeValue, dateValue, describe, durationValue, isNumber, timeValue } from './kinds.js';

type Given = Exclude<FormulaValue, null>;
type Structured = Extract<FormulaValue, { readonly kind: string }>;
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '^';

/** An operator and the zone in which a date begins. */
export interface ArithmeticSite {
  readonly operator: ArithmeticOperator;
  readonly site: Site;
  readonly timezone: string;
}

/** Computes with two values that are there; the kinds decide what the operator means. */
export function calculate(left: Given, right: Given, at: ArithmeticSite): FormulaValue {
  if (isNumber(left) && isNumber(right)) return calculateNumbers(left, right, at);
  if (at.operator === '+' && typeof left === 'string' && typeof right === 'string') {
    return left + right;
  }
  const result =
    isStructured(left) || isStructured(right) ? structured(left, right, at) : undefined;
  if (result !== undefined) return result;
  throw noValue(at.site, `cannot combine ${describe(left)} with ${describe(right)}`);
}

/** Computes with two numbers. */
export function calculateNumbers(
  left: FormulaNumber,
  right: FormulaNumber,
  at: Pick<ArithmeticSite, 'operator' | 'site'>,
): FormulaNumber {
  switch (at.operator) {
    case '+':
      return add(left, right, at.site);
    case '-':
      return subtract(left, right, at.site);
    case '*':
      return multiply(left, right, at.site);
    case '/':
      return divide(left, right, at.site);
    case '^':
      return power(left, right, at.site);
  }
}

function power(base: FormulaNumber, exponent: FormulaNumber, site: Site): FormulaNumber {
  const whole = roundNumber(exponent, 0, 'down');
  if (typeof whole === 'number' && compareNumbers(whole, exponent) === 0) {
    return powerInteger(base, whole, site);
  }
  return powerReal(base, exponent, site);
}

/** The value with the opposite sign. */
export function negateValue(value: Given, site: Site): FormulaValue {
  if (isNumber(value)) return negate(value);
  if (isStructured(value)) {
    if (value.kind === 'duration') return durationValue(-value.ms);
    if (value.kind === 'money') return { ...value, amount: negate(value.amount) };
  }
  throw noValue(site, `cannot negate ${describe(value)}`);
}

function structured(left: Given, right: Given, at: ArithmeticSite): FormulaValue | undefined {
  if (isKind(left, 'money') || isKind(right, 'money')) return money(left, right, at);
  if (at.operator === '+')
    return isStructured(left) ? shift(left, right, 1, at) : plus(left, right, at);
  if (at.operator === '-' && isStructured(left)) {
    return difference(left, right, at) ?? shift(left, right, -1, at);
  }
  return scaleDuration(left, right, at);
}

/** A number in front of a moment: 1 + TODAY(). */
function plus(left: Given, right: Given, at: ArithmeticSite): FormulaValue | undefined {
  return isStructured(right) ? shift(right, left, 1, at) : undefined;
}

/** A moment or duration moved by a number (days; milliseconds for a time) or a duration. */
function shift(
  from: Structured,
  by: Given,
  sign: 1 | -1,
  at: ArithmeticSite,
): FormulaValue | undefined {
  if (isKind(from, 'duration') && isStructured(by) && by.kind !== 'duration') {
    return sign === 1 ? shift(by, from, sign, at) : undefined;
  }
  if (!isNumber(by) && !isKind(by, 'duration')) return undefined;
  switch (from.kind) {
    case 'date':
      if (isNumber(by)) return inRangeDate(from.days + sign * toInteger(by, at.site), at.site);
      return inRangeDateTime(startOfDay(from.days, at.timezone) + sign * by.ms, at.site);
    case 'datetime':
      return inRangeDateTime(from.ms + sign * milliseconds(by, DAY_MS, at.site), at.site);
    case 'time':
      return timeValue(from.ms + sign * milliseconds(by, 1, at.site));
    case 'duration':
      return durationValue(from.ms + sign * milliseconds(by, DAY_MS, at.site));
    case 'decimal':
    case 'money':
    case 'list':
    case 'object':
      return undefined;
  }
}

function milliseconds(by: Given, unit: number, site: Site): number {
  if (isKind(by, 'duration')) return by.ms;
  if (!isNumber(by)) throw noValue(site, `cannot count with ${describe(by)}`);
  return toInteger(roundNumber(multiply(by, unit, site), 0, 'half-up'), site);
}

/** Days between two moments, milliseconds between two times, a duration between two durations. */
function difference(left: Structured, right: Given, at: ArithmeticSite): FormulaValue | undefined {
  if (!isStructured(right)) return undefined;
  if (left.kind === 'date' && right.kind === 'date') return left.days - right.days;
  if (left.kind === 'time' && right.kind === 'time') return left.ms - right.ms;
  const from = instant(right, at);
  const to = instant(left, at);
  if (from === undefined || to === undefined) return undefined;
  return divide(to - from, DAY_MS, at.site);
}

function instant(value: Structured, at: ArithmeticSite): number | undefined {
  if (value.kind === 'datetime') return value.ms;
  return value.kind === 'date' ? startOfDay(value.days, at.timezone) : undefined;
}

function scaleDuration(left: Given, right: Given, at: ArithmeticSite): FormulaValue | undefined {
  if (at.operator === '*' && isNumber(left) && isKind(right, 'duration')) {
    return scaleDuration(right, left, at);
  }
  if (!isKind(left, 'duration')) return undefined;
  if (at.operator === '/' && isKind(right, 'duration')) return divide(left.ms, right.ms, at.site);
  if (!isNumber(right) || (at.operator !== '*' && at.operator !== '/')) return undefined;
  const scaled = calculateNumbers(left.ms, right, at);
  return durationValue(toInteger(roundNumber(scaled, 0, 'half-up'), at.site));
}

function money(left: Given, right: Given, at: ArithmeticSite): FormulaValue | undefined {
  if (isKind(left, 'money') && isKind(right, 'money')) return twoAmounts(left, right, at);
  if (isKind(left, 'money') && isNumber(right) && at.operator !== '^') {
    return { ...left, amount: calculateNumbers(left.amount, right, at) };
  }
  if (isNumber(left) && isKind(right, 'money') && at.operator !== '/' && at.operator !== '^') {
    return { ...right, amount: calculateNumbers(left, right.amount, at) };
  }
  return undefined;
}

function twoAmounts(
  left: MoneyValue,
  right: MoneyValue,
  at: ArithmeticSite,
): FormulaValue | undefined {
  if (left.currency !== right.currency) {
    throw noValue(at.site, `mixes ${left.currency} with ${right.currency}`);
  }
  if (at.operator === '/') return divide(left.amount, right.amount, at.site);
  if (at.operator !== '+' && at.operator !== '-') return undefined;
  return { ...left, amount: calculateNumbers(left.amount, right.amount, at) };
}

/** A date, refused outside the years 1 to 9999. */
export function inRangeDate(days: number, site: Site): FormulaValue {
  if (!isDayInRange(days)) throw noValue(site, 'gives a date outside the years 1 to 9999');
  return dateValue(days);
}

/** A datetime, refused outside the years 1 to 9999. */
export function inRangeDateTime(ms: number, site: Site): FormulaValue {
  if (!isDayInRange(Math.floor(ms / DAY_MS))) {
    throw noValue(site, 'gives a datetime outside the years 1 to 9999');
  }
  return dateTimeValue(ms);
}

function isStructured(value: Given): value is Structured {
  return typeof value === 'object' && value.kind !== 'decimal';
}

function isKind<K extends Structured['kind']>(
  value: Given,
  kind: K,
): value is Extract<Structured, { readonly kind: K }> {
  return typeof value === 'object' && value.kind === kind;
}
