import { noValue, type Site } from '../fault.js';
import { DAY_MS } from '../time/calendar.js';
import { localDay, startOfDay, toLocal } from '../time/zone.js';
import type { FormulaValue } from '../types.js';
import type { Run } from './definition.js';

/** The calendar day of a date, or of a datetime in the zone of the run. */
export function dayOf(value: FormulaValue, run: Run, site: Site): number {
  if (typeof value === 'object' && value?.kind === 'date') return value.days;
  if (typeof value === 'object' && value?.kind === 'datetime') {
    return localDay(value.ms, run.scope.timezone);
  }
  throw noValue(site, 'needs a date or datetime');
}

/** The instant of a datetime, or of the midnight with which a date begins. */
export function instantOf(value: FormulaValue, run: Run, site: Site): number {
  if (typeof value === 'object' && value?.kind === 'datetime') return value.ms;
  return startOfDay(dayOf(value, run, site), run.scope.timezone);
}

/** Milliseconds since midnight of a time. */
export function clockOf(value: FormulaValue, site: Site): number {
  if (typeof value === 'object' && value?.kind === 'time') return value.ms;
  throw noValue(site, 'needs a time');
}

/** Milliseconds since the local midnight of a datetime. */
export function clockAt(ms: number, run: Run): number {
  const local = toLocal(ms, run.scope.timezone);
  return local - Math.floor(local / DAY_MS) * DAY_MS;
}

/** Today, in the zone of the run. */
export function today(run: Run): number {
  return localDay(run.scope.now.getTime(), run.scope.timezone);
}
