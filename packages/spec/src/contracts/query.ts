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

/** Operators that compare two fields of one record. */
export const FIELD_OPERATORS = ['eq', 'ne', 'gt', 'gte', 'lt', 'lte'] as const;

/** One of {@link FIELD_OPERATORS}. */
export type FieldOperator = (typeof FIELD_OPERATORS)[number];

/**
 * Compares a field with another one of the same record. Two empty fields are equal; an order
 * comparison with an empty field is false.
 */
export interface FieldComparison {
  readonly op: 'compareFields';
  readonly operator: FieldOperator;
  readonly field: string;
  readonly other: string;
}

/**
 * A condition on the record that a relation leads to. A relation that leads nowhere, or to a record
 * that the principal may not see, counts as a record whose fields are all empty; so `account.region`
 * behaves like a field. On a list of records it means the same as `some`.
 */
export interface RelatedFilter {
  readonly op: 'related';
  readonly relation: string;
  readonly where: Filter;
}

/** True when at least one record that the relation leads to matches. */
export interface SomeFilter {
  readonly op: 'some';
  readonly relation: string;
  readonly where: Filter;
}

/**
 * The records below, or above, the record with the id `value` in the hierarchy that `field` makes
 * (a field that points to its own object). The record itself is not among them.
 */
export interface TreeFilter {
  readonly op: 'tree';
  readonly operator: 'descendantsOf' | 'ancestorsOf';
  readonly field: string;
  readonly value: string;
}

/** A filter: a condition, or a combination. `and []` is true, `or []` is false. */
export type Filter =
  | Comparison
  | FieldComparison
  | RelatedFilter
  | SomeFilter
  | TreeFilter
  | { readonly op: 'and' | 'or'; readonly args: readonly Filter[] }
  | { readonly op: 'not'; readonly arg: Filter };

/**
 * One sort key; `field` may lead through to-one relations (`account.name`). Empty values sort first
 * ascending, last descending, on every driver.
 */
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
  /** Most records for each record that they hang on. */
  readonly limit?: number;
  readonly expand?: ExpandTree;
}

/**
 * How to count all matching records: exactly, by an estimate that costs little, or not at all.
 * `true` means `exact`, `false` means `none`.
 */
export type CountMode = 'exact' | 'estimated' | 'none';

/** How the distance of two vectors is measured. */
export const VECTOR_METRICS = ['cosine', 'euclidean', 'dotProduct', 'manhattan'] as const;

/** What records are to be near to. */
export interface Near {
  /** A vector field. */
  readonly field: string;
  /** As many numbers as the field has. */
  readonly vector: readonly number[];
  /**
   * Default: that of the field, or `cosine` (0 for the same direction, 2 for the opposite one).
   * `dotProduct` is negative, so that the greatest product is the nearest.
   */
  readonly metric?: (typeof VECTOR_METRICS)[number] | undefined;
}

/** A normalised query against one object. */
export interface Query {
  /** Names of fields; those of a related record are dotted (`account.name`). */
  readonly fields?: readonly string[] | undefined;
  readonly where?: Filter | undefined;
  readonly orderBy?: readonly SortKey[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  /**
   * Pages by position instead of by offset: empty for the first page, then `next` or `previous` of
   * the page before. Only good for the same object, filter, order and principal.
   */
  readonly cursor?: string | undefined;
  /**
   * Words to find in the searchable fields, each as the beginning of a word, or in quotation marks as
   * it is. The best come first, unless `orderBy` says otherwise or pages are read by cursor.
   */
  readonly search?: string | undefined;
  /** Tell with each record where the words were found (`FindResult.highlights`). Only with `search`. */
  readonly highlight?: boolean | undefined;
  /**
   * Nearest first; records without a vector are left out. `FindResult.distances` tells how far each
   * is. Not with `orderBy` or `cursor`.
   */
  readonly near?: Near | undefined;
  readonly expand?: ExpandTree | undefined;
  /** Tell the number of all matching records too (`total`). Default `none` in code, `exact` over HTTP. */
  readonly count?: boolean | CountMode | undefined;
  /** `include` finds soft-deleted records too, `only` finds nothing else. Default `exclude`. */
  readonly deleted?: 'exclude' | 'include' | 'only' | undefined;
}

/** Functions over the values of a group. */
export const AGGREGATE_FUNCTIONS = ['count', 'count_distinct', 'sum', 'avg', 'min', 'max'] as const;

/** One of {@link AGGREGATE_FUNCTIONS}. */
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** Stretches of time that dates are grouped by. Weeks begin on Monday. */
export const DATE_BUCKETS = ['day', 'week', 'month', 'quarter', 'year'] as const;

/** One of {@link DATE_BUCKETS}. */
export type DateBucket = (typeof DATE_BUCKETS)[number];

/** What records are grouped by. */
export interface GroupKey {
  /** A field, or one of a to-one relation (`account.region`). */
  readonly field: string;
  /** For dates and times: groups by the stretch of time, whose first day is the value. */
  readonly bucket?: DateBucket | undefined;
  /** IANA name of the time zone that days begin in. Default UTC. Only with `bucket`. */
  readonly timeZone?: string | undefined;
  /** Name of the value in the answer. Default: the field as written. */
  readonly alias?: string | undefined;
}

/** One value to compute for each group. */
export interface AggregateItem {
  readonly function: AggregateFunction;
  /** Not needed to count records. */
  readonly field?: string | undefined;
  /** Name of the value in the answer. Default: `count`, else like `sum_amount`. */
  readonly alias?: string | undefined;
  /** Only these records of the group count. */
  readonly where?: Filter | undefined;
}

/** A normalised aggregate query against one object. Without `groupBy` there is one group. */
export interface AggregateQuery {
  readonly groupBy?: readonly GroupKey[] | undefined;
  readonly aggregations?: readonly AggregateItem[] | undefined;
  readonly where?: Filter | undefined;
  readonly search?: string | undefined;
  /** Which groups to keep; names are those of the answer. */
  readonly having?: Filter | undefined;
  /** Names are those of the answer. Default: the order of the group's own values. */
  readonly orderBy?: readonly SortKey[] | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly deleted?: Query['deleted'];
}
