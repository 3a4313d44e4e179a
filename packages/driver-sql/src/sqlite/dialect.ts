import type { BucketUnit, ColumnType } from '@objectql/core/driver';
import type { Bind, ColumnReference, Dialect } from '../sql/dialect.js';
import { unsupportedValue } from '../sql/errors.js';
import { quoteIdentifier } from '../sql/identifier.js';
import { limitText } from '../sql/usual-pages.js';
import { ANY, ONE, type Pattern } from '../sql/pattern.js';
import { sqliteFullText } from './full-text.js';
import { DISTANCE_FUNCTION } from './distance.js';
import { BUCKET_FUNCTION } from './functions.js';

const NAME = 'sqlite';

/** Longest list that is bound value by value; longer ones travel as one JSON text. */
const SHORT_LIST = 8;
/** Longest list of numbers with fractions: a power of two below the number of bound values. */
const REAL_LIST = 16_384;

/**
 * Declared types. SQLite keeps them word for word, so the logical type is read back from them, and
 * takes the affinity from the part it knows (TEXT, INT, REAL).
 */
const TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'TEXT',
  integer: 'INTEGER',
  real: 'REAL',
  decimal: 'REAL_DECIMAL',
  boolean: 'INTEGER_BOOLEAN',
  date: 'TEXT_DATE',
  time: 'TEXT_TIME',
  datetime: 'TEXT_DATETIME',
  json: 'TEXT_JSON',
};

const LOGICAL = new Map(
  Object.entries(TYPES).map(([type, declared]) => [declared, type as ColumnType]),
);

/** SQLite, as the common SQL layer needs to know it. */
export const sqliteDialect: Dialect = {
  name: NAME,
  maxVariables: 32_766,
  decimal: 'double',
  indexMark: '/* objectql */ ',
  quote: (identifier) => quoteIdentifier(identifier, 128, NAME),
  numbered: false,
  parameter: () => '?',
  columnType: (type) => TYPES[type],
  logicalType,
  sequenceColumns: (quoted) => [`${quoted} INTEGER PRIMARY KEY AUTOINCREMENT`],
  insertsSequence: true,
  indexColumn: ({ quoted }) => quoted,
  afterIndex: () => [],
  // Without statistics SQLite takes every equation for selective.
  unindexed: (quoted) => `+${quoted}`,
  keyAmong: (key, select) => `${key} IN (${select})`,
  encode: (value) => value,
  comparand: (_, value, bind) => bind(value),
  sortKey: ({ quoted }, direction) => (direction === 'desc' ? `${quoted} DESC` : quoted),
  page: (limit, offset, bind) =>
    ` LIMIT ${limit === undefined ? '-1' : limitText(limit, bind)}${offset === undefined ? '' : ` OFFSET ${bind(offset)}`}`,
  inList,
  matches,
  arrayHas,
  // Sums of 64-bit integers overflow with an error; doubles are exact as far as JavaScript is.
  sum: ({ quoted, type }) =>
    type === 'integer' ? `SUM(CAST(${quoted} AS REAL))` : rounded(`SUM(${quoted})`, quoted),
  average: ({ quoted }) => rounded(`AVG(${quoted})`, quoted),
  extreme: ({ quoted }, which) => `${which === 'min' ? 'MIN' : 'MAX'}(${quoted})`,
  timeBucket,
  fullText: sqliteFullText,
  distance: (column, { vector, metric }, bind) =>
    `${DISTANCE_FUNCTION}(${column}, ${bind(JSON.stringify(vector))}, '${metric}')`,
  // There is one writer at a time, so nobody else can hold a row.
  lockRows: () => '',
  afterSequenceTable: () => [],
  // One transaction commits after the other, in the order of their numbers.
  follow: (sequence, after, bind) => ({
    position: [sequence],
    where: after === undefined ? undefined : `${sequence} > CAST(${bind(after[0])} AS INTEGER)`,
  }),
};

function logicalType(declared: string): ColumnType {
  const known = LOGICAL.get(declared.toUpperCase());
  if (known !== undefined) return known;
  // A column that someone else made: by SQLite's own rules of affinity.
  if (/INT/i.test(declared)) return 'integer';
  if (/REAL|FLOA|DOUB|NUM|DEC/i.test(declared)) return 'real';
  return 'text';
}

/** The same to 15 digits; of nothing it is null, where `printf` would say 0. */
function rounded(aggregate: string, quoted: string): string {
  return `CASE WHEN COUNT(${quoted}) > 0 THEN CAST(printf('%.15g', ${aggregate}) AS REAL) END`;
}

