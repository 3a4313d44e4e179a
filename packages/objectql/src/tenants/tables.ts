import type { Driver, TableSchema } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { idempotencyTable, sequenceTable } from '../engine/system-tables.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';

/** A table with rows of organizations, and the condition that finds those of one. */
export interface TenantTable {
  readonly table: TableSchema;
  /** Its rows are records of an object of the metadata in force. */
  readonly isObject: boolean;
  readonly rowsOf: (organization: string) => RowFilter;
}

const COLUMN = 'organization_id';

/**
 * Every table that keeps something of organizations. It asks the database, not a list: a table that a
 * plugin makes tomorrow is covered because it has the column.
 */
export async function tenantTables(
  driver: Driver,
  snapshot: MetadataSnapshot,
): Promise<TenantTable[]> {
  const found = await driver.introspect();
  return found.flatMap((table): TenantTable[] => {
    const keyed = KEYED.get(table.name);
    if (keyed !== undefined) return [{ table, isObject: false, rowsOf: keyed }];
    if (!table.columns.some(({ name }) => name === COLUMN)) return [];
    const object = snapshot.objects.get(table.name);
    const rowsOf = (organization: string): RowFilter => ({
      op: 'eq',
      field: COLUMN,
      value: organization,
    });
    // The types of the metadata tell more than those that a database knows.
    return [{ table: object?.table ?? table, isObject: object !== undefined, rowsOf }];
  });
}

/** Tables of the engine whose keys begin with, or hold, the organization. */
const KEYED: ReadonlyMap<string, (organization: string) => RowFilter> = new Map([
  [
    sequenceTable.name,
    // `object.field organization period`; no part has a space.
    (organization) => ({ op: 'like', field: 'id', value: `% ${escaped(organization)} %` }),
  ],
  [
    idempotencyTable.name,
    (organization) => ({
      op: 'like',
      field: 'id',
      value: `[${escaped(JSON.stringify(organization))},%`,
    }),
  ],
]);

function escaped(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
