import { formatDecimal } from '../decimal/decimal.js';
import { noValue, type Site } from '../fault.js';
import { formatDate, formatDateTime, formatTime } from '../time/text.js';
import type { FormulaValue } from '../types.js';
import { describe } from './kinds.js';

/**
 * The text of a value, as TEXT and `&` give it: numbers in plain digits, dates as `YYYY-MM-DD`,
 * datetimes as `YYYY-MM-DD HH:MM:SSZ` in UTC, nothing as the empty text.
 */
export function textOf(value: FormulaValue, site: Site): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  if (typeof value === 'number') return formatDecimal(value);
  switch (value.kind) {
    case 'decimal':
      return formatDecimal(value);
    case 'date':
      return formatDate(value.days);
    case 'datetime':
      return `${formatDateTime(value.ms).slice(0, 19).replace('T', ' ')}Z`;
    case 'time':
      return formatTime(value.ms);
    case 'duration':
      return formatDuration(value.ms / 1000, false);
    case 'money':
      return `${value.currency} ${formatDecimal(value.amount)}`;
    case 'list':
    case 'object':
      throw noValue(site, `cannot turn ${describe(value)} into text`);
  }
}

/** `HH:MM:SS`, or `D:HH:MM:SS` with days; whole seconds, fractions cut off. */
export function formatDuration(seconds: number, withDays: boolean): string {
  const whole = Math.trunc(Math.abs(seconds));
  const days = withDays ? Math.floor(whole / 86_400) : 0;
  const rest = whole - days * 86_400;
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60];
  const text = clock.map((part) => String(part).padStart(2, '0')).join(':');
  const sign = seconds < 0 && whole > 0 ? '-' : '';
  return withDays ? `${sign}${String(days)}:${text}` : `${sign}${text}`;
}
