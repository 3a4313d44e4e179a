export type * from './contract.js';
export type {
  ConditionalColumn,
  DerivedColumn,
  DistanceColumn,
  RankColumn,
  RelatedColumn,
  RowStep,
} from './derived-column.js';
export { BUCKET_UNITS, type BucketUnit, type GroupKey, type TimeBucket } from './group-key.js';
export type {
  FieldComparison,
  RowExists,
  RowFilter,
  RowJunction,
  RowMatch,
  RowTree,
  SearchTerm,
} from './row-filter.js';
export { insertInTurn, insertTogether } from './insert-together.js';
export { updateEach, updateInTurn } from './update-each.js';
export { diffSchema, type SchemaDiff } from './schema-diff.js';
export { bucketStart, isTimeZone } from './time-bucket.js';
