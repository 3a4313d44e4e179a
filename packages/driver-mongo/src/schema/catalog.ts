import type { ColumnType, IndexSchema, TableSchema } from '@objectql/core/driver';

/** A column and the field of the documents that holds it. */
export interface StoredColumn {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly field: string;
}

/** A table and the collection that holds it. */
export interface StoredTable {
  readonly name: string;
  readonly collection: string;
  readonly sequence?: string | undefined;
  readonly columns: readonly StoredColumn[];
  /** With the names of columns; `indexName` says what each is called in the collection. */
  readonly indexes: readonly IndexSchema[];
  /** Fields that hold or have held a column; a new column never takes one of them. */
  readonly used: readonly string[];
}

/** Something in the database that no table needs; it is removed when nobody else works on it. */
export type Garbage =
  | { readonly kind: 'collection'; readonly collection: string }
  | { readonly kind: 'index'; readonly collection: string; readonly index: string }
  | { readonly kind: 'field'; readonly collection: string; readonly field: string };

/**
 * Which collections and fields hold which tables and columns. One document, so that any change of
 * the schema is the change of one document: renames and removals touch no row before they hold.
 */
export interface Catalog {
  /** Rises with each change. */
  readonly version: number;
  readonly tables: readonly StoredTable[];
  readonly garbage: readonly Garbage[];
}

/** Of a database without any table. */
export const EMPTY_CATALOG: Catalog = { version: 0, tables: [], garbage: [] };

/** The field of the key. */
export const KEY_FIELD = '_id';

/** The column that is the key of a table. */
export function keyOf(table: Pick<TableSchema, 'sequence'>): string {
  return table.sequence ?? 'id';
}

/** The tables, as the core knows them. */
export function tablesOf(catalog: Catalog): TableSchema[] {
  return catalog.tables.map(({ name, columns, indexes, sequence }) => ({
    name,
    columns: columns.map(({ name: column, type, nullable }) => ({ name: column, type, nullable })),
    indexes: [...indexes].sort((one, other) => (one.name < other.name ? -1 : 1)),
    ...(sequence === undefined ? {} : { sequence }),
  }));
}

/** What an index is in a collection. */
export interface IndexDefinition {
  readonly name: string;
  readonly key: Readonly<Record<string, 1>>;
  readonly unique: boolean;
  readonly partialFilterExpression?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The index of a collection that serves an index of the table. Its name tells what it does, so equal
 * indexes are one, and one whose name is there already need not be made.
 */
export function definitionOf(table: StoredTable, index: IndexSchema): IndexDefinition {
  const fields = index.columns.map((column) => fieldOf(table, column));
  const tenant = index.perTenant === true ? [fieldOf(table, 'organization_id')] : [];
  const live = index.liveOnly === true ? fieldOf(table, 'deleted_at') : undefined;
  const partial = {
    // Fields that are empty are absent; rows with one of them are no duplicates of each other.
    ...(index.unique ? Object.fromEntries(fields.map((field) => [field, { $exists: true }])) : {}),
    ...(live === undefined ? {} : { [live]: { $eq: null } }),
  };
  const flags = [...(index.unique ? ['unique'] : []), ...(live === undefined ? [] : ['live'])];
  return {
    name: [...[...fields, ...tenant].map((field) => `${field}_1`), ...flags].join('_'),
    key: Object.fromEntries([...fields, ...tenant].map((field) => [field, 1])),
    unique: index.unique,
    ...(Object.keys(partial).length === 0 ? {} : { partialFilterExpression: partial }),
  };
}

function fieldOf(table: StoredTable, column: string): string {
  return table.columns.find(({ name }) => name === column)?.field ?? column;
}

/** The columns of the unique index that a collection has under this name. */
export function uniqueColumns(table: StoredTable, physical: string): readonly string[] | undefined {
  if (physical === '_id_') return [keyOf(table)];
  return table.indexes.find((index) => index.unique && definitionOf(table, index).name === physical)
    ?.columns;
}
