import type {
  ColumnType,
  DriverSession,
  IndexSchema,
  Row,
  RowFilter,
  TableSchema,
} from '@objectql/core/driver';

/** `and` of conditions on the columns of a table. */
export function all(...args: readonly RowFilter[]): RowFilter {
  return { op: 'and', args };
}

/** A comparison with one value. */
export function is(field: string, value: string | number | boolean | null): RowFilter {
  return { op: 'eq', field, value };
}

/** A comparison with several values. */
export function isIn(field: string, value: readonly string[]): RowFilter {
  return { op: 'in', field, value };
}

/** True for rows in which a column has a value, or none. */
export function isEmpty(field: string, empty: boolean): RowFilter {
  return { op: 'isNull', field, value: empty };
}

/** The columns of a table, by name. */
export function columnsOf({ columns }: TableSchema): readonly string[] {
  return columns.map((column) => column.name);
}

/** How rows of a table are read. */
export interface Reading {
  readonly where: RowFilter;
  readonly limit?: number | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  readonly lock?: 'wait' | undefined;
}

/** Reads whole rows, by id. `T` is what this package writes into the table. */
export async function readRows<T>(
  session: DriverSession,
  table: TableSchema,
  { where, limit, order, lock }: Reading,
): Promise<T[]> {
  const rows = await session.find({
    table,
    columns: columnsOf(table),
    where,
    limit,
    lock,
    ...(order === undefined ? {} : { orderBy: [{ field: 'id', direction: order }] }),
  });
  return rows as unknown as T[];
}

/** Reads the row with an id. */
export async function readRow<T>(
  session: DriverSession,
  table: TableSchema,
  id: string,
): Promise<T | undefined> {
  return (await readRows<T>(session, table, { where: is('id', id), limit: 1 }))[0];
}

/** Changes rows. @returns how many were there */
export async function setRows<T>(
  session: DriverSession,
  table: TableSchema,
  { where, set }: { readonly where: RowFilter; readonly set: Partial<T> },
): Promise<number> {
  return session.update({ table, set: set as Row, where });
}

/** Writes a row in place of the one with its id. */
export async function putRow<T extends { readonly id: string }>(
  session: DriverSession,
  table: TableSchema,
  row: T,
): Promise<void> {
  const changed = await session.update({
    table,
    set: row as unknown as Row,
    where: is('id', row.id),
  });
  if (changed === 0) await session.insert(table, [row as unknown as Row]);
}

/** Inserts rows. */
export async function addRows<T>(
  session: DriverSession,
  table: TableSchema,
  rows: readonly T[],
): Promise<void> {
  if (rows.length > 0) await session.insert(table, rows as unknown as Row[]);
}

/** Describes a table with a text `id`. */
export function table(
  name: string,
  columns: Readonly<Record<string, ColumnType>>,
  indexes: Readonly<Record<string, readonly string[]>> = {},
): TableSchema {
  return {
    name,
    columns: Object.entries({ id: 'text' as const, ...columns }).map(([column, type]) => ({
      name: column,
      type,
      nullable: column !== 'id',
    })),
    indexes: Object.entries(indexes).map(([index, on]): IndexSchema => ({
      name: `${index.startsWith('u_') ? 'ux' : 'ix'}_${name}_${index.replace(/^u_/, '')}`,
      columns: on,
      unique: index.startsWith('u_'),
    })),
  };
}

/** Values without those that are `undefined`: what is not given stays as it is. */
export function defined<T extends object>(values: {
  readonly [K in keyof T]?: T[K] | undefined;
}): Partial<T> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Partial<T>;
}
