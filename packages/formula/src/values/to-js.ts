import { formatDecimal, settle } from '../decimal/decimal.js';
import { roundNumber } from '../decimal/rounding.js';
import { formatDate, formatDateTime, formatTime } from '../time/text.js';
import type { FormulaNumber, FormulaValue } from '../types.js';

/** How a value becomes an API value. */
export interface ToJsOptions {
  /** Places after the point that a number is rounded to, half away from zero. */
  readonly scale?: number | undefined;
}

/**
 * The API value of a formula's value: text, number, boolean or null; dates as `YYYY-MM-DD`,
 * datetimes as ISO UTC text, times as `HH:MM:SS.mmm`, durations as milliseconds, amounts with a
 * currency as `{ amount, currency }`, lists as arrays. A number is the double nearest to the
 * exact decimal.
 *
 * @example toJs(compileFormula('0.1 + 0.2').evaluate(scope)) // 0.3
 */
export function toJs(value: FormulaValue, options: ToJsOptions = {}): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return numberToJs(value, options);
  switch (value.kind) {
    case 'decimal':
      return numberToJs(value, options);
    case 'date':
      return formatDate(value.days);
    case 'datetime':
      return formatDateTime(value.ms);
    case 'time':
      return formatTime(value.ms);
    case 'duration':
      return value.ms;
    case 'money':
      return { amount: numberToJs(value.amount, options), currency: value.currency };
    case 'list':
      return value.items.map((item) => toJs(item, options));
    case 'object':
      return value.value;
  }
}

function numberToJs(value: FormulaNumber, options: ToJsOptions): number {
  const rounded =
    options.scale === undefined ? value : roundNumber(value, options.scale, 'half-up');
  if (typeof rounded === 'number') return rounded + 0;
  return Number(formatDecimal(settle(rounded)));
}
