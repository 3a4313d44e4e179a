import { VECTOR_METRICS, type Near } from '@objectos/spec/contracts';
import { invalidParameter } from './refuse.js';
import { isFieldPath, isPlainObject } from './shapes.js';
import type { Given } from './synonyms.js';

const EXPECTED =
  'expected {"field": "<vector field>", "vector": [<numbers>]}, with "metric" if you like';

/** Reads what records are to be near to, from a body or as JSON text. @throws `invalid_parameter` */
export function normalizeNear(given: Given): Near {
  const value = typeof given.value === 'string' ? parsed(given, given.value) : given.value;
  if (!isPlainObject(value)) throw invalidParameter(given.name, EXPECTED);
  const { field, vector, metric, ...rest } = value;
  const isVector =
    Array.isArray(vector) && vector.every((one) => typeof one === 'number' && Number.isFinite(one));
  if (
    typeof field !== 'string' ||
    !isFieldPath(field) ||
    !isVector ||
    Object.keys(rest).length > 0
  ) {
    throw invalidParameter(given.name, EXPECTED);
  }
  const known = VECTOR_METRICS.find((one) => one === metric);
  if (metric !== undefined && known === undefined) {
    throw invalidParameter(given.name, `"metric" is one of ${VECTOR_METRICS.join(', ')}`);
  }
  const near = { field, vector: vector as number[] };
  return known === undefined ? near : { ...near, metric: known };
}

function parsed({ name }: Given, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) throw invalidParameter(name, EXPECTED);
    throw error;
  }
}
