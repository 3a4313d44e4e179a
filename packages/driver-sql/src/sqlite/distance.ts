/** `objectql_distance(one, other, metric)`: how far two JSON lists of numbers are apart. */
export const DISTANCE_FUNCTION = 'objectql_distance';

type Metric = (one: readonly number[], other: readonly number[]) => number;

const METRICS: Readonly<Record<string, Metric>> = {
  cosine(one, other) {
    const length = Math.sqrt(product(one, one)) * Math.sqrt(product(other, other));
    return length === 0 ? 1 : 1 - product(one, other) / length;
  },
  euclidean: (one, other) =>
    Math.sqrt(one.reduce((sum, value, at) => sum + (value - (other[at] ?? 0)) ** 2, 0)),
  dotProduct: (one, other) => -product(one, other),
  manhattan: (one, other) =>
    one.reduce((sum, value, at) => sum + Math.abs(value - (other[at] ?? 0)), 0),
};

function product(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
}

/** Makes the function; what is searched for is the same text for all rows, so it is read once. */
export function createDistance(): (...values: unknown[]) => number | null {
  let text = '';
  let target: readonly number[] = [];
  return (stored, wanted, metric) => {
    if (typeof stored !== 'string' || typeof wanted !== 'string') return null;
    if (wanted !== text) {
      target = JSON.parse(wanted) as number[];
      text = wanted;
    }
    const measure = METRICS[metric as string];
    const vector: unknown = JSON.parse(stored);
    // Values from before a field was a vector may be anything.
    if (measure === undefined || !Array.isArray(vector) || vector.length !== target.length) {
      return null;
    }
    return measure(vector as number[], target);
  };
}
