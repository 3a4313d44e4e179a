import { accept, refuse, type ValueCheck } from './outcome.js';

/** Limits of a numeric field. */
export interface NumberLimits {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Digits in total. */
  readonly precision?: number | undefined;
  /** Digits after the point; values are rounded to it, half away from zero. */
  readonly scale?: number | undefined;
  /** Values must be `min + n * step`. */
  readonly step?: number | undefined;
}

/** A finite number within limits. */
export function number(limits: NumberLimits = {}): ValueCheck {
  const { min, max, precision, scale, step } = limits;
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      return refuse('invalid_type', 'expected a number');
    }
    const rounded = scale === undefined ? value : roundTo(value, scale);
    if (min !== undefined && rounded < min) return refuse('value_too_small', `at least ${min}`);
    if (max !== undefined && rounded > max) return refuse('value_too_large', `at most ${max}`);
    if (precision !== undefined && integerDigits(rounded) > precision - (scale ?? 0)) {
      return refuse(
        'value_too_large',
        `at most ${precision - (scale ?? 0)} digits before the point`,
      );
    }
    if (step !== undefined && !isMultiple(rounded - (min ?? 0), step)) {
      return refuse('invalid_value', `in steps of ${step}`);
    }
    return accept(rounded);
  };
}

/**
 * Rounds half away from zero at `scale` decimals, on the shortest decimal text of the number, so
 * that 1.005 at 2 is 1.01 as people expect.
 */
export function roundTo(value: number, scale: number): number {
  const factor = FACTORS[scale];
  if (factor !== undefined) {
    const units = value * factor;
    const whole = Math.round(units);
    // Away from a tie, and where numbers lie this densely, both ways have the same result.
    if (Math.abs(whole) < DENSE && Math.abs(units - whole) < 0.25) return whole / factor || 0;
  }
  return roundText(value, scale);
}

/** Powers of ten that are exact, as is a quotient of two exact numbers after it is rounded once. */
const FACTORS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
/** Below this a product differs from the exact one by less than a thousandth. */
const DENSE = 2 ** 42;

function roundText(value: number, scale: number): number {
  const [mantissa = '0', exponent = '0'] = String(Math.abs(value)).split('e');
  const shifted = Math.round(Number(`${mantissa}e${Number(exponent) + scale}`));
  const [digits = '0', power = '0'] = String(shifted).split('e');
  const result = Number(`${digits}e${Number(power) - scale}`);
  return value < 0 && result !== 0 ? -result : result;
}

function integerDigits(value: number): number {
  const whole = Math.trunc(Math.abs(value));
  return whole === 0 ? 0 : Math.floor(Math.log10(whole)) + 1;
}

function isMultiple(value: number, step: number): boolean {
  const quotient = value / step;
  return Math.abs(quotient - Math.round(quotient)) < 1e-9;
}
