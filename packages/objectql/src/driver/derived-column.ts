import type { TableSchema } from './contract.js';
import type { RowFilter, RowMatch } from './row-filter.js';

/**
 * A column that a statement makes for itself and uses like a column of its table: to select, filter,
 * sort, group by and compute with. Its alias is no name of a column of the table.
 */
export type DerivedColumn = RelatedColumn | ConditionalColumn | RankColumn | DistanceColumn;

/** A column of a related row; empty where the steps lead nowhere. */
export interface RelatedColumn {
  readonly kind: 'related';
  readonly alias: string;
  /** From the table of the statement on; at least one. */
  readonly via: readonly RowStep[];
  /** Of the last table; not of the type `json`. */
  readonly column: string;
}

/** One step from a row to at most one row of another table. */
export interface RowStep {
  readonly table: TableSchema;
  /** `inner` is the key of the table: no two of its rows have the same value. */
  readonly on: { readonly outer: string; readonly inner: string };
  /** Rows of the table that count; where none does, the value is empty. */
  readonly where?: RowFilter | undefined;
}

/** The value of a column (1 without one) in rows that match, empty in the others. */
export interface ConditionalColumn {
  readonly kind: 'conditional';
  readonly alias: string;
  readonly when: RowFilter;
  readonly column?: string | undefined;
}

/**
 * How well a row fits what is searched for: a number, greater is better; the first column of the
 * index counts most. Numbers of different databases do not compare.
 */
export interface RankColumn {
  readonly kind: 'rank';
  readonly alias: string;
  readonly match: RowMatch;
}

/**
 * How far the vector in a `json` column is from another one; empty for what is no vector of the same
 * length.
 */
export interface DistanceColumn {
  readonly kind: 'distance';
  readonly alias: string;
  readonly column: string;
  readonly vector: readonly number[];
  readonly metric: 'cosine' | 'euclidean' | 'dotProduct' | 'manhattan';
}
