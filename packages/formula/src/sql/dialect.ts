import { MAX_DAYS, MIN_DAYS } from '../time/calendar.js';
import type { SqlDialectName } from './types.js';

/** What the two databases write differently. Arguments and results stand by themselves. */
export interface SqlWords {
  readonly name: SqlDialectName;
  /** Text constant. */
  readonly text: (value: string) => string;
  /** NULL of a kind. */
  readonly nulls: Readonly<Record<'number' | 'text' | 'boolean', string>>;
  /** A whole constant, given in digits, of the type that computing needs. */
  readonly whole: (digits: string) => string;
  /** The length of a text in characters. */
  readonly length: (text: string) => string;
  /** A stored number as a whole number of 10^-scale. */
  readonly scaled: (column: string, scale: number) => string;
  /** A stored number with unknown digits, comparable with `fraction`. */
  readonly real: (column: string) => string;
  /** The number `whole / 10^scale`. */
  readonly fraction: (whole: string, scale: number) => string;
  /** Whole quotient, cut off towards zero; NULL where the divisor is 0. */
  readonly quotient: (a: string, b: string) => string;
  /** Remainder with the sign of the dividend; NULL where the divisor is 0. */
  readonly remainder: (a: string, b: string) => string;
  /** Plain digits of `whole / 10^scale`, without trailing zeros. */
  readonly digits: (whole: string, scale: number) => string;
  /** A whole number as a count or position of characters; the number must be small. */
  readonly count: (whole: string) => string;
  readonly position: (text: string, search: string) => string;
  readonly codePoint: (text: string) => string;
  /** Text where the first is empty. */
  readonly trim: (text: string, characters: string) => string;
  readonly listHas: (list: string, text: string) => string;
  readonly listIsEmpty: (list: string) => string;
  /** Stored values as whole numbers. */
  readonly read: Readonly<Record<'date' | 'datetime' | 'time', (column: string) => string>>;
  /** Whole numbers as stored values; NULL outside the years 1 to 9999. */
  readonly write: Readonly<Record<'date' | 'datetime' | 'time', (whole: string) => string>>;
  /** Text of a whole number as TEXT gives it. */
  readonly show: Readonly<Record<'date' | 'datetime' | 'time', (whole: string) => string>>;
  readonly part: (unit: DayPart, days: string) => string;
  /** Days of the first of the month so many months after that of `days`; NULL when out of range. */
  readonly monthStart: (days: string, months: string) => string;
  /** Orders text by code points. */
  readonly collate: (text: string) => string;
}

/** A number that a calendar gives to a day. */
export type DayPart = 'year' | 'month' | 'day' | 'dayOfYear' | 'isoWeek' | 'isoYear';

const inYears = (days: string): string =>
  `${days} BETWEEN ${String(MIN_DAYS)} AND ${String(MAX_DAYS)}`;

const quoted = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const power = (scale: number): string => `1${'0'.repeat(scale)}`;

/** Doubles hold whole numbers exactly up to 2^53; beyond 2^63 SQLite's integers end. */
const SQLITE_PARTS: Readonly<Record<DayPart, string>> = {
  year: '%Y',
  month: '%m',
  day: '%d',
  dayOfYear: '%j',
  isoWeek: '%V',
  isoYear: '%G',
};

const sqliteDay = (days: string): string =>
  `(CASE WHEN ${inYears(days)} THEN date(${days} * 86400, 'unixepoch') END)`;

/** Milliseconds into whole seconds and the rest, also before 1970. */
const rest = (ms: string, unit: string): string => `(((${ms} % ${unit}) + ${unit}) % ${unit})`;

const sqlite: SqlWords = {
  name: 'sqlite',
  whole: (digits) => digits,
  length: (text) => `length(${text})`,
  text: quoted,
  nulls: { number: 'NULL', text: 'NULL', boolean: 'NULL' },
  scaled: (column, scale) =>
    // Integers end at 2^63, and what is cast beyond becomes that: larger numbers stay doubles.
    scale === 0
      ? `(CASE WHEN abs(${column}) < 9e18 THEN CAST(round(${column}) AS INTEGER) ELSE ${column} END)`
      : `(CASE WHEN abs(${column}) < 9e${String(18 - scale)} THEN CAST(round(${column} * ${power(scale)}.0) AS INTEGER) ELSE ${column} * ${power(scale)}.0 END)`,
  real: (column) => column,
  fraction: (whole, scale) => `(CAST(${whole} AS REAL) / ${power(scale)}.0)`,
  quotient: (a, b) => `trunc(${a} / ${b})`,
  remainder: (a, b) => `(${a} % ${b})`,
  digits(whole, scale) {
    if (scale === 0) return `CAST(${whole} AS TEXT)`;
    const unit = power(scale);
    const parts = `abs(${whole}) / ${unit}, abs(${whole}) % ${unit}`;
    const sign = `CASE WHEN ${whole} < 0 THEN '-' ELSE '' END`;
    return `(${sign} || rtrim(rtrim(CASE WHEN ${whole} IS NOT NULL THEN printf('%d.%0${String(scale)}d', ${parts}) END, '0'), '.'))`;
  },
  count: (whole) => whole,
  position: (text, search) => `instr(${text}, ${search})`,
  codePoint: (text) => `unicode(${text})`,
  trim: (text, characters) => `trim(${text}, ${characters})`,
  listHas: (list, text) =>
    `EXISTS (SELECT 1 FROM json_each(${list}) AS item WHERE item.type = 'text' AND item.value = ${text})`,
  listIsEmpty: (list) => `(${list} IS NULL OR ${list} = '[]')`,
  read: {
    date: (column) => `CAST(julianday(${column}) - 2440587.5 AS INTEGER)`,
    datetime: (column) =>
      `(CAST(strftime('%s', ${column}) AS INTEGER) * 1000 + CAST(substr(${column}, 21, 3) AS INTEGER))`,
    time: (column) => `(CAST(strftime('%s', '1970-01-01 ' || ${column}) AS INTEGER) * 1000)`,
  },
  write: {
    date: sqliteDay,
    datetime: (ms) =>
      `(strftime('%Y-%m-%dT%H:%M:%S', (${ms} - ${rest(ms, '1000')}) / 1000, 'unixepoch') || printf('.%03dZ', ${rest(ms, '1000')}))`,
    time: (ms) => `strftime('%H:%M:%S', ${ms} / 1000, 'unixepoch')`,
  },
  show: {
    date: sqliteDay,
    datetime: (ms) =>
      `strftime('%Y-%m-%d %H:%M:%SZ', (${ms} - ${rest(ms, '1000')}) / 1000, 'unixepoch')`,
    time: (ms) =>
      `(strftime('%H:%M:%S', ${ms} / 1000, 'unixepoch') || CASE WHEN ${ms} IS NOT NULL THEN printf('.%03d', ${ms} % 1000) END)`,
  },
  part: (unit, days) => `CAST(strftime('${SQLITE_PARTS[unit]}', ${sqliteDay(days)}) AS INTEGER)`,
  monthStart: (days, months) =>
    `CAST(julianday(${sqliteDay(days)}, 'start of month', ${months} || ' months') - 2440587.5 AS INTEGER)`,
  collate: (text) => text,
};

