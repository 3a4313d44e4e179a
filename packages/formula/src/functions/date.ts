import { divide, multiply, subtract } from '../decimal/arithmetic.js';
import { roundNumber, toInteger } from '../decimal/rounding.js';
import { noValue, type Site } from '../fault.js';
import {
  addMonths,
  civilDays,
  civilFromDays,
  DAY_MS,
  daysFromCivil,
  isoWeek,
  isoWeekday,
} from '../time/calendar.js';
import { parseDate, parseDateTime, parseTime } from '../time/text.js';
import { fromLocal } from '../time/zone.js';
import type { FormulaNumber, FormulaValue } from '../types.js';
import { inRangeDate, inRangeDateTime } from '../values/arithmetic.js';
import { dateTimeValue, dateValue, durationValue, timeValue } from '../values/kinds.js';
import { formatDuration } from '../values/text-of.js';
import {
  optional,
  required,
  strict,
  type FunctionDefinition,
  type Run,
  type StrictFunction,
} from './definition.js';
import { clockAt, clockOf, dayOf, instantOf, today } from './moments.js';
import { num, str } from './arguments.js';

const HOUR_MS = 3_600_000;

/** Dates, datetimes, times and durations. A datetime is read in the zone of the evaluation. */
export const dateFunctions: readonly FunctionDefinition[] = [
  strict({
    name: 'TODAY',
    group: 'date',
    summary: 'The present day in the zone of the evaluation.',
    parameters: [],
    result: 'date',
    volatile: true,
    evaluate: (_values, run) => dateValue(today(run)),
  }),
  strict({
    name: 'NOW',
    group: 'date',
    summary: 'The present instant, the same all through a transaction.',
    parameters: [],
    result: 'datetime',
    volatile: true,
    evaluate: (_values, run) => dateTimeValue(run.scope.now.getTime()),
  }),
  strict({
    name: 'DATE',
    group: 'date',
    summary: 'The date of a year, month and day.',
    parameters: [
      required('year', 'number'),
      required('month', 'number'),
      required('day', 'number'),
    ],
    result: 'date',
    evaluate: makeDate,
  }),
  strict({
    name: 'DATEVALUE',
    group: 'date',
    summary: 'The date that a text spells, or the day of a datetime.',
    parameters: [required('value', 'value')],
    result: 'date',
    evaluate: readDate,
  }),
  strict({
    name: 'DATETIMEVALUE',
    group: 'date',
    summary: 'The instant that a text spells, or midnight of a date.',
    parameters: [required('value', 'value')],
    result: 'datetime',
    evaluate: readDateTime,
  }),
  strict({
    name: 'TIMEVALUE',
    group: 'date',
    summary: 'The time that a text spells, or the clock of a datetime.',
    parameters: [required('value', 'value')],
    result: 'time',
    evaluate: readTime,
  }),
  ofDay('YEAR', 'The year.', (days) => civilFromDays(days).year),
  ofDay('MONTH', 'The month, from 1 to 12.', (days) => civilFromDays(days).month),
  ofDay('DAY', 'The day of the month.', (days) => civilFromDays(days).day),
  ofDay('WEEKDAY', 'The day of the week; Sunday is 1.', (days) => (isoWeekday(days) % 7) + 1),
  ofDay('DAYOFYEAR', 'The day of the year, from 1.', dayOfYear),
  ofDay('ISOWEEK', 'The ISO 8601 week.', (days) => isoWeek(days).week),
  ofDay('ISOYEAR', 'The year that the ISO 8601 week belongs to.', (days) => isoWeek(days).year),
  ofClock('HOUR', 'The hour of a time or datetime, from 0 to 23.', (ms) =>
    Math.floor(ms / HOUR_MS),
  ),
  ofClock('MINUTE', 'The minute, from 0 to 59.', (ms) => Math.floor(ms / 60_000) % 60),
  ofClock('SECOND', 'The second, from 0 to 59.', (ms) => Math.floor(ms / 1000) % 60),
  ofClock('MILLISECOND', 'The millisecond, from 0 to 999.', (ms) => ms % 1000),
  strict({
    name: 'ADDMONTHS',
    group: 'date',
    summary: 'The same day some months later; the last day of a month stays the last.',
    parameters: [required('date', 'moment'), required('months', 'number')],
    result: ([date]) => (date?.type === 'date' || date?.type === 'datetime' ? date.type : 'any'),
    evaluate: ([value = null, months = null], run, site) =>
      shiftMonths(value, num(months, site), { run, site }),
  }),
  strict({
    name: 'DATEADD',
    group: 'date',
    summary:
      'Later by a number of `years`, `months`, `weeks`, `days`, `hours`, `minutes` or `seconds`.',
    parameters: [
      required('date', 'moment'),
      required('number', 'number'),
      required('unit', 'text'),
    ],
    result: ([date]) => (date?.type === 'datetime' ? 'datetime' : 'any'),
    evaluate: ([value = null, count = null, unit], run, site) =>
      addUnits(value, num(count, site), { unit: str(unit, site), run, site }),
  }),
  strict({
    name: 'MONTH_DIFF',
    group: 'date',
    summary: 'The whole months from the second date to the first.',
    parameters: [required('end', 'moment'), required('start', 'moment')],
    result: 'number',
    evaluate: ([end = null, start = null], run, site) =>
      wholeMonths(dayOf(start, run, site), dayOf(end, run, site)),
  }),
  strict({
    name: 'DAYS_UNTIL',
    group: 'date',
    summary: 'The days from today to the date; negative when it is past.',
    parameters: [required('date', 'moment')],
    result: 'number',
    volatile: true,
    evaluate: ([date = null], run, site) => dayOf(date, run, site) - today(run),
  }),
  strict({
    name: 'HOURS',
    group: 'date',
    summary:
      'A duration of so many hours; with two datetimes, the hours from the first to the second.',
    parameters: [required('hours', 'value'), optional('end', 'moment')],
    result: (nodes) => (nodes.length === 1 ? 'duration' : 'number'),
    evaluate: hours,
  }),
  strict({
    name: 'UNIXTIMESTAMP',
    group: 'date',
    summary: 'The seconds since 1970-01-01T00:00:00Z.',
    parameters: [required('date', 'moment')],
    result: 'number',
    evaluate: ([value = null], run, site) => divide(instantOf(value, run, site), 1000, site),
  }),
  strict({
    name: 'FROMUNIXTIME',
    group: 'date',
    summary: 'The instant so many seconds after 1970-01-01T00:00:00Z.',
    parameters: [required('seconds', 'number')],
    result: 'datetime',
    evaluate: ([seconds = null], _run, site) =>
      inRangeDateTime(wholeMs(num(seconds, site), 1000, site), site),
  }),
  strict({
    name: 'FORMATDURATION',
    group: 'date',
    summary:
      'Seconds, a duration, or the time between two moments as `HH:MM:SS`; with days if TRUE follows.',
    parameters: [required('value', 'value'), optional('end', 'value')],
    result: 'text',
    evaluate: durationText,
  }),
];

