import { noValue, type Site } from '../fault.js';
import type { FormulaNumber } from '../types.js';
import { compareNumbers, divide, finish, signOf } from './arithmetic.js';
import { compact, decimal, digitCount, pow10, settle, toDecimal, type Decimal } from './decimal.js';
import {
  atanFixed,
  cosFixed,
  expFixed,
  lnFixed,
  LN10_FIXED,
  PI_FIXED,
  PLACES,
  sinFixed,
  sqrtInteger,
} from './fixed.js';

/** An argument beyond this leaves no correct digit of a sine. */
const MAX_ANGLE_DIGITS = 30;
const ONE = pow10(PLACES);

/** e to the power of `value`. */
export function exp(value: FormulaNumber, site: Site): FormulaNumber {
  if (signOf(value) === 0) return 1;
  if (compareNumbers(value, 710) > 0) throw noValue(site, 'gives a number with too many digits');
  if (compareNumbers(value, -2_000) < 0) return 0;
  const { mantissa, exponent } = expFixed(toFixed(value));
  return scaled(mantissa, exponent, site);
}

/** Natural logarithm. */
export function ln(value: FormulaNumber, site: Site): FormulaNumber {
  if (signOf(value) <= 0) throw noValue(site, 'needs a number above zero');
  return rounded(lnOf(value), site);
}

/** Logarithm to base 10. */
export function log10(value: FormulaNumber, site: Site): FormulaNumber {
  if (signOf(value) <= 0) throw noValue(site, 'needs a number above zero');
  return rounded((lnOf(value) * ONE) / LN10_FIXED(), site);
}

/** Square root; exact for squares of short decimals. */
export function sqrt(value: FormulaNumber, site: Site): FormulaNumber {
  if (signOf(value) < 0) throw noValue(site, 'needs a number that is not negative');
  const source = settle(toDecimal(value));
  const even =
    source.scale % 2 === 0 ? source : decimal(source.coefficient * 10n, source.scale + 1);
  const root = sqrtInteger(even.coefficient);
  if (root * root === even.coefficient) return compact(decimal(root, even.scale / 2));
  const shift = 45;
  const wide = sqrtInteger(even.coefficient * pow10(2 * shift));
  return finish(wide, even.scale / 2 + shift, { exact: false, site });
}

/** `base` to a power that is not whole. */
export function powerReal(base: FormulaNumber, exponent: FormulaNumber, site: Site): FormulaNumber {
  const sign = signOf(base);
  if (sign < 0) throw noValue(site, 'raises a negative number to a fraction');
  if (sign === 0) {
    if (signOf(exponent) < 0) throw noValue(site, 'divides by zero');
    return 0;
  }
  const product = (lnOf(base) * toFixed(exponent)) / ONE;
  if (product > 710n * ONE) throw noValue(site, 'gives a number with too many digits');
  if (product < -2_000n * ONE) return 0;
  const { mantissa, exponent: power } = expFixed(product);
  return scaled(mantissa, power, site);
}

/** Sine of an angle in radians. */
export function sin(value: FormulaNumber, site: Site): FormulaNumber {
  return rounded(sinFixed(angle(value, site)), site);
}

/** Cosine of an angle in radians. */
export function cos(value: FormulaNumber, site: Site): FormulaNumber {
  return rounded(cosFixed(angle(value, site)), site);
}

/** Tangent of an angle in radians. */
export function tan(value: FormulaNumber, site: Site): FormulaNumber {
  const fixed = angle(value, site);
  const cosine = cosFixed(fixed);
  if (cosine === 0n) throw noValue(site, 'has no value at this angle');
  return rounded((sinFixed(fixed) * ONE) / cosine, site);
}

/** The angle whose sine this is, in radians. */
export function asin(value: FormulaNumber, site: Site): FormulaNumber {
  return rounded(asinFixed(value, site), site);
}

/** The angle whose cosine this is, in radians. */
export function acos(value: FormulaNumber, site: Site): FormulaNumber {
  return rounded(PI_FIXED() / 2n - asinFixed(value, site), site);
}

/** The angle whose tangent this is, in radians. */
export function atan(value: FormulaNumber, site: Site): FormulaNumber {
  return rounded(atanFixed(toFixed(value)), site);
}

/** The angle of the point (x, y), from -pi to pi. */
export function atan2(y: FormulaNumber, x: FormulaNumber, site: Site): FormulaNumber {
  const signX = signOf(x);
  const signY = signOf(y);
  if (signX === 0) {
    if (signY === 0) throw noValue(site, 'has no value at the origin');
    return rounded((BigInt(signY) * PI_FIXED()) / 2n, site);
  }
  const base = atanFixed(toFixed(divide(y, x, site)));
  if (signX > 0) return rounded(base, site);
  return rounded(signY < 0 ? base - PI_FIXED() : base + PI_FIXED(), site);
}

/** The circle's constant. */
export function pi(site: Site): FormulaNumber {
  return rounded(PI_FIXED(), site);
}

function asinFixed(value: FormulaNumber, site: Site): bigint {
  const fixed = toFixed(value);
  if (fixed > ONE || fixed < -ONE) throw noValue(site, 'needs a number from -1 to 1');
  if (fixed === ONE || fixed === -ONE) return (fixed / ONE) * (PI_FIXED() / 2n);
  const cosine = sqrtInteger(ONE * ONE - fixed * fixed);
  return atanFixed((fixed * ONE) / cosine);
}

function angle(value: FormulaNumber, site: Site): bigint {
  const fixed = toFixed(value);
  if (digitCount(fixed) > PLACES + MAX_ANGLE_DIGITS) {
    throw noValue(site, 'is given an angle that is too large');
  }
  return fixed;
}

/** ln of a positive number; its leading digits are brought to the fixed point first. */
function lnOf(value: FormulaNumber): bigint {
  const source: Decimal = settle(toDecimal(value));
  const digits = digitCount(source.coefficient);
  const shift = PLACES + 1 - digits;
  const mantissa =
    shift >= 0 ? source.coefficient * pow10(shift) : source.coefficient / pow10(-shift);
  const exponent = digits - 1 - source.scale;
  return lnFixed(mantissa) + BigInt(exponent) * LN10_FIXED();
}

function toFixed(value: FormulaNumber): bigint {
  const { coefficient, scale } = toDecimal(value);
  if (scale <= PLACES) return coefficient * pow10(PLACES - scale);
  return coefficient / pow10(scale - PLACES);
}

function rounded(fixed: bigint, site: Site): FormulaNumber {
  return finish(fixed, PLACES, { exact: fixed === 0n, site });
}

function scaled(mantissa: bigint, exponent: number, site: Site): FormulaNumber {
  return finish(mantissa, PLACES - exponent, { exact: false, site });
}