const POSTGRES_PARTS: Readonly<Record<DayPart, string>> = {
  year: 'YEAR',
  month: 'MONTH',
  day: 'DAY',
  dayOfYear: 'DOY',
  isoWeek: 'WEEK',
  isoYear: 'ISOYEAR',
};

const postgresDay = (days: string): string =>
  `(CASE WHEN ${inYears(days)} THEN DATE '1970-01-01' + (${days})::integer END)`;

const postgresInstant = (ms: string): string =>
  `(CASE WHEN ${inYears(`floor(${ms} / 86400000.0)`)} THEN TIMESTAMP '1970-01-01' + make_interval(days => div(${ms}::numeric, 86400000)::integer, secs => mod(${ms}::numeric, 86400000) / 1000) END)`;

const postgresClock = (ms: string): string => `(TIME '00:00' + ${ms} * INTERVAL '1 millisecond')`;

const postgres: SqlWords = {
  name: 'postgres',
  // Everything counts in numeric: PostgreSQL's integers end with an error.
  whole: (digits) => `${digits}::numeric`,
  length: (text) => `char_length(${text})::numeric`,
  // An escape string means the same whatever `standard_conforming_strings` says.
  text: (value) =>
    value.includes('\\')
      ? `E${quoted(value.replaceAll('\\', '\\\\'))}::text`
      : `${quoted(value)}::text`,
  nulls: { number: 'NULL::numeric', text: 'NULL::text', boolean: 'NULL::boolean' },
  scaled: (column, scale) => `round(${column}::numeric * ${power(scale)})`,
  // A double becomes its shortest text first: the cast to numeric would keep 15 digits only.
  real: (column) => `${column}::text::numeric`,
  fraction: (whole, scale) =>
    scale === 0 ? `${whole}::numeric` : `(${whole} * 0.${'0'.repeat(scale - 1)}1)`,
  quotient: (a, b) => `div(${a}::numeric, NULLIF(${b}::numeric, 0))`,
  remainder: (a, b) => `mod(${a}::numeric, NULLIF(${b}::numeric, 0))`,
  digits: (whole, scale) => `trim_scale(${postgres.fraction(whole, scale)})::text`,
  count: (whole) => `(${whole})::integer`,
  position: (text, search) => `strpos(${text}, ${search})::numeric`,
  codePoint: (text) => `NULLIF(ascii(${text}), 0)::numeric`,
  trim: (text, characters) => `btrim(${text}, ${characters})`,
  listHas: (list, text) => `COALESCE(${list}::jsonb @> jsonb_build_array(${text}), FALSE)`,
  listIsEmpty: (list) => `(${list} IS NULL OR ${list}::jsonb = '[]'::jsonb)`,
  read: {
    date: (column) => `(${column}::date - DATE '1970-01-01')::numeric`,
    datetime: (column) => `round(EXTRACT(EPOCH FROM ${column}::timestamptz)::numeric * 1000)`,
    time: (column) => `round(EXTRACT(EPOCH FROM ${column}::time)::numeric * 1000)`,
  },
  write: {
    date: postgresDay,
    datetime: (ms) => `(${postgresInstant(ms)} AT TIME ZONE 'UTC')`,
    time: (ms) => postgresClock(`(trunc(${ms} / 1000) * 1000)`),
  },
  show: {
    date: (days) => `to_char(${postgresDay(days)}, 'YYYY-MM-DD')`,
    datetime: (ms) => `to_char(${postgresInstant(ms)}, 'YYYY-MM-DD HH24:MI:SS"Z"')`,
    time: (ms) => `to_char(${postgresClock(ms)}, 'HH24:MI:SS.MS')`,
  },
  part: (unit, days) => `EXTRACT(${POSTGRES_PARTS[unit]} FROM ${postgresDay(days)})`,
  monthStart: (days, months) =>
    `((date_trunc('month', ${postgresDay(days)}::timestamp) + make_interval(months => (${months})::integer))::date - DATE '1970-01-01')::numeric`,
  collate: (text) => `(${text} COLLATE "C")`,
};

const dialects: Readonly<Record<SqlDialectName, SqlWords>> = { sqlite, postgres };

/** The words of a database. */
export function wordsOf(name: SqlDialectName): SqlWords {
  return dialects[name];
}
