import { pow10 } from './decimal.js';

/** Places of the fixed point: twice the precision that results keep, so cancellation does no harm. */
export const PLACES = 80;

const ONE = pow10(PLACES);

/** The constant, computed at first use. */
export const LN10_FIXED = once(() => 3n * LN2() + 2n * atanhSeries(ONE / 9n));
/** The constant, by Machin's formula. */
export const PI_FIXED = once(() => 4n * (4n * atanSeries(ONE / 5n) - atanSeries(ONE / 239n)));
const LN2 = once(() => 2n * atanhSeries(ONE / 3n));

/** Square root of a whole number, rounded down. */
export function sqrtInteger(value: bigint): bigint {
  if (value < 2n) return value;
  let estimate = 1n << BigInt(Math.ceil(value.toString(2).length / 2));
  for (;;) {
    const next = (estimate + value / estimate) >> 1n;
    if (next >= estimate) return estimate;
    estimate = next;
  }
}

/** e^value as `mantissa * 10^exponent`, mantissa at the fixed point between 0.1 and 10. */
export function expFixed(value: bigint): { readonly mantissa: bigint; readonly exponent: number } {
  const ln10 = LN10_FIXED();
  const exponent = value / ln10;
  const halvings = 8n;
  const small = (value - exponent * ln10) >> halvings;
  let sum = ONE + small;
  let term = small;
  for (let n = 2n; term !== 0n && term !== -1n; n++) {
    term = (term * small) / ONE / n;
    sum += term;
  }
  for (let i = 0n; i < halvings; i++) sum = (sum * sum) / ONE;
  return { mantissa: sum, exponent: Number(exponent) };
}

/** ln of a value from 1 to 10. */
export function lnFixed(value: bigint): bigint {
  let halvings = 0n;
  let reduced = value;
  while (2n * reduced > 3n * ONE) {
    reduced /= 2n;
    halvings += 1n;
  }
  const ratio = ((reduced - ONE) * ONE) / (reduced + ONE);
  return 2n * atanhSeries(ratio) + halvings * LN2();
}

/** Sine of an angle in radians. */
export function sinFixed(value: bigint): bigint {
  const reduced = reduceAngle(value);
  return taylor(reduced, reduced, 1n);
}

/** Cosine of an angle in radians. */
export function cosFixed(value: bigint): bigint {
  return taylor(reduceAngle(value), ONE, 0n);
}

/** The angle whose tangent this is. */
export function atanFixed(value: bigint): bigint {
  if (value < 0n) return -atanFixed(-value);
  if (value > ONE) return PI_FIXED() / 2n - atanFixed((ONE * ONE) / value);
  let reduced = value;
  for (let i = 0; i < 3; i++) {
    reduced = (reduced * ONE) / (ONE + sqrtInteger(ONE * ONE + reduced * reduced));
  }
  return 8n * atanSeries(reduced);
}

/** x, x^3/3!, … or 1, x^2/2!, … with alternating signs, from `first`. */
function taylor(angle: bigint, first: bigint, start: bigint): bigint {
  const square = (angle * angle) / ONE;
  let sum = first;
  let term = first;
  for (let n = start + 2n; term !== 0n; n += 2n) {
    term = -((term * square) / ONE) / ((n - 1n) * n);
    sum += term;
  }
  return sum;
}

/** Into -pi to pi. */
function reduceAngle(value: bigint): bigint {
  const circle = 2n * PI_FIXED();
  const rest = value % circle;
  if (rest > circle / 2n) return rest - circle;
  return rest < -circle / 2n ? rest + circle : rest;
}

function atanhSeries(ratio: bigint): bigint {
  return oddSeries(ratio, 1n);
}

function atanSeries(ratio: bigint): bigint {
  return oddSeries(ratio, -1n);
}

/** x + s x^3/3 + x^5/5 + …, with s the sign of each next term. */
function oddSeries(ratio: bigint, sign: bigint): bigint {
  const square = (ratio * ratio) / ONE;
  let power = ratio;
  let sum = ratio;
  for (let n = 3n; power !== 0n; n += 2n) {
    power = (sign * power * square) / ONE;
    sum += power / n;
  }
  return sum;
}

function once(compute: () => bigint): () => bigint {
  let known: bigint | undefined;
  return () => (known ??= compute());
}
