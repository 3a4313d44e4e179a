import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { invalidParameter } from './refuse.js';

/** What a query may tell, by the name our documentation uses. */
export type QueryPart =
  | 'filter'
  | 'sort'
  | 'top'
  | 'skip'
  | 'cursor'
  | 'select'
  | 'expand'
  | 'count'
  | 'search'
  | 'highlight'
  | 'near'
  | 'groupBy'
  | 'aggregations'
  | 'having';

/** Every name under which the published clients send a part. */
export const SYNONYMS: Readonly<Record<QueryPart, readonly string[]>> = {
  filter: ['filter', 'filters', '$filter', 'where'],
  sort: ['sort', 'orderBy', '$orderby'],
  top: ['top', 'limit', '$top'],
  skip: ['skip', 'offset', '$skip'],
  select: ['select', 'fields', '$select'],
  expand: ['expand', 'populate', 'include', '$expand'],
  count: ['count', '$count'],
  cursor: ['cursor'],
  search: ['search', '$search'],
  highlight: ['highlight'],
  near: ['near'],
  groupBy: ['groupBy', 'group_by', '$groupby'],
  aggregations: ['aggregations', 'aggregate'],
  having: ['having'],
};

const parts = new Map<string, QueryPart>(
  Object.entries(SYNONYMS).flatMap(([part, names]) =>
    names.map((name) => [name, part as QueryPart] as const),
  ),
);

/** The part that `name` means, or nothing. */
export function findPart(name: string): QueryPart | undefined {
  return parts.get(name);
}

/** A part as it was given: the name that was used, and its value. */
export interface Given {
  readonly name: string;
  readonly value: unknown;
}

/** The parts of a query that were given. */
export type GivenParts = Map<QueryPart, Given>;

/** Notes a part. @throws `invalid_parameter` when it was given before, under whatever name. */
export function give(given: GivenParts, part: QueryPart, entry: Given): void {
  const before = given.get(part);
  if (before?.name === entry.name) throw invalidParameter(entry.name, 'it is given twice');
  if (before !== undefined) {
    throw invalidParameter(entry.name, `it means the same as "${before.name}"; send one of them`);
  }
  given.set(part, entry);
}

/** Refuses a name with the nearest of the names that would have done. */
export function unknownParameter(name: string, also: Iterable<string> = []): Error {
  const suggestion = suggest(name, [...parts.keys(), ...also]);
  return createError('unknown_parameter', { parameter: name.slice(0, 60), suggestion });
}
