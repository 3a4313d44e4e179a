import type { FindResult, Near, Query, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { RowFilter } from '../driver/row-filter.js';
import { readableField } from './filter-plan.js';
import type { View } from './relations.js';
import type { PlannedSort } from './sort-plan.js';

/** The column of a statement that holds the distance. */
export const DISTANCE = 'd:distance';

/**
 * The order of a query that asks for what is near: by distance, then by id.
 *
 * @throws `unknown_field`, `invalid_parameter`, `driver_capability_missing`
 */
export function planNear(
  view: View,
  { near, orderBy = [], cursor }: Pick<Query, 'near' | 'orderBy' | 'cursor'>,
): PlannedSort | undefined {
  if (near === undefined) return undefined;
  const { definition } = readableField(view.admission, near.field);
  if (definition.type !== 'vector') throw refuse(`"${near.field}" is no vector`);
  const { dimensions, distanceMetric = 'cosine' } = definition.vectorConfig;
  if (near.vector.length !== dimensions) {
    throw refuse(`"${near.field}" has ${dimensions} numbers, not ${near.vector.length}`);
  }
  if (orderBy.length > 0) throw refuse('it is an order, and has no other one beside it');
  if (cursor !== undefined) throw refuse('it has no cursor beside it; use an offset');
  const { vectors, driver } = view;
  if (!vectors) throw createError('driver_capability_missing', { driver, capability: 'vectors' });
  const { field: column, vector, metric = distanceMetric } = near;
  return {
    derived: [{ kind: 'distance', alias: DISTANCE, column, vector, metric }],
    orderBy: [
      { field: DISTANCE, direction: 'asc' },
      { field: 'id', direction: 'asc' },
    ],
  };
}

/** Records without a vector are near to nothing. */
export function hasVector(near: Near | undefined): RowFilter | undefined {
  return near === undefined ? undefined : { op: 'isNull', field: near.field, value: false };
}

/** Takes the distances out of the records, by the id of each. */
export function takeDistances(
  records: readonly RecordData[],
  near: Near | undefined,
): Pick<FindResult, 'distances'> {
  if (near === undefined) return {};
  const distances: Record<string, number> = {};
  for (const record of records) {
    distances[record['id'] as string] = record[DISTANCE] as number;
    Reflect.deleteProperty(record, DISTANCE);
  }
  return { distances };
}

function refuse(reason: string): Error {
  return createError('invalid_parameter', { parameter: 'near', reason });
}
