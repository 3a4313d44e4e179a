import { noValue, type Site } from '../fault.js';
import type { FormulaNumber, FormulaValue } from '../types.js';
import { isNumber } from '../values/kinds.js';

/** An argument that the call has made a number already; this only tells the type checker. */
export function num(value: FormulaValue | undefined, site: Site): FormulaNumber {
  if (value !== undefined && isNumber(value)) return value;
  throw noValue(site, 'needs a number');
}

/** An argument that the call has made text already. */
export function str(value: FormulaValue | undefined, site: Site): string {
  if (typeof value === 'string') return value;
  throw noValue(site, 'needs text');
}