/** SQLite has no time zones: outside UTC the function of `functions.ts` answers. */
function timeBucket(
  { quoted, type }: ColumnReference,
  unit: BucketUnit,
  { timeZone, bind }: { readonly timeZone: string; readonly bind: Bind },
): string {
  if (timeZone !== 'UTC' && type !== 'date') {
    return `${BUCKET_FUNCTION}(${quoted}, '${unit}', ${bind(timeZone)})`;
  }
  switch (unit) {
    case 'day':
      return `date(${quoted})`;
    case 'week':
      return `date(${quoted}, '-6 days', 'weekday 1')`;
    case 'month':
    case 'year':
      return `date(${quoted}, 'start of ${unit}')`;
    case 'quarter':
      return `date(${quoted}, 'start of month', '-' || ((strftime('%m', ${quoted}) - 1) % 3) || ' months')`;
  }
}

function inList(column: ColumnReference, values: readonly unknown[], bind: Bind): string {
  if (values.length <= SHORT_LIST) return valueList(column, values, bind);
  if (column.type !== 'real' && column.type !== 'decimal') {
    return `${column.quoted} IN (SELECT value FROM json_each(${bind(jsonList(values))}))`;
  }
  const distinct = [...new Set(values)];
  if (distinct.length > REAL_LIST) {
    throw unsupportedValue(
      column.table,
      column.name,
      `a list of numbers with fractions has at most ${REAL_LIST} values`,
    );
  }
  return valueList(column, distinct, bind);
}

/**
 * A list of more than {@link SHORT_LIST} is filled up to a power of two by repeating its last value, so
 * that few texts exist. A short one is bound as it is: to bind a value costs more than a text more.
 * Fractions are always bound one by one: reading them from JSON text could differ in the last bit.
 */
function valueList(column: ColumnReference, values: readonly unknown[], bind: Bind): string {
  let size = Math.min(values.length, SHORT_LIST);
  while (size < values.length) size *= 2;
  let list = bind(values[0]);
  for (let index = 1; index < size; index += 1) {
    list += `, ${bind(values[Math.min(index, values.length - 1)])}`;
  }
  return `${column.quoted} IN (${list})`;
}

function jsonList(values: readonly unknown[]): string {
  return values.some((value) => typeof value === 'bigint')
    ? `[${values.map(String).join(',')}]`
    : JSON.stringify(values);
}

function matches(column: ColumnReference, pattern: Pattern, bind: Bind): string {
  // SQLite prepares the statement anew for each pattern that is a bare parameter, to see whether an
  // index helps. The common layer adds a range for that, so the parameter is hidden in an expression.
  if (pattern.ignoreCase)
    return `${column.quoted} LIKE '' || ${bind(likeText(pattern))} ESCAPE '\\'`;
  return `${column.quoted} GLOB '' || ${bind(globText(pattern))}`;
}

function likeText(pattern: Pattern): string {
  return pattern.parts
    .map((part) => (part === ANY ? '%' : part === ONE ? '_' : part.replace(/[\\%_]/g, '\\$&')))
    .join('');
}

/** `LIKE` ignores case for the whole connection or not at all; `GLOB` always respects it. */
function globText(pattern: Pattern): string {
  return pattern.parts
    .map((part) => (part === ANY ? '*' : part === ONE ? '?' : part.replace(/[*?[]/g, '[$&]')))
    .join('');
}

function arrayHas(column: ColumnReference, value: unknown, bind: Bind): string {
  let element: string;
  if (value === null) element = `type = 'null'`;
  else if (typeof value === 'boolean') element = `type = '${String(value)}'`;
  else if (typeof value === 'number') element = numberElement(column, value, bind);
  else element = `value = ${bind(value)} AND type = 'text'`;
  // Keys are numbers in arrays only, not in objects and single values.
  return `EXISTS (SELECT 1 FROM json_each(${column.quoted}) WHERE ${element} AND typeof(key) = 'integer')`;
}

/** Fractions are compared as the JSON text that they were written as: SQLite may read another bit. */
function numberElement(column: ColumnReference, value: number, bind: Bind): string {
  return Number.isSafeInteger(value)
    ? `value = ${bind(value)} AND type IN ('integer', 'real')`
    : `type IN ('integer', 'real') AND ${column.quoted} -> fullkey = ${bind(JSON.stringify(value))}`;
}
