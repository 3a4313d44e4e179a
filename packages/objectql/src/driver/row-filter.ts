import type { Comparison } from '@objectos/spec/contracts';
import type { IndexSchema, TableSchema } from './contract.js';

/**
 * A condition on the rows of one table. Like the public filter it is two-valued: a condition is true
 * or false, never unknown.
 */
export type RowFilter =
  | Comparison
  | FieldComparison
  | RowExists
  | RowMatch
  | RowTree
  | RowJunction
  | { readonly op: 'not'; readonly arg: RowFilter };

/**
 * All or any of the conditions. A hint says nothing about which rows are meant, only how they are
 * found best: `narrow`, of an `or`, that few rows fulfil it and an index leads to those of each
 * condition; `broad`, of an `and`, that most rows fulfil it, so no index should begin there. A driver
 * may leave hints alone.
 */
export interface RowJunction {
  readonly op: 'and' | 'or';
  readonly args: readonly RowFilter[];
  readonly hint?: 'narrow' | 'broad' | undefined;
  /** This object is used again for other statements: what is made of it may be kept. */
  readonly kept?: true | undefined;
}

/**
 * Compares two columns of a row, which must be of one kind (numbers, texts, booleans, dates, times,
 * instants). Two empty fields are equal; an order comparison with an empty field is false.
 */
export interface FieldComparison {
  readonly op: 'compareFields';
  readonly operator: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte';
  readonly left: string;
  readonly right: string;
}

/**
 * True where a row of `table` exists whose `inner` columns equal the `outer` columns of the filtered
 * row (empty columns equal nothing) and which satisfies `where`.
 */
export interface RowExists {
  readonly op: 'exists';
  readonly table: TableSchema;
  readonly on: readonly { readonly outer: string; readonly inner: string }[];
  readonly where?: RowFilter | undefined;
  /**
   * Says, like the hints of {@link RowJunction}, only how the rows are found best. Few rows of `table`
   * satisfy `where`, and an index leads to them: `narrow`, to go on from them to the filtered rows;
   * `listed`, to list them once and hold row after row against the list.
   */
  readonly hint?: 'narrow' | 'listed' | undefined;
}

/**
 * True where each of the terms is found in one of the columns, by a full-text index of the filtered
 * table. Words are runs of letters and digits; case counts for nothing, nor do accents on Latin
 * letters.
 */
export interface RowMatch {
  readonly op: 'match';
  readonly index: IndexSchema;
  /** Of the index, at least one. */
  readonly columns: readonly string[];
  /** At least one. */
  readonly terms: readonly SearchTerm[];
}

/** One thing to find. */
export interface SearchTerm {
  /** At least one; several stand one after another. Folded by `searchTokens`. */
  readonly words: readonly string[];
  /** The last word may be the beginning of one. */
  readonly prefix: boolean;
}

/**
 * True for the rows below (`down`) or above (`up`) the row with the id `root`, in the hierarchy that
 * `parent` makes: a column with the id of another row of the same table. The root itself is none of
 * them. Circles end. Steps lead only over rows that satisfy `where`, the root among them.
 */
export interface RowTree {
  readonly op: 'tree';
  /** The filtered table. */
  readonly table: TableSchema;
  readonly parent: string;
  readonly direction: 'down' | 'up';
  readonly root: string;
  readonly where?: RowFilter | undefined;
}
