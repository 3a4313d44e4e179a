import type { Filter, Query } from '@objectos/spec/contracts';
import { normalizeExpand } from './expand.js';
import { normalizeFilter } from './filter.js';
import { pageOffset, pageSize } from './paging.js';
import { invalidParameter, shown } from './refuse.js';
import { normalizeSelect } from './select.js';
import { normalizeSort } from './sort.js';
import type { GivenParts } from './synonyms.js';

/**
 * The query that the given parts make; `also` are further conditions that all must hold. Counting
 * is on unless told otherwise: the envelope of every surface shows the total.
 */
export function queryFromParts(given: GivenParts, also: readonly Filter[]): Query {
  const search = given.get('search');
  if (search !== undefined) {
    throw invalidParameter(search.name, 'search is not available on this object');
  }
  const fields = normalizeSelect(given.get('select')?.value);
  const where = conditions(given.get('filter')?.value, also);
  const orderBy = normalizeSort(given.get('sort')?.value);
  const top = given.get('top');
  const skip = given.get('skip');
  const expand = normalizeExpand(given.get('expand')?.value);
  return {
    ...(fields === undefined ? {} : { fields }),
    ...(where === undefined ? {} : { where }),
    ...(orderBy.length === 0 ? {} : { orderBy }),
    ...(top === undefined ? {} : { limit: pageSize(top.name, top.value) }),
    ...(skip === undefined ? {} : { offset: pageOffset(skip.name, skip.value) }),
    ...(expand === undefined ? {} : { expand }),
    count: counting(given),
  };
}

/** Reads the combination once more, so that the limits hold for the whole and not for each part. */
function conditions(filter: unknown, also: readonly Filter[]): Filter | undefined {
  const where = normalizeFilter(filter);
  if (also.length === 0) return where;
  const args = where === undefined ? also : [where, ...also];
  return normalizeFilter({ op: 'and', args });
}

function counting(given: GivenParts): boolean {
  const count = given.get('count');
  if (count === undefined) return true;
  if (typeof count.value === 'boolean') return count.value;
  throw invalidParameter(count.name, `it is true or false, not ${shown(count.value)}`);
}
