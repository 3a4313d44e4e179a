import { accept, refuse, type Outcome } from './outcome.js';

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.\d{1,6})?)?$/;
const DATETIME =
  /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/** A calendar date, `2026-01-31`. It has no time zone and is never shifted. */
export function date(value: unknown): Outcome {
  if (typeof value !== 'string' || !isDate(value)) {
    return refuse(typeOrFormat(value), 'expected a date like 2026-01-31');
  }
  return accept(value);
}

/** An instant; stored in UTC with milliseconds. The offset is required: nobody guesses a zone. */
export function datetime(value: unknown): Outcome {
  const match = typeof value === 'string' ? DATETIME.exec(value) : null;
  const parsed = match !== null && isDate(match[1] ?? '') ? Date.parse(match[0]) : NaN;
  if (Number.isNaN(parsed)) {
    return refuse(typeOrFormat(value), 'expected a date and time like 2026-01-31T09:30:00Z');
  }
  return accept(new Date(parsed).toISOString());
}

/** A time of day, stored as `HH:MM:SS`. */
export function time(value: unknown): Outcome {
  const match = typeof value === 'string' ? TIME.exec(value) : null;
  if (match === null) return refuse(typeOrFormat(value), 'expected a time like 09:30');
  return accept(`${match[1] ?? ''}:${match[2] ?? ''}:${match[3] ?? '00'}`);
}

function isDate(value: string): boolean {
  const match = DATE.exec(value);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const made = new Date(Date.UTC(year, month - 1, day));
  made.setUTCFullYear(year);
  return made.getUTCMonth() === month - 1 && made.getUTCDate() === day && year > 0;
}

function typeOrFormat(value: unknown): string {
  return typeof value === 'string' ? 'invalid_format' : 'invalid_type';
}
