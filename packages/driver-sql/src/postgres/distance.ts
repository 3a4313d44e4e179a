import type { DistanceColumn } from '@objectql/core/driver';
import type { Bind } from '../sql/dialect.js';
import { arrayLiteral } from './array.js';

const PRODUCT = 'SUM(one.value * other.value)';
const LENGTHS = 'SQRT(SUM(one.value * one.value)) * SQRT(SUM(other.value * other.value))';

const METRICS: Readonly<Record<DistanceColumn['metric'], string>> = {
  cosine: `CASE WHEN ${LENGTHS} = 0 THEN 1 ELSE 1 - ${PRODUCT} / (${LENGTHS}) END`,
  euclidean: 'SQRT(SUM((one.value - other.value) ^ 2))',
  dotProduct: `-${PRODUCT}`,
  manhattan: 'SUM(ABS(one.value - other.value))',
};

/** The distance over plain arrays: no extension is needed, and every row is looked at. */
export function distanceSql(
  column: string,
  { vector, metric }: Pick<DistanceColumn, 'vector' | 'metric'>,
  bind: Bind,
): string {
  const target = `${bind(arrayLiteral(vector))}::float8[]`;
  // Values from before a field was a vector may be anything.
  const fits = `jsonb_typeof(${column}) = 'array' AND jsonb_array_length(${column}) = ${vector.length}`;
  const pairs =
    `jsonb_array_elements_text(${column}) WITH ORDINALITY AS stored(text, position) ` +
    `CROSS JOIN LATERAL (SELECT stored.text::float8 AS value) AS one ` +
    `JOIN unnest(${target}) WITH ORDINALITY AS other(value, position) ON other.position = stored.position`;
  return `CASE WHEN ${fits} THEN (SELECT ${METRICS[metric]} FROM ${pairs}) END`;
}
