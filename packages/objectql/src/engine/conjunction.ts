import type { RowFilter } from '../driver/row-filter.js';

/** `and` of the filters that are there, flat. */
export function conjunction(...filters: readonly (RowFilter | undefined)[]): RowFilter | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  return present.length > 1 ? { op: 'and', args: present } : present[0];
}
