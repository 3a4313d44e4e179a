import { bucketStart, type BucketUnit } from '@objectql/core/driver';
import { createDistance, DISTANCE_FUNCTION } from './distance.js';
import type { DatabaseSync } from './binding.js';

/** `objectql_bucket(value, unit, zone)`: the first day of a span of time in a time zone. */
export const BUCKET_FUNCTION = 'objectql_bucket';

/**
 * Teaches a connection what SQLite lacks. Time zones are those of the JavaScript runtime, called row
 * by row with the offset of each quarter of an hour remembered.
 */
export function registerFunctions(database: DatabaseSync): void {
  database.function(BUCKET_FUNCTION, { deterministic: true }, (value, unit, zone) =>
    typeof value === 'string' ? bucketStart(value, unit as BucketUnit, zone as string) : null,
  );
  database.function(DISTANCE_FUNCTION, { deterministic: true }, createDistance());
}