function ofDay(name: string, summary: string, read: (days: number) => number): StrictFunction {
  return strict({
    name,
    group: 'date',
    summary,
    parameters: [required('date', 'moment')],
    result: 'number',
    evaluate: ([value = null], run, site) => read(dayOf(value, run, site)),
  });
}

function ofClock(name: string, summary: string, read: (ms: number) => number): StrictFunction {
  return strict({
    name,
    group: 'date',
    summary,
    parameters: [required('time', 'time')],
    result: 'number',
    evaluate: ([value = null], _run, site) => read(clockOf(value, site)),
  });
}

type Values = readonly FormulaValue[];

function makeDate(values: Values, _run: Run, site: Site): FormulaValue {
  const [year = 0, month = 0, day = 0] = values.map((value) => toInteger(num(value, site), site));
  const days = civilDays(year, month, day);
  if (days === undefined) throw noValue(site, 'is given a day that does not exist');
  return dateValue(days);
}

function readDate([value = null]: Values, run: Run, site: Site): FormulaValue {
  if (value === null || value === '') return null;
  if (typeof value !== 'string') return dateValue(dayOf(value, run, site));
  const days = parseDate(value.trim());
  if (days !== undefined) return dateValue(days);
  const ms = parseDateTime(value.trim(), run.scope.timezone);
  if (ms === undefined) throw noValue(site, 'needs text like 2026-03-15');
  return dateValue(dayOf(dateTimeValue(ms), run, site));
}

function readDateTime([value = null]: Values, run: Run, site: Site): FormulaValue {
  if (value === null || value === '') return null;
  if (typeof value !== 'string') return dateTimeValue(instantOf(value, run, site));
  const ms = parseDateTime(value.trim(), run.scope.timezone);
  if (ms === undefined) throw noValue(site, 'needs text like 2026-03-15 12:00:00');
  return dateTimeValue(ms);
}

