/** The query AST: the only language below the surface. Every surface syntax is normalised to it. */

/** A value that a filter compares with. Dates and times travel as ISO 8601 text. */
export type Scalar = string | number | boolean | null;

/** Comparison operators of the AST. */
export const COMPARE_OPERATORS = [
  'eq',
  'ne',
  'gt',
  'gte',
  'lt',
  'lte',
  'in',
  'nin',
  'contains',
  'notContains',
  'startsWith',
  'endsWith',
  'like',
  'ilike',
  'between',
  'isNull',
] as const;

/** One of {@link COMPARE_OPERATORS}. */
export type CompareOperator = (typeof COMPARE_OPERATORS)[number];

/**
 * A comparison of one field. Semantics are two-valued (a comparison is true or false, never
 * unknown): `eq null` finds empty fields, `ne v` finds every other row including empty ones, and an
 * order comparison with an empty field is false. `in`, `nin` and `between` take an array; `isNull`
 * takes a boolean. Text operators other than `like` and `ilike` take their value literally;
 * `contains`, `startsWith`, `endsWith` and `ilike` ignore ASCII case, `like` respects it.
 * `like` patterns use `%` and `_`, escaped by `\`. On a multi-value field `contains` means
 * "has this value".
 */
export interface Comparison {
  readonly op: CompareOperator;
  readonly field: string;
  readonly value: Scalar | readonly Scalar[];
}

/** A filter: a comparison, or a combination. `and []` is true, `or []` is false. */
export type Filter =
  | Comparison
  | { readonly op: 'and' | 'or'; readonly args: readonly Filter[] }
  | { readonly op: 'not'; readonly arg: Filter };

/** One sort key. Empty values sort first ascending, last descending, on every driver. */
export interface SortKey {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

/** What to load beside the records, by the name of a relation. */
export type ExpandTree = { readonly [relation: string]: ExpandNode };

/** How to load one relation. Absent `fields` means all readable fields. */
export interface ExpandNode {
  readonly fields?: readonly string[];
  readonly where?: Filter;
  readonly orderBy?: readonly SortKey[];
  readonly limit?: number;
  readonly expand?: ExpandTree;
}

/** A normalised query against one object. */
export interface Query {
  readonly fields?: readonly string[] | undefined;
  readonly where?: Filter | undefined;
  readonly orderBy?: readonly SortKey[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly expand?: ExpandTree | undefined;
  /** Count all matching records too (`total`). Default false in code, true over HTTP. */
  readonly count?: boolean | undefined;
  /** `include` finds soft-deleted records too, `only` finds nothing else. Default `exclude`. */
  readonly deleted?: 'exclude' | 'include' | 'only' | undefined;
}
