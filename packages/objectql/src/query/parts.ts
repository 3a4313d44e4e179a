import type { Filter, Query } from '@objectos/spec/contracts';
import { normalizeExpand } from './expand.js';
import { normalizeFilter } from './filter.js';
import { normalizeNear } from './near.js';
import { pageOffset, pageSize } from './paging.js';
import { checkLimit, invalidParameter, shown } from './refuse.js';
import { normalizeSelect } from './select.js';
import { normalizeSort } from './sort.js';
import type { GivenParts, QueryPart } from './synonyms.js';

/** Parts that ask for groups instead of records. */
const GROUP_PARTS: readonly QueryPart[] = ['groupBy', 'aggregations', 'having'];

/** True when the given parts ask for groups. */
export function asksForGroups(given: GivenParts): boolean {
  return GROUP_PARTS.some((part) => given.has(part));
}

/**
 * The query that the given parts make; `also` are further conditions that all must hold. Counting
 * is on unless told otherwise, or unless the pages are read by cursor: the envelope of every surface
 * shows the total.
 */
export function queryFromParts(given: GivenParts, also: readonly Filter[]): Query {
  refuseParts(given, GROUP_PARTS, 'records are not grouped here');
  const fields = normalizeSelect(given.get('select')?.value);
  const where = conditions(given.get('filter')?.value, also);
  const orderBy = normalizeSort(given.get('sort')?.value);
  const top = given.get('top');
  const skip = given.get('skip');
  const expand = normalizeExpand(given.get('expand')?.value);
  const search = textPart(given, 'search');
  const cursor = textPart(given, 'cursor');
  const highlight = given.get('highlight');
  const near = given.get('near');
  return {
    ...(fields === undefined ? {} : { fields }),
    ...(where === undefined ? {} : { where }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
    ...(top === undefined ? {} : { limit: pageSize(top.name, top.value) }),
    ...(skip === undefined ? {} : { offset: pageOffset(skip.name, skip.value) }),
    ...(cursor === undefined ? {} : { cursor }),
    ...(search === undefined ? {} : { search }),
    ...(highlight === undefined ? {} : { highlight: flag(highlight.name, highlight.value) }),
    ...(near === undefined ? {} : { near: normalizeNear(near) }),
    ...(expand === undefined ? {} : { expand }),
    count: counting(given),
  };
}

/** Refuses parts that the kind of query does not know. @throws `invalid_parameter` */
export function refuseParts(given: GivenParts, parts: readonly QueryPart[], reason: string): void {
  for (const part of parts) {
    const found = given.get(part);
    if (found !== undefined) throw invalidParameter(found.name, reason);
  }
}

/** Reads the combination once more, so that the limits hold for the whole and not for each part. */
export function conditions(filter: unknown, also: readonly Filter[]): Filter | undefined {
  const where = normalizeFilter(filter);
  if (also.length === 0) return where;
  const args = where === undefined ? also : [where, ...also];
  return normalizeFilter({ op: 'and', args });
}

/** A part that is text. @throws `invalid_parameter`, `limit_exceeded` */
export function textPart(given: GivenParts, part: 'search' | 'cursor'): string | undefined {
  const found = given.get(part);
  if (found === undefined || found.value === null) return undefined;
  if (typeof found.value !== 'string') {
    throw invalidParameter(found.name, `it is text, not ${shown(found.value)}`);
  }
  if (part === 'search') checkLimit('search.length', found.value.length);
  return found.value;
}

const COUNT_MODES = ['exact', 'estimated', 'none'] as const;

function counting(given: GivenParts): NonNullable<Query['count']> {
  const count = given.get('count');
  if (count === undefined) return !given.has('cursor');
  const mode = COUNT_MODES.find((one) => one === count.value);
  return mode ?? flag(count.name, count.value);
}

function flag(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidParameter(name, `it is true or false, not ${shown(value)}`);
}
