import type { Scalar, SortKey } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';

/** A place between rows: the sort values of the row beside it, in the order of the keys. */
export type Position = readonly Scalar[];

/** The place of a row. */
export function positionOf(row: Row, keys: readonly SortKey[]): Position {
  return keys.map((key) => (row[key.field] ?? null) as Scalar);
}

/** The same order from the other end. */
export function reversed(keys: readonly SortKey[]): SortKey[] {
  return keys.map(({ field, direction }) => ({
    field,
    direction: direction === 'asc' ? 'desc' : 'asc',
  }));
}

/**
 * The rows behind a place. The bound on the first key stands by itself too, so that an index on it
 * can begin there.
 */
export function behind(keys: readonly SortKey[], position: Position): RowFilter {
  const branches = keys.map((key, at): RowFilter => {
    const equal = keys
      .slice(0, at)
      .map((other, index): RowFilter => equals(other, position[index] ?? null));
    return { op: 'and', args: [...equal, after(key, position[at] ?? null)] };
  });
  const bound = firstBound(keys[0], position[0] ?? null);
  const any: RowFilter = { op: 'or', args: branches };
  return bound === undefined ? any : { op: 'and', args: [bound, any] };
}

function equals({ field }: SortKey, value: Scalar): RowFilter {
  return { op: 'eq', field, value };
}

/** Empty values come first ascending and last descending. */
function after({ field, direction }: SortKey, value: Scalar): RowFilter {
  if (direction === 'asc') {
    return value === null ? { op: 'isNull', field, value: false } : { op: 'gt', field, value };
  }
  if (value === null) return { op: 'or', args: [] };
  const smaller: RowFilter = { op: 'lt', field, value };
  return { op: 'or', args: [smaller, { op: 'isNull', field, value: true }] };
}

function firstBound(key: SortKey | undefined, value: Scalar): RowFilter | undefined {
  if (key === undefined || value === null) return undefined;
  const { field } = key;
  if (key.direction === 'asc') return { op: 'gte', field, value };
  // A column that is never empty is left a plain range, which an index can answer.
  return NEVER_EMPTY.has(field) ? { op: 'lte', field, value } : undefined;
}

const NEVER_EMPTY: ReadonlySet<string> = new Set(['id', 'created_at', 'updated_at', 'revision']);
