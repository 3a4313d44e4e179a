import { createError } from '@objectos/spec/errors';
import { DAY_MS, daysFromCivil } from './calendar.js';

const MAX_ZONES = 64;
const formatters = new Map<string, Intl.DateTimeFormat>();

/**
 * Local wall clock of an instant: milliseconds since 1970-01-01T00:00 as the clock there shows.
 *
 * @throws formula_timezone when the platform does not know the zone
 */
export function toLocal(ms: number, zone: string): number {
  if (zone === 'UTC') return ms;
  const whole = Math.floor(ms / 1000) * 1000;
  let year = 0;
  let month = 1;
  let day = 1;
  let seconds = 0;
  let era = 'A';
  for (const part of formatterOf(zone).formatToParts(whole)) {
    if (part.type === 'era') era = part.value;
    else if (part.type === 'year') year = Number(part.value);
    else if (part.type === 'month') month = Number(part.value);
    else if (part.type === 'day') day = Number(part.value);
    else if (part.type === 'hour') seconds += Number(part.value) * 3600;
    else if (part.type === 'minute') seconds += Number(part.value) * 60;
    else if (part.type === 'second') seconds += Number(part.value);
  }
  const days = daysFromCivil({ year: era.startsWith('B') ? 1 - year : year, month, day });
  return days * DAY_MS + seconds * 1000 + (ms - whole);
}

/**
 * The instant at which the clock of a zone shows `local`. A time that the clock shows twice is the
 * earlier one; a time that it skips moves on by the length of the gap.
 */
export function fromLocal(local: number, zone: string): number {
  if (zone === 'UTC') return local;
  const before = local - offsetAt(local - DAY_MS, zone);
  const after = local - offsetAt(local + DAY_MS, zone);
  if (before === after) return before;
  const candidates = [Math.min(before, after), Math.max(before, after)];
  for (const candidate of candidates) {
    if (toLocal(candidate, zone) === local) return candidate;
  }
  return before;
}

/** The calendar day that a zone shows at an instant. */
export function localDay(ms: number, zone: string): number {
  return Math.floor(toLocal(ms, zone) / DAY_MS);
}

/** The instant at which a calendar day begins in a zone. */
export function startOfDay(days: number, zone: string): number {
  return fromLocal(days * DAY_MS, zone);
}

function offsetAt(ms: number, zone: string): number {
  return toLocal(ms, zone) - ms;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = makeFormatter(zone);
  if (formatters.size >= MAX_ZONES) formatters.clear();
  formatters.set(zone, formatter);
  return formatter;
}

function makeFormatter(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw createError('formula_timezone', { timezone: zone }, { cause });
    }
    throw cause;
  }
}
