import type { FormulaNumber } from '../types.js';

/**
 * An exact decimal: `coefficient / 10^scale`, scale at least 0. `exact` is false once a division
 * or function had to be rounded; such a value carries {@link GUARD_DIGITS} spare digits that are
 * rounded away before anyone compares, rounds or shows it.
 */
export interface Decimal {
  readonly kind: 'decimal';
  readonly coefficient: bigint;
  readonly scale: number;
  readonly exact: boolean;
}

/** Significant digits that a rounded result keeps. */
export const PRECISION = 34;
/** Spare digits while computing on: with them (3/11)*11 is 3. */
export const GUARD_DIGITS = 6;
/** Digits before or after the point beyond which a number is refused. */
export const MAX_DIGITS = 1_000;
/** The largest JavaScript number; a value beyond it could not be given back. */
const MAX_VALUE = BigInt(Number.MAX_VALUE);
const MAX_VALUE_DIGITS = 309;

const LIMIT = 10n ** BigInt(MAX_DIGITS);
const powers: bigint[] = [1n];

/** 10 to a small non-negative power, remembered. */
export function pow10(exponent: number): bigint {
  let known = powers[exponent];
  if (known === undefined) {
    known = 10n ** BigInt(exponent);
    if (exponent < 512) powers[exponent] = known;
  }
  return known;
}

/** Makes a decimal; a negative scale is folded into the coefficient. */
export function decimal(coefficient: bigint, scale: number, exact = true): Decimal {
  if (scale >= 0) return { kind: 'decimal', coefficient, scale, exact };
  return { kind: 'decimal', coefficient: coefficient * pow10(-scale), scale: 0, exact };
}

const TEXT = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?$/;

/** Reads decimal text such as `-12.50` or `1e+21`; `undefined` when it is not a number or too large. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = text.length > MAX_DIGITS ? null : TEXT.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  if (whole.length + fraction.length === 0) return undefined;
  const scale = fraction.length - Number(exponent);
  if (Math.abs(scale) > MAX_DIGITS) return undefined;
  const magnitude = BigInt(whole + fraction);
  const value = decimal(sign === '-' ? -magnitude : magnitude, scale);
  return isInRange(value) ? value : undefined;
}

/** The exact decimal behind a number. */
export function toDecimal(value: FormulaNumber): Decimal {
  if (typeof value !== 'number') return value;
  if (Number.isSafeInteger(value)) return decimal(BigInt(value), 0);
  const parsed = parseDecimal(String(value));
  // Every finite double parses; anything else must not become a number unnoticed.
  if (parsed === undefined) throw new RangeError(`unreachable: ${String(value)} is not finite`);
  return parsed;
}

/** Small exact decimals as JavaScript numbers, which compute faster and mean the same. */
export function compact(value: Decimal): FormulaNumber {
  if (!value.exact) return value;
  const { coefficient, scale } = stripZeros(value);
  if (scale > 15 || coefficient > 999_999_999_999_999n || coefficient < -999_999_999_999_999n) {
    return value;
  }
  return Number(coefficient) / 10 ** scale;
}

/** Trailing zeros after the point removed. */
export function stripZeros(value: Decimal): Decimal {
  let { coefficient, scale } = value;
  if (coefficient === 0n) return decimal(0n, 0, value.exact);
  while (scale > 0 && coefficient % 10n === 0n) {
    coefficient /= 10n;
    scale -= 1;
  }
  return scale === value.scale ? value : decimal(coefficient, scale, value.exact);
}

/** True when the number has at most {@link MAX_DIGITS} digits and fits the range of API numbers. */
export function isInRange(value: Decimal): boolean {
  const { coefficient, scale } = value;
  if (scale > MAX_DIGITS || coefficient >= LIMIT || coefficient <= -LIMIT) return false;
  const integerDigits = digitCount(coefficient) - scale;
  if (integerDigits < MAX_VALUE_DIGITS) return true;
  const size = coefficient < 0n ? -coefficient : coefficient;
  return size <= MAX_VALUE * pow10(scale);
}

/** Decimal digits of a whole number, without its sign. */
export function digitCount(value: bigint): number {
  const text = value.toString();
  return value < 0n ? text.length - 1 : text.length;
}

/** Divides whole numbers, rounding half to even. */
export function divideHalfEven(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const remainder = dividend - quotient * divisor;
  const twice = 2n * (remainder < 0n ? -remainder : remainder);
  const size = divisor < 0n ? -divisor : divisor;
  if (twice < size || (twice === size && quotient % 2n === 0n)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** Rounds to `digits` significant digits, half to even. */
export function roundSignificant(value: Decimal, digits: number): Decimal {
  const excess = digitCount(value.coefficient) - digits;
  if (excess <= 0) return value;
  const coefficient = divideHalfEven(value.coefficient, pow10(excess));
  return decimal(coefficient, value.scale - excess, value.exact);
}

/** The number to compare, round and show: guard digits are gone, and it counts as exact from here. */
export function settle(value: Decimal): Decimal {
  if (value.exact) return value;
  const rounded = roundSignificant(value, PRECISION);
  return stripZeros(decimal(rounded.coefficient, rounded.scale));
}

/** A computed value with guard digits, marked as rounded. */
export function approximate(coefficient: bigint, scale: number): Decimal {
  return roundSignificant(decimal(coefficient, scale, false), PRECISION + GUARD_DIGITS);
}

/** Plain decimal text, without exponent and trailing zeros. */
export function formatDecimal(value: FormulaNumber): string {
  const { coefficient, scale } = stripZeros(settle(toDecimal(value)));
  return formatScaled(coefficient, scale);
}

/** `coefficient / 10^scale` as text with exactly `scale` places. */
export function formatScaled(coefficient: bigint, scale: number): string {
  const negative = coefficient < 0n;
  const digits = (negative ? -coefficient : coefficient).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const fraction = scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`;
  return `${negative ? '-' : ''}${whole}${fraction}`;
}
