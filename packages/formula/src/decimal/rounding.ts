import { noValue, type Site } from '../fault.js';
import type { FormulaNumber } from '../types.js';
import { divide, finish, multiply, signOf } from './arithmetic.js';
import { compact, decimal, MAX_DIGITS, pow10, settle, toDecimal } from './decimal.js';

/** Which neighbour a rounding takes. `up` and `down` go away from and towards zero. */
export type RoundingMode = 'half-up' | 'down' | 'up' | 'floor' | 'ceiling';

/** Rounds to `places` after the point; a negative number of places rounds before it. */
export function roundNumber(
  value: FormulaNumber,
  places: number,
  mode: RoundingMode,
): FormulaNumber {
  if (typeof value === 'number' && places >= 0 && Number.isInteger(value)) return value;
  const settled = settle(toDecimal(value));
  if (settled.scale <= places) return compact(settled);
  const unit = pow10(settled.scale - places);
  const truncated = settled.coefficient / unit;
  const remainder = settled.coefficient - truncated * unit;
  const rounded = truncated + step(remainder, unit, mode);
  return compact(decimal(rounded, places));
}

function step(remainder: bigint, unit: bigint, mode: RoundingMode): bigint {
  if (remainder === 0n) return 0n;
  const direction = remainder < 0n ? -1n : 1n;
  switch (mode) {
    case 'down':
      return 0n;
    case 'up':
      return direction;
    case 'floor':
      return direction < 0n ? -1n : 0n;
    case 'ceiling':
      return direction > 0n ? 1n : 0n;
    case 'half-up':
      return 2n * remainder * direction >= unit ? direction : 0n;
  }
}

/** The remainder of a division, with the sign of the dividend. */
export function remainder(
  dividend: FormulaNumber,
  divisor: FormulaNumber,
  site: Site,
): FormulaNumber {
  if (signOf(divisor) === 0) throw noValue(site, 'divides by zero');
  if (Number.isSafeInteger(dividend) && Number.isSafeInteger(divisor)) {
    return (Number(dividend) % Number(divisor)) + 0;
  }
  const a = settle(toDecimal(dividend));
  const b = settle(toDecimal(divisor));
  const scale = Math.max(a.scale, b.scale);
  const x = a.coefficient * pow10(scale - a.scale);
  const y = b.coefficient * pow10(scale - b.scale);
  return compact(decimal(x % y, scale));
}

/** A whole number for counts and positions; fractions are cut off. */
export function toInteger(value: FormulaNumber, site: Site): number {
  const whole = roundNumber(value, 0, 'down');
  if (typeof whole === 'number') return whole;
  throw noValue(site, 'is given a number that is too large');
}

/** `base` to a whole power, by squaring; exact while the digits last. */
export function powerInteger(base: FormulaNumber, exponent: number, site: Site): FormulaNumber {
  if (exponent < 0) return divide(1, powerInteger(base, -exponent, site), site);
  if (exponent > 100_000) throw noValue(site, 'has an exponent that is too large');
  let result: FormulaNumber = 1;
  let square = base;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = shorten(multiply(result, square, site), site);
    if (rest > 1) square = shorten(multiply(square, square, site), site);
  }
  return result;
}

/** Keeps repeated multiplication from growing past what the result can hold. */
function shorten(value: FormulaNumber, site: Site): FormulaNumber {
  if (typeof value === 'number' || value.scale < MAX_DIGITS / 4) return value;
  return finish(value.coefficient, value.scale, { exact: false, site });
}
