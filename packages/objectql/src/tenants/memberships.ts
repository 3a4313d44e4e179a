import type { TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';

/** Rows that belong to an organization by what they point to: the installation keeps them. */
export interface Membership {
  readonly table: TableSchema;
  readonly where: RowFilter;
}

/** The organization's own row, and those that are details of it, masters before their details. */
export function membershipTables(
  { objects }: MetadataSnapshot,
  organization: string,
): Membership[] {
  const own = objects.get('organization');
  if (own === undefined) return [];
  const found: Membership[] = [
    { table: own.table, where: { op: 'eq', field: 'id', value: organization } },
  ];
  const reached = new Set(['organization']);
  for (const name of reached) {
    const master = objects.get(name);
    for (const detail of objects.values()) {
      for (const { name: field, type, reference } of detail.relations) {
        if (type !== 'master_detail' || reference !== name || reached.has(detail.name)) continue;
        // Users outlive the organizations that they belong to.
        reached.add(detail.name);
        const outer = found.find(({ table }) => table === master?.table);
        if (master === undefined || outer === undefined) continue;
        const on = [{ outer: field, inner: 'id' }];
        const where: RowFilter =
          name === 'organization'
            ? { op: 'eq', field, value: organization }
            : { op: 'exists', table: master.table, on, where: outer.where };
        found.push({ table: detail.table, where });
      }
    }
  }
  return found;
}
