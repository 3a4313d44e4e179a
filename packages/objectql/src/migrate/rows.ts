import type { RowFilter } from '../driver/row-filter.js';
import type { DriverSession, Row } from '../driver/contract.js';
import type { RowSource } from './steps.js';

/** Rows that are read or written at a time. */
export const CHUNK = 500;

/** The column of a table that holds what the target calls `name`; absent when none does. */
export function columnOf({ table, names }: RowSource, name: string): string | undefined {
  for (const [column, target] of names) if (target === name) return column;
  if (names.has(name)) return undefined;
  return table.columns.some((column) => column.name === name) ? name : undefined;
}

/** What to read of an object's rows. */
export interface Reading {
  readonly source: RowSource;
  /** Names in the target; one that has no column yet reads as null. */
  readonly fields: readonly string[];
  /** Only rows with an id after this one. */
  readonly after?: string | undefined;
  /** Further condition, over the columns as they are called in the database. */
  readonly where?: RowFilter | undefined;
  readonly limit?: number | undefined;
}

/** The next rows in the order of their ids, under the names of the target. */
export async function readChunk(session: DriverSession, reading: Reading): Promise<Row[]> {
  const { source, fields, after, where, limit = CHUNK } = reading;
  const columns = fields.map((field) => [field, columnOf(source, field)] as const);
  const existing = columns.flatMap(([, column]) => column ?? []);
  const conditions: RowFilter[] = [];
  if (after !== undefined) conditions.push({ op: 'gt', field: 'id', value: after });
  if (where !== undefined) conditions.push(where);
  const rows = await session.find({
    table: source.table,
    columns: [...new Set(['id', ...existing])],
    where: conditions.length === 0 ? undefined : { op: 'and', args: conditions },
    orderBy: [{ field: 'id', direction: 'asc' }],
    limit,
  });
  return rows.map((row) => {
    const named: Row = { id: row['id'] };
    for (const [field, column] of columns) named[field] = column === undefined ? null : row[column];
    return named;
  });
}

/** Reads all rows, a chunk at a time. */
export async function* readAll(
  session: DriverSession,
  reading: Omit<Reading, 'after' | 'limit'>,
): AsyncGenerator<Row[]> {
  let after: string | undefined;
  for (;;) {
    const rows: Row[] = await readChunk(session, { ...reading, after });
    if (rows.length > 0) yield rows;
    if (rows.length < CHUNK) return;
    after = rows.at(-1)?.['id'] as string;
  }
}

/** True for what a required field must not be. */
export function isEmpty(value: unknown): boolean {
  return (
    value === null ||
    value === undefined ||
    value === '' ||
    (Array.isArray(value) && value.length === 0)
  );
}
