import type { ColumnSchema, Driver, DriverSession, TableSchema } from '../driver/contract.js';
import { contentHash } from '../metadata/compile/hash.js';
import { columnOf, readAll, readChunk } from './rows.js';
import type { RowSource } from './steps.js';

const PREFIX = 'sys_kept_';

/** Where a migration keeps what one of its steps takes away. */
export function keptName(migration: string, what: string): string {
  return `${PREFIX}${migration}_${contentHash(what).slice(0, 8)}`;
}

/** True for the name of a table that keeps something. */
export function isKept(table: string): boolean {
  return table.startsWith(PREFIX);
}

/** The table that keeps the values of one column, by the id of their records. */
export function keptValues(name: string, column: ColumnSchema): TableSchema {
  return {
    name,
    columns: [
      { name: 'id', type: 'text', nullable: false },
      { name: 'value', type: column.type, nullable: true },
    ],
    indexes: [],
    // Beside the table whose values it keeps, whoever's that is.
    tenant: true,
  };
}

/** Makes the table if an interrupted migration has not made it already. */
export async function ensureTable(driver: Driver, table: TableSchema): Promise<void> {
  const existing = await driver.introspect();
  if (existing.some((one) => one.name === table.name)) return;
  await driver.applySchema([{ kind: 'createTable', table }]);
}

/** Values of a column on their way to the table that keeps them. */
export interface Keeping {
  readonly source: RowSource;
  /** Name in the target. */
  readonly column: string;
  readonly kept: TableSchema;
}

/** Keeps the next values of a column; goes on where an interrupted migration stopped. */
export async function keepChunk(session: DriverSession, keeping: Keeping): Promise<number> {
  const { source, column, kept } = keeping;
  const physical = columnOf(source, column) ?? column;
  const [last] = await session.find({
    table: kept,
    columns: ['id'],
    orderBy: [{ field: 'id', direction: 'desc' }],
    limit: 1,
  });
  const rows = await readChunk(session, {
    source,
    fields: [column],
    after: last?.['id'] as string | undefined,
    where: { op: 'isNull', field: physical, value: false },
  });
  if (rows.length > 0) {
    await session.insert(
      kept,
      rows.map((row) => ({ id: row['id'], value: row[column] })),
    );
  }
  return rows.length;
}

/** Keeps all values anew where others were written since {@link keepChunk} saw them. */
export async function keepChanged(session: DriverSession, keeping: Keeping): Promise<void> {
  const { source, column, kept } = keeping;
  const known = { table: kept, names: new Map<string, string>() };
  const physical = columnOf(source, column) ?? column;
  const where = { op: 'isNull', field: physical, value: false } as const;
  for await (const rows of readAll(session, { source, fields: [column], where })) {
    const ids = rows.map((row) => row['id'] as string);
    const among = { op: 'in', field: 'id', value: ids } as const;
    const found = await readChunk(session, { source: known, fields: ['value'], where: among });
    const values = new Map(found.map((row) => [row['id'], JSON.stringify(row['value'])]));
    const changed = rows.filter((row) => values.get(row['id']) !== JSON.stringify(row[column]));
    if (changed.length === 0) continue;
    const stale = changed.map((row) => row['id'] as string);
    await session.delete({ table: kept, where: { op: 'in', field: 'id', value: stale } });
    const fresh = changed.map((row) => ({ id: row['id'], value: row[column] }));
    await session.insert(kept, fresh);
  }
}
