import { noValue, type Site } from '../fault.js';
import type { FormulaNumber } from '../types.js';
import {
  approximate,
  compact,
  decimal,
  digitCount,
  GUARD_DIGITS,
  isInRange,
  pow10,
  PRECISION,
  settle,
  toDecimal,
  type Decimal,
} from './decimal.js';

/** Whole numbers up to here, and their quotients by a power of ten, survive the trip through a double. */
const SAFE = 999_999_999_999_999;
const FAST_SCALE = 6;

/**
 * The places of a double that is exactly a decimal of at most 15 digits, or -1. Such a double and
 * its decimal determine each other, so computing on `value * 10^places` as a whole number is exact.
 */
function places(value: number): number {
  let factor = 1;
  for (let scale = 0; scale <= FAST_SCALE; scale++) {
    const whole = Math.round(value * factor);
    if (whole > SAFE || whole < -SAFE) return -1;
    if (whole / factor === value) return scale;
    factor *= 10;
  }
  return -1;
}

/** Exact sum. */
export function add(left: FormulaNumber, right: FormulaNumber, site: Site): FormulaNumber {
  if (typeof left === 'number' && typeof right === 'number') {
    const fast = addFast(left, right);
    if (fast !== undefined) return fast;
  }
  return addDecimals(toDecimal(left), toDecimal(right), site);
}

/** Exact difference. */
export function subtract(left: FormulaNumber, right: FormulaNumber, site: Site): FormulaNumber {
  return add(left, negate(right), site);
}

/** The number with the opposite sign. */
export function negate(value: FormulaNumber): FormulaNumber {
  if (typeof value === 'number') return value === 0 ? 0 : -value;
  return decimal(-value.coefficient, value.scale, value.exact);
}

/** Exact product. */
export function multiply(left: FormulaNumber, right: FormulaNumber, site: Site): FormulaNumber {
  if (typeof left === 'number' && typeof right === 'number') {
    const fast = multiplyFast(left, right);
    if (fast !== undefined) return fast;
  }
  const a = toDecimal(left);
  const b = toDecimal(right);
  return finish(a.coefficient * b.coefficient, a.scale + b.scale, {
    exact: a.exact && b.exact,
    site,
  });
}

/** Quotient: exact when it is short enough, else rounded half to even with guard digits. */
export function divide(left: FormulaNumber, right: FormulaNumber, site: Site): FormulaNumber {
  const a = toDecimal(left);
  const b = toDecimal(right);
  if (settle(b).coefficient === 0n) throw noValue(site, 'divides by zero');
  const wanted = PRECISION + GUARD_DIGITS + 1;
  const shift = Math.max(0, wanted - digitCount(a.coefficient) + digitCount(b.coefficient));
  const dividend = a.coefficient * pow10(shift);
  const quotient = dividend / b.coefficient;
  const whole = quotient * b.coefficient === dividend;
  const scale = a.scale - b.scale + shift;
  if (whole) return finish(quotient, scale, { exact: a.exact && b.exact, site });
  // A sticky last digit keeps half-even rounding right although the tail was cut off.
  const negative = dividend < 0n !== b.coefficient < 0n;
  const sticky = quotient * 10n + (negative ? -1n : 1n);
  return finish(sticky, scale + 1, { exact: false, site });
}

/** Negative, zero or positive, as `left` is below, equal to or above `right`. */
export function compareNumbers(left: FormulaNumber, right: FormulaNumber): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  const a = settle(toDecimal(left));
  const b = settle(toDecimal(right));
  const scale = Math.max(a.scale, b.scale);
  const difference =
    a.coefficient * pow10(scale - a.scale) - b.coefficient * pow10(scale - b.scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** -1, 0 or 1. */
export function signOf(value: FormulaNumber): number {
  if (typeof value === 'number') return Math.sign(value);
  const { coefficient } = settle(value);
  return coefficient < 0n ? -1 : coefficient > 0n ? 1 : 0;
}

/** Rounded if it must be, refused if too large, small again if it can be. */
export function finish(
  coefficient: bigint,
  scale: number,
  options: { readonly exact: boolean; readonly site: Site },
): FormulaNumber {
  const value = options.exact ? decimal(coefficient, scale) : approximate(coefficient, scale);
  if (isInRange(value)) return compact(value);
  if (digitCount(value.coefficient) - value.scale < -PRECISION) return 0;
  throw noValue(options.site, 'gives a number with too many digits');
}

function addDecimals(a: Decimal, b: Decimal, site: Site): FormulaNumber {
  const scale = Math.max(a.scale, b.scale);
  const sum = a.coefficient * pow10(scale - a.scale) + b.coefficient * pow10(scale - b.scale);
  return finish(sum, scale, { exact: a.exact && b.exact, site });
}

function addFast(left: number, right: number): number | undefined {
  const a = places(left);
  const b = a < 0 ? -1 : places(right);
  if (b < 0) return undefined;
  const factor = 10 ** Math.max(a, b);
  const x = Math.round(left * factor);
  const y = Math.round(right * factor);
  const sum = x + y;
  if (Math.abs(x) > SAFE || Math.abs(y) > SAFE || Math.abs(sum) > SAFE) return undefined;
  return sum === 0 ? 0 : sum / factor;
}

function multiplyFast(left: number, right: number): number | undefined {
  const a = places(left);
  const b = a < 0 ? -1 : places(right);
  if (b < 0) return undefined;
  const product = Math.round(left * 10 ** a) * Math.round(right * 10 ** b);
  if (Math.abs(product) > SAFE) return undefined;
  return product === 0 ? 0 : product / 10 ** (a + b);
}
