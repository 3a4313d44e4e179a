import type { Comparison } from '@objectos/spec/contracts';
import type { RowFilter } from '../driver/row-filter.js';

/** `and` of the filters that are there, flat. */
export function conjunction(...filters: readonly (RowFilter | undefined)[]): RowFilter | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  return present.length > 1 ? { op: 'and', args: present } : present[0];
}

/**
 * A comparison as drivers get it. One of the organization is marked: where there is one organization
 * all rows are its own, and an index that begins there would only be in the way.
 */
export function comparisonOf(comparison: Comparison): RowFilter {
  return comparison.field === 'organization_id'
    ? { op: 'and', args: [comparison], hint: 'broad' }
    : comparison;
}

/** The rows of an admission go into statement after statement. */
export function keptRows(rows: RowFilter | undefined): RowFilter | undefined {
  return rows === undefined ? undefined : { op: 'and', args: [rows], kept: true };
}
