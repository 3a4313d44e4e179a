import {
  isTimeZone,
  type Aggregation,
  type ColumnType,
  type GroupKey,
  type TimeBucket,
} from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { decodeNumber, decoderOf, decodeRounded, type Decode } from '../values/decode.js';
import { valueOf, type Expression } from './expression.js';
import type { Columns, ColumnView } from './view.js';

/** One column of the answer of an aggregate. */
export interface Output {
  readonly alias: string;
  /** The field of the answer. */
  readonly place: string;
  /** What conditions on it compare. */
  readonly type: ColumnType;
  /** Computes it from the group. */
  readonly value: Expression;
  readonly decode: Decode;
}

/** What rows are grouped by. */
export interface GroupOutput extends Output {
  readonly group: Expression;
}

/** What is computed for each group. */
export interface AggregateOutput extends Output {
  readonly accumulators: Document;
  /** The accumulators of a group without rows. */
  readonly ofNothing: Document;
}

/** @throws `storage_failed` for a json column, and spans of what is no time */
export function groupOutput(key: GroupKey, columns: Columns, place: string): GroupOutput {
  if (typeof key !== 'string') return bucketOutput(key, columns, place);
  const column = comparable(columns.column(key), 'groups');
  const { name, type } = column;
  const value = `$_id.${place}`;
  return { alias: name, place, type, value, decode: decoderOf(type), group: valueOf(column) };
}

function bucketOutput(bucket: TimeBucket, columns: Columns, place: string): GroupOutput {
  const { alias, unit, timeZone = 'UTC' } = bucket;
  const { name, path, type } = columns.column(bucket.column);
  if (type !== 'date' && type !== 'datetime') {
    throw storageFailed(`a span of time of the ${type} column "${name}"`);
  }
  if (!isTimeZone(timeZone)) throw storageFailed(`the time zone "${timeZone}"`);
  const day = { $dateFromString: { dateString: `$${path}`, format: '%Y-%m-%d' } };
  const date = type === 'date' ? day : `$${path}`;
  const timezone = type === 'date' ? 'UTC' : timeZone;
  const start = { $dateTrunc: { date, unit, timezone, startOfWeek: 'monday' } };
  const group = { $dateToString: { date: start, format: '%Y-%m-%d', timezone, onNull: null } };
  const value = `$_id.${place}`;
  return { alias, place, type: 'date', value, decode: decoderOf('date'), group };
}

/** @throws `storage_failed` where the function means nothing for the column */
export function aggregateOutput(
  { alias, function: name, column: columnName }: Aggregation,
  columns: Columns,
  place: string,
): AggregateOutput {
  if (columnName === undefined) {
    if (name !== 'count') throw storageFailed(`"${name}" without a column`);
    return counting(alias, place, { $sum: 1 });
  }
  const column = columns.column(columnName);
  switch (name) {
    case 'count':
      return counting(alias, place, countOf(column));
    case 'countDistinct':
      comparable(column, name);
      return {
        ...counting(alias, place, { $addToSet: valueOf(column) }),
        value: { $size: { $setDifference: [`$${place}`, [null]] } },
        ofNothing: { [place]: [] },
      };
    case 'min':
    case 'max': {
      const { type } = comparable(column, name);
      const accumulators = { [place]: { [`$${name}`]: `$${column.path}` } };
      const value = { $ifNull: [`$${place}`, null] };
      return { alias, place, type, value, decode: decoderOf(type), accumulators, ofNothing: {} };
    }
    case 'sum':
    case 'avg':
      return { alias, place, ...computed(name, column, place) };
  }
}

function counting(alias: string, place: string, accumulator: Document): AggregateOutput {
  return {
    alias,
    place,
    type: 'integer',
    value: `$${place}`,
    decode: decodeNumber,
    accumulators: { [place]: accumulator },
    ofNothing: { [place]: 0 },
  };
}

function countOf(column: ColumnView): Document {
  return {
    $sum: { $cond: [{ $eq: [{ $type: `$${column.path}` }, 'missing'] }, 0, present(column)] },
  };
}

/** Derived columns may hold a null. */
function present({ path }: ColumnView): Document {
  return { $cond: [{ $eq: [{ $type: `$${path}` }, 'null'] }, 0, 1] };
}

function computed(
  name: 'sum' | 'avg',
  column: ColumnView,
  place: string,
): Omit<AggregateOutput, 'alias' | 'place'> {
  const { type, path } = column;
  if (type !== 'integer' && type !== 'real' && type !== 'decimal') {
    throw storageFailed(`"${name}" of the ${type} column "${column.name}"`);
  }
  const exact = name === 'sum' && type === 'integer';
  const count = `${place}n`;
  const raw = `$${place}`;
  // A double becomes a decimal with 15 significant digits, so that conditions see what is answered.
  const rounded = exact ? raw : { $toDecimal: { $toDouble: raw } };
  return {
    type: exact ? 'real' : 'decimal',
    value: { $cond: [{ $eq: [`$${count}`, 0] }, null, rounded] },
    decode: exact ? decodeNumber : decodeRounded,
    accumulators: { [place]: { [`$${name}`]: `$${path}` }, [count]: countOf(column) },
    ofNothing: { [count]: 0 },
  };
}

/** Json has no order, and no equality that databases agree about. */
function comparable(column: ColumnView, use: string): ColumnView {
  if (column.type !== 'json') return column;
  throw storageFailed(`"${use}" of the json column "${column.name}"`);
}
