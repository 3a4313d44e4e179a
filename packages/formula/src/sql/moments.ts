import { civilDays, MAX_DAYS, MIN_DAYS } from '../time/calendar.js';
import { anyOf, holds, numberOrNull, type Builder } from './build.js';
import { asDays } from './compare.js';
import type { DayPart } from './dialect.js';
import type { SqlCall, SqlFunction } from './functions.js';
import { number, whole } from './number-functions.js';
import { literalNumber, product, rounded } from './numbers.js';
import { notCompilable, type MomentSql, type NumberSql, type Sql } from './types.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Days of a hundred mean months, and how far off that may be over all years there are. */
const HUNDRED_MONTHS = 3044;
const SLACK_DAYS = 500;

function momentOf(value: Sql, kind: MomentSql['kind']): MomentSql {
  if (value.kind === kind) return value;
  if (value.kind === 'null') return { kind, sql: 'NULL', nullable: true };
  if (kind === 'date' && value.kind === 'datetime') {
    return notCompilable('the day of a datetime depends on the time zone');
  }
  return notCompilable(`a ${value.kind} stands where a ${kind} is needed`);
}

/** A date or datetime that was computed: outside the years 1 to 9999 it is an error. */
function inRange(moment: MomentSql): MomentSql {
  const unit = moment.kind === 'datetime' ? DAY_MS : 1;
  const low = String(MIN_DAYS * unit);
  const high = String((MAX_DAYS + 1) * unit - 1);
  const outside = holds(`${moment.sql} NOT BETWEEN ${low} AND ${high}`, moment.nullable);
  return { ...moment, error: anyOf(moment.error, outside) };
}

/** Whole milliseconds of a number of units. */
function milliseconds(value: NumberSql, unit: number, builder: Builder): NumberSql {
  const scaled = product(value, literalNumber(unit, builder));
  return rounded(scaled, { places: 0, mode: 'half-up', builder });
}

/** Days and milliseconds as a number. */
function asNumber(value: MomentSql): NumberSql {
  return { ...value, kind: 'number', scale: 0 };
}

/** A moment moved by a number (days; milliseconds for a time) or by a duration. */
export function shifted(from: MomentSql, by: Sql, sign: '+' | '-', builder: Builder): MomentSql {
  const step = stepOf(from, by, builder);
  const nullable = from.nullable || step.nullable;
  const error = anyOf(from.error, step.error);
  const moved: MomentSql = {
    kind: from.kind,
    sql: `(${from.sql} ${sign} ${step.sql})`,
    nullable,
    error,
  };
  if (from.kind === 'time') {
    const day = String(DAY_MS);
    return { ...moved, sql: `(((${moved.sql} % ${day}) + ${day}) % ${day})` };
  }
  return from.kind === 'duration' ? moved : inRange(moved);
}

function stepOf(from: MomentSql, by: Sql, builder: Builder): NumberSql {
  if (by.kind === 'duration') {
    if (from.kind === 'date')
      return notCompilable('a date plus a duration depends on the time zone');
    return asNumber(by);
  }
  if (by.kind !== 'number') return notCompilable(`a ${by.kind} is added to a ${from.kind}`);
  if (from.kind === 'date') return rounded(by, { places: 0, mode: 'down', builder });
  return milliseconds(by, from.kind === 'time' ? 1 : DAY_MS, builder);
}

/** Days between two moments, milliseconds between two times, a duration between two durations. */
export function distance(left: MomentSql, right: MomentSql, builder: Builder): Sql {
  if (left.kind !== right.kind)
    return notCompilable('a date meets a datetime, which depends on the time zone');
  const apart: NumberSql = {
    kind: 'number',
    sql: `(${left.sql} - ${right.sql})`,
    scale: 0,
    nullable: left.nullable || right.nullable,
    error: anyOf(left.error, right.error),
  };
  if (left.kind === 'duration') return { ...apart, kind: 'duration' };
  return left.kind === 'datetime' ? asDays(apart, builder) : apart;
}

function ofDay(part: DayPart): SqlFunction {
  return (call) => {
    const day = momentOf(call.argument(0), 'date');
    return { ...asNumber(day), sql: call.builder.words.part(part, day.sql) };
  };
}

function ofClock(write: (ms: string) => string): SqlFunction {
  return (call) => {
    const clock = momentOf(call.argument(0), 'time');
    const sql = call.builder.words.quotient(write(clock.sql), '1');
    return { ...asNumber(clock), sql };
  };
}

