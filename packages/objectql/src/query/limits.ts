/**
 * Upper bounds of a query. Each is answered with `limit_exceeded` naming the key below; the docs
 * table and the tests read this object.
 */
export const QUERY_LIMITS = {
  /** Levels of and/or/not, the outermost condition being level 1. */
  'filter.depth': 10,
  /** Comparisons of one filter. */
  'filter.terms': 100,
  /** Values of one `in` or `nin`. */
  'filter.in': 1000,
  /** Parts of a dotted field name: five relations and the field. */
  'field.path': 6,
  'sort.keys': 10,
  'select.fields': 500,
  /** Levels of relations. */
  'expand.depth': 5,
  /** Relations of one query, all levels together. */
  'expand.nodes': 20,
  /** Keys of a group. */
  'group.keys': 10,
  /** Values computed for each group. */
  aggregations: 20,
  /** Groups of one answer. */
  groups: 10_000,
  /** Characters of a search text. */
  'search.length': 500,
  /** Records of one page. */
  top: 1000,
  /** Records to pass over; use a filter to go further. */
  skip: 1_000_000,
} as const;

/** The name of a limit, as `limit_exceeded` tells it. */
export type QueryLimit = keyof typeof QUERY_LIMITS;
