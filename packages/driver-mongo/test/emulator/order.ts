import { compareNumbers, isBsonNumber } from './numbers.js';

/** The place of a value's type in the server's order; of those that the driver stores. */
export function rankOf(value: unknown): number {
  if (value === undefined) return 0;
  if (value === null) return 1;
  if (isBsonNumber(value)) return 2;
  if (typeof value === 'string') return 3;
  if (Array.isArray(value)) return 5;
  if (typeof value === 'boolean') return 8;
  return value instanceof Date ? 9 : 4;
}

/** Compares values as the server does: by type, numbers by value, text by bytes. */
export function compareBson(one: unknown, other: unknown): number {
  const rank = rankOf(one);
  if (rank !== rankOf(other)) return rank - rankOf(other);
  if (isBsonNumber(one) && isBsonNumber(other)) return compareNumbers(one, other);
  if (typeof one === 'string') return Buffer.compare(Buffer.from(one), Buffer.from(String(other)));
  if (Array.isArray(one)) return compareLists(one, other as unknown[]);
  if (rank === 8 || rank === 9) return Number(one) - Number(other);
  if (rank < 2) return 0;
  return compareLists(Object.entries(one as object).flat(), Object.entries(other as object).flat());
}

function compareLists(one: readonly unknown[], other: readonly unknown[]): number {
  const at = one.findIndex(
    (value, index) => index >= other.length || compareBson(value, other[index]) !== 0,
  );
  if (at === -1) return one.length - other.length;
  return at >= other.length ? 1 : compareBson(one[at], other[at]);
}

/** Equal values have equal texts. */
export function keyText(value: unknown): string {
  if (typeof value === 'string') return `s${value}`;
  if (isBsonNumber(value)) return `n${Number(String(value))}`;
  if (value instanceof Date) return `d${value.getTime()}`;
  return value === undefined ? 'u' : JSON.stringify(value);
}