function readTime([value = null]: Values, run: Run, site: Site): FormulaValue {
  if (value === null || value === '') return null;
  if (typeof value === 'object' && value.kind === 'datetime') {
    return timeValue(clockAt(value.ms, run));
  }
  if (typeof value === 'object' && value.kind === 'time') return value;
  const ms = typeof value === 'string' ? parseTime(value.trim()) : undefined;
  if (ms === undefined) throw noValue(site, 'needs text like 12:30:00');
  return timeValue(ms);
}

function dayOfYear(days: number): number {
  const { year } = civilFromDays(days);
  return days - daysFromCivil({ year, month: 1, day: 1 }) + 1;
}

interface Place {
  readonly run: Run;
  readonly site: Site;
}

function shiftMonths(
  value: FormulaValue,
  months: FormulaNumber,
  { run, site }: Place,
): FormulaValue {
  const count = toInteger(months, site);
  if (Math.abs(count) > 120_000) throw noValue(site, 'gives a date outside the years 1 to 9999');
  const days = addMonths(dayOf(value, run, site), count);
  if (typeof value !== 'object' || value?.kind !== 'datetime') return inRangeDate(days, site);
  const clock = clockAt(value.ms, run);
  return inRangeDateTime(fromLocal(days * DAY_MS + clock, run.scope.timezone), site);
}

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['hour', HOUR_MS],
  ['minute', 60_000],
  ['second', 1000],
]);
const UNIT_MONTHS: ReadonlyMap<string, number> = new Map([
  ['year', 12],
  ['month', 1],
]);
const UNIT_DAYS: ReadonlyMap<string, number> = new Map([
  ['week', 7],
  ['day', 1],
]);

function addUnits(
  value: FormulaValue,
  count: FormulaNumber,
  place: Place & { readonly unit: string },
): FormulaValue {
  const { run, site } = place;
  const unit = place.unit.trim().toLowerCase().replace(/s$/, '');
  const months = UNIT_MONTHS.get(unit);
  if (months !== undefined) return shiftMonths(value, multiply(count, months, site), place);
  const ms = UNIT_MS.get(unit);
  if (ms !== undefined) {
    return inRangeDateTime(instantOf(value, run, site) + wholeMs(count, ms, site), site);
  }
  const days = UNIT_DAYS.get(unit);
  if (days === undefined)
    throw noValue(site, 'needs years, months, weeks, days, hours, minutes or seconds');
  const shift = toInteger(multiply(count, days, site), site);
  const target = inRangeDate(dayOf(value, run, site) + shift, site);
  if (typeof value !== 'object' || value?.kind !== 'datetime') return target;
  const local = dayOf(target, run, site) * DAY_MS + clockAt(value.ms, run);
  return inRangeDateTime(fromLocal(local, run.scope.timezone), site);
}

function wholeMs(count: FormulaNumber, unit: number, site: Site): number {
  return toInteger(roundNumber(multiply(count, unit, site), 0, 'half-up'), site);
}

function wholeMonths(start: number, end: number): number {
  if (end < start) return 0 - wholeMonths(end, start);
  const from = civilFromDays(start);
  const to = civilFromDays(end);
  const months = (to.year - from.year) * 12 + to.month - from.month;
  return addMonthsClamped(start, months) > end ? months - 1 : months;
}

/** Like ADDMONTHS but without holding on to the month end, so 28 Feb to 28 Mar is one month. */
function addMonthsClamped(days: number, months: number): number {
  const moved = addMonths(days, months);
  const { year, month, day } = civilFromDays(moved);
  return daysFromCivil({ year, month, day: Math.min(day, civilFromDays(days).day) });
}

function hours([first = null, end]: Values, run: Run, site: Site): FormulaValue {
  if (first === null) return null;
  if (end === undefined) return durationValue(wholeMs(num(first, site), HOUR_MS, site));
  const start = typeof first === 'string' ? readDateTime([first], run, site) : first;
  const ms = subtract(instantOf(end ?? null, run, site), instantOf(start, run, site), site);
  return divide(ms, HOUR_MS, site);
}

function durationText([value = null, end]: Values, run: Run, site: Site): FormulaValue {
  if (value === null || end === null) return null;
  const withDays = end === true;
  if (typeof value === 'object' && value.kind === 'duration') {
    return formatDuration(value.ms / 1000, withDays);
  }
  if (end === undefined || typeof end === 'boolean') {
    return formatDuration(toInteger(num(value, site), site), withDays);
  }
  const isTime = typeof value === 'object' && value.kind === 'time';
  const difference = isTime
    ? clockOf(end, site) - clockOf(value, site)
    : instantOf(end, run, site) - instantOf(value, run, site);
  return formatDuration(Math.abs(difference) / 1000, false);
}
