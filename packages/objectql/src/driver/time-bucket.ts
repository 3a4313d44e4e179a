import type { BucketUnit } from './group-key.js';

const DAY = 86_400_000;
/** Offsets change at quarters of an hour at most (in all zones since 1972). */
const SLOT = 900_000;
/** How many slots (about six years without a gap) are remembered per zone, and how many zones. */
const SLOTS = 200_000;
const ZONES = 50;

/**
 * True for a zone of the IANA database that this runtime knows. Offsets (`+02:00`) are none:
 * databases disagree about their sign.
 */
export function isTimeZone(name: string): boolean {
  return /^[A-Za-z]/.test(name) && zoneOf(name) !== undefined;
}

/**
 * The first day of the span of time that a value lies in, as a database computes it for a
 * {@link TimeBucket}. For drivers of databases that have no time zones themselves.
 *
 * @param value a date, or an instant in UTC; both ISO 8601
 * @example bucketStart('2026-03-31T22:30:00.000Z', 'month', 'Europe/Berlin'); // '2026-04-01'
 */
export function bucketStart(value: string, unit: BucketUnit, timeZone = 'UTC'): string {
  if (value.length === 10) return firstDay(Date.parse(value), unit);
  const instant = Date.parse(value);
  return firstDay(instant + offsetAt(instant, timeZone), unit);
}

function firstDay(localTime: number, unit: BucketUnit): string {
  const day = Math.floor(localTime / DAY) * DAY;
  return new Date(unit === 'day' ? day : startOf(new Date(day), unit)).toISOString().slice(0, 10);
}

function startOf(day: Date, unit: Exclude<BucketUnit, 'day'>): number {
  if (unit === 'week') return day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY;
  const month = { month: day.getUTCMonth(), quarter: day.getUTCMonth() - (day.getUTCMonth() % 3) };
  const start = new Date(day);
  start.setUTCMonth(unit === 'year' ? 0 : month[unit], 1);
  return start.getTime();
}

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}

const zones = new Map<string, Zone>();

function zoneOf(name: string): Zone | undefined {
  let zone = zones.get(name);
  if (zone === undefined) {
    try {
      zone = { format: localFormat(name), offsets: new Map() };
    } catch {
      return undefined;
    }
    if (zones.size >= ZONES) zones.clear();
    zones.set(name, zone);
  }
  return zone;
}

function localFormat(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'gregory',
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

/** What must be added to an instant to get local time, in milliseconds. */
function offsetAt(instant: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0;
  const zone = zoneOf(timeZone);
  if (zone === undefined) throw new RangeError(`"${timeZone}" is no time zone`);
  const slot = Math.floor(instant / SLOT);
  let offset = zone.offsets.get(slot);
  if (offset === undefined) {
    offset = localTime(zone.format, slot * SLOT) - slot * SLOT;
    if (zone.offsets.size >= SLOTS) zone.offsets.clear();
    zone.offsets.set(slot, offset);
  }
  return offset;
}

function localTime(format: Intl.DateTimeFormat, instant: number): number {
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year');
  const local = new Date(0);
  local.setUTCFullYear(year, part('month') - 1, part('day'));
  local.setUTCHours(part('hour'), part('minute'), part('second'));
  return local.getTime();
}
