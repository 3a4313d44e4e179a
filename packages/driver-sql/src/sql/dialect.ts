import type { BucketUnit, ColumnType, DistanceColumn, RowLock } from '@objectql/core/driver';
import type { Scalar } from '@objectos/spec/contracts';
import type { FullText } from './full-text.js';
import type { Pattern } from './pattern.js';
import type { ValueColumn } from './values.js';

/** Adds a value to the statement and answers with the text that stands for it. */
export type Bind = (value: unknown) => string;

/** A column as filters see it: its names and logical type. */
export interface ColumnReference {
  readonly table: string;
  readonly name: string;
  readonly quoted: string;
  readonly type: ColumnType;
}

/** A column, or an output, that rows are sorted by. */
export interface SortedColumn {
  readonly quoted: string;
  /** The primary key, which is never empty. */
  readonly key?: boolean | undefined;
}

/** What makes up the position of a row that is followed, and what comes after one. */
export interface Following {
  /** Expressions that rows are sorted by; their texts make the cursor. */
  readonly position: readonly string[];
  /** Condition, or nothing. */
  readonly where: string | undefined;
}

/**
 * What differs between SQL databases. Everything else in `sql/` is common to them, so a further
 * database is one more object of this shape and an executor.
 */
export interface Dialect {
  /** Name in error messages. */
  readonly name: string;
  /** How many values one statement may bind. */
  readonly maxVariables: number;
  readonly decimal: 'exact' | 'double';
  /** Quotes a name from metadata. */
  quote(identifier: string): string;
  /** Whether the text of a value tells its position. */
  readonly numbered: boolean;
  /** Text that stands for the value at `position` (from 1). */
  parameter(position: number): string;
  /** The declared type of a column. */
  columnType(type: ColumnType): string;
  /** The logical type of a declared type; the inverse of `columnType`. */
  logicalType(declared: string): ColumnType;
  /** Declarations that make the integer key which the database numbers itself. */
  sequenceColumns(quoted: string): readonly string[];
  /** Whether an insert may name the column that the database numbers. */
  readonly insertsSequence: boolean;
  /** What a column of an index is declared as. */
  indexColumn(column: SortedColumn): string;
  /** Stands before the columns of an index, marking it as made by this driver. */
  readonly indexMark: string;
  /** Statements that follow the one which made an index. */
  afterIndex(name: string): readonly string[];
  /** A column in a condition that no index should begin at; absent: the database knows by itself. */
  readonly unindexed?: ((quoted: string) => string) | undefined;
  /** True where the key is among those of a select that has few, and is to be done first. */
  keyAmong(key: string, select: string): string;
  /** Turns a checked value into what the database takes. @throws `unsupported_value` */
  encode(value: unknown, column: ValueColumn): unknown;
  /** The text of an encoded value that is compared with a column. */
  comparand(column: ColumnReference, value: unknown, bind: Bind): string;
  /** One sort key; empty values first ascending, last descending. */
  sortKey(column: SortedColumn, direction: 'asc' | 'desc'): string;
  /** The paging clause; not both parts are absent. */
  page(limit: number | undefined, offset: number | undefined, bind: Bind): string;
  /** True where the column is one of `values`, which has no nulls and at least one element. */
  inList(column: ColumnReference, values: readonly unknown[], bind: Bind): string;
  /** True where the text column matches. */
  matches(column: ColumnReference, pattern: Pattern, bind: Bind): string;
  /** True where the JSON array in the column has `value`; false, never unknown, where it is null. */
  arrayHas(column: ColumnReference, value: Scalar, bind: Bind): string;
  /**
   * The sum of a numeric column; conditions on it must see 15 significant digits unless the column
   * holds integers.
   */
  sum(column: ColumnReference): string;
  /** The average of a numeric column, seen with 15 significant digits. */
  average(column: ColumnReference): string;
  /** The least or greatest value of a column. */
  extreme(column: ColumnReference, which: 'min' | 'max'): string;
  /** The first day of the span that a date or datetime lies in, as ISO text. */
  timeBucket(
    column: ColumnReference,
    unit: BucketUnit,
    zone: { readonly timeZone: string; readonly bind: Bind },
  ): string;
  /** What ends a select whose rows are locked. */
  lockRows(lock: RowLock): string;
  /** A statement that waits for others which bound the same key; absent: there are none. */
  readonly lockKey?: string | undefined;
  readonly fullText: FullText;
  /** How far the vector in a column, given by its qualified text, is from another one. */
  distance(column: string, to: Pick<DistanceColumn, 'vector' | 'metric'>, bind: Bind): string;
  /** Statements that follow the one which made a table with a sequence. */
  afterSequenceTable(table: string, sequence: string): readonly string[];
  /** How rows of such a table are followed. */
  follow(sequence: string, after: readonly string[] | undefined, bind: Bind): Following;
}