const weekday: SqlFunction = (call) => {
  const day = momentOf(call.argument(0), 'date');
  return { ...asNumber(day), sql: `((((${day.sql} + 4) % 7) + 7) % 7 + 1)` };
};

/** The last day of a month stays the last; another day that the month lacks becomes its last. */
function addMonths(call: SqlCall): Sql {
  const { words } = call.builder;
  const day = momentOf(call.argument(0), 'date');
  const given = whole(call, 1);
  // Beyond the years that there are PostgreSQL would fail, and SQLite has no value.
  const about = `${day.sql} * 100 + ${given.sql} * ${String(HUNDRED_MONTHS)}`;
  const low = String((MIN_DAYS - SLACK_DAYS) * 100);
  const high = String((MAX_DAYS + SLACK_DAYS) * 100);
  const months = `(CASE WHEN ${about} BETWEEN ${low} AND ${high} THEN ${given.sql} END)`;
  const first = words.monthStart(day.sql, months);
  const last = `(${words.monthStart(day.sql, `(${months} + 1)`)} - 1)`;
  const isLast = `(${words.monthStart(day.sql, '1')} - 1 = ${day.sql})`;
  const same = `(${first} + ${words.part('day', day.sql)} - 1)`;
  const nullable = day.nullable || given.nullable;
  const sql = `(CASE WHEN ${isLast} OR ${same} > ${last} THEN ${last} ELSE ${same} END)`;
  const gone = `(${sql} IS NULL${day.nullable ? ` AND ${day.sql} IS NOT NULL` : ''}${given.nullable ? ` AND ${given.sql} IS NOT NULL` : ''})`;
  const moved = inRange({
    kind: 'date',
    sql,
    nullable: true,
    error: anyOf(day.error, given.error, gone),
  });
  return { ...moved, nullable };
}

function constantDate(call: SqlCall): Sql {
  const parts = call.nodes.map((node) =>
    node.kind === 'literal' && typeof node.value === 'number' ? Math.trunc(node.value) : undefined,
  );
  const [year, month, day] = parts;
  if (year === undefined || month === undefined || day === undefined) {
    return notCompilable('DATE needs constants in the database');
  }
  const days = civilDays(year, month, day);
  if (days === undefined) return { kind: 'date', sql: '0', nullable: false, error: 'TRUE' };
  const { sql } = literalNumber(days, call.builder);
  return { kind: 'date', sql, nullable: false };
}

/** Functions of dates and times that need no time zone and no clock. */
export const momentSql: Readonly<Record<string, SqlFunction>> = {
  DATE: constantDate,
  DATEVALUE: ({ argument }) => momentOf(argument(0), 'date'),
  DATETIMEVALUE: ({ argument }) => momentOf(argument(0), 'datetime'),
  YEAR: ofDay('year'),
  MONTH: ofDay('month'),
  DAY: ofDay('day'),
  DAYOFYEAR: ofDay('dayOfYear'),
  ISOWEEK: ofDay('isoWeek'),
  ISOYEAR: ofDay('isoYear'),
  WEEKDAY: weekday,
  HOUR: ofClock((ms) => `(${ms} / 3600000)`),
  MINUTE: ofClock((ms) => `((${ms} / 60000) % 60)`),
  SECOND: ofClock((ms) => `((${ms} / 1000) % 60)`),
  MILLISECOND: ofClock((ms) => `(${ms} % 1000)`),
  ADDMONTHS: addMonths,
  HOURS(call) {
    if (call.nodes.length > 1) return notCompilable('HOURS between datetimes is not compiled');
    // The hours arrive as they are: no value is no duration, however blanks count.
    const given = numberOrNull(call.argument(0), call.builder);
    const value = milliseconds(given, HOUR_MS, call.builder);
    return { kind: 'duration', sql: value.sql, nullable: value.nullable, error: value.error };
  },
  UNIXTIMESTAMP(call) {
    const instant = momentOf(call.argument(0), 'datetime');
    return { ...asNumber(instant), scale: 3 };
  },
  FROMUNIXTIME(call) {
    const value = milliseconds(number(call, 0), 1000, call.builder);
    const { sql, nullable, error } = value;
    return inRange({ kind: 'datetime', sql, nullable, error });
  },
};
