import type { SortKey } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DerivedColumn, RowStep } from '../driver/derived-column.js';
import { createDerivedColumns, planPath, type PlannedPath } from './path-plan.js';
import type { View } from './relations.js';

/** A sort order that passed the gate: keys over columns, those of related records among them. */
export interface PlannedSort {
  readonly orderBy: readonly SortKey[];
  readonly derived?: readonly DerivedColumn[];
}

const BY_ID: SortKey = { field: 'id', direction: 'asc' };
const STABLE: PlannedSort = { orderBy: [BY_ID] };

/**
 * Checks sort keys; `id` is always last so that pages never overlap.
 *
 * @param from a step that leads from the table of the statement to the records of the view
 * @throws `unknown_field`, `invalid_sort`
 */
export function planSort(
  view: View,
  orderBy: readonly SortKey[] | undefined,
  from?: RowStep,
): PlannedSort {
  if (from === undefined && (orderBy === undefined || orderBy.length === 0)) return STABLE;
  const derived = createDerivedColumns();
  const column = (path: PlannedPath) =>
    derived.ofPath(from === undefined ? path : { ...path, via: [from, ...(path.via ?? [])] });
  const keys = (orderBy ?? []).map(({ field: path, direction }): SortKey => {
    const planned = planPath(view, path, invalidSort);
    if (planned.field.column === 'json') throw invalidSort(`"${path}" has no order`);
    return { field: column(planned), direction };
  });
  const unique = keys.some((key) => key.field === 'id');
  const last: SortKey = from === undefined ? BY_ID : { field: from.on.outer, direction: 'asc' };
  const sorted = unique ? keys : [...keys, last];
  return derived.list.length === 0
    ? { orderBy: sorted }
    : { orderBy: sorted, derived: derived.list };
}

function invalidSort(reason: string): Error {
  return createError('invalid_sort', { reason });
}
