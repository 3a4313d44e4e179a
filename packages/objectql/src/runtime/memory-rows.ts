import type { Comparison, Scalar, SortKey } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row, TableSchema } from '../driver/contract.js';
import type { RowExists, RowFilter } from '../driver/row-filter.js';

/** The rows of a table, for conditions on other tables. */
export type RowsOf = (table: TableSchema) => readonly Row[];

/** True when a row satisfies a filter; the same answers as a driver gives, where it is defined. */
export function rowMatches(row: Row, filter: RowFilter | undefined, rowsOf: RowsOf): boolean {
  if (filter === undefined) return true;
  switch (filter.op) {
    case 'and':
      return filter.args.every((arg) => rowMatches(row, arg, rowsOf));
    case 'or':
      return filter.args.some((arg) => rowMatches(row, arg, rowsOf));
    case 'not':
      return !rowMatches(row, filter.arg, rowsOf);
    case 'exists':
      return exists(row, filter, rowsOf);
    case 'compareFields':
    case 'match':
    case 'tree':
      throw createError('driver_capability_missing', { driver: 'memory', capability: filter.op });
    default:
      return compares(row[filter.field] ?? null, filter);
  }
}

function exists(row: Row, { table, on, where }: RowExists, rowsOf: RowsOf): boolean {
  const values = on.map(({ outer, inner }) => [inner, row[outer] ?? null] as const);
  if (values.some(([, value]) => value === null)) return false;
  return rowsOf(table).some(
    (other) =>
      values.every(([inner, value]) => other[inner] === value) && rowMatches(other, where, rowsOf),
  );
}

/** Orders rows; empty values first ascending, last descending, as drivers do. */
export function sortRows(rows: readonly Row[], orderBy: readonly SortKey[] = []): Row[] {
  return rows.toSorted((left, right) => {
    for (const { field, direction } of orderBy) {
      const order = orderOf(left[field] ?? null, right[field] ?? null);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  });
}

function compares(value: unknown, { op, value: wanted }: Comparison): boolean {
  switch (op) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'isNull':
      return (value === null) === wanted;
    case 'in':
      return (wanted as readonly Scalar[]).includes(value as Scalar);
    case 'nin':
      return !(wanted as readonly Scalar[]).includes(value as Scalar);
    case 'startsWith':
      return (
        typeof value === 'string' && value.toLowerCase().startsWith(String(wanted).toLowerCase())
      );
    case 'between': {
      const [low, high] = wanted as readonly Scalar[];
      return (
        ordered(value, low, (order) => order >= 0) && ordered(value, high, (order) => order <= 0)
      );
    }
    case 'gt':
      return ordered(value, wanted, (order) => order > 0);
    case 'gte':
      return ordered(value, wanted, (order) => order >= 0);
    case 'lt':
      return ordered(value, wanted, (order) => order < 0);
    case 'lte':
      return ordered(value, wanted, (order) => order <= 0);
    default:
      throw createError('driver_capability_missing', { driver: 'memory', capability: op });
  }
}

function ordered(value: unknown, wanted: unknown, holds: (order: number) => boolean): boolean {
  return value !== null && wanted !== null && holds(orderOf(value, wanted));
}

function orderOf(left: unknown, right: unknown): number {
  if (left === right) return 0;
  if (left === null) return -1;
  if (right === null) return 1;
  return (left as string) < (right as string) ? -1 : 1;
}
