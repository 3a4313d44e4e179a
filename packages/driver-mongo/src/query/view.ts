import type { ColumnSchema, TableSchema } from '@objectql/core/driver';
import { storageFailed } from '../errors.js';
import { keyOf, type Catalog, type StoredTable } from '../schema/catalog.js';
import type { ValueColumn } from '../values/column.js';

/** A column with the field that holds it. */
export interface ColumnView extends ValueColumn {
  /** Path in the documents that a condition is tried on. */
  readonly path: string;
  /** Must have a value in every row (the driver numbers sequences itself). */
  readonly required: boolean;
  /** The key, which never changes. */
  readonly key: boolean;
}

/** Columns that conditions can be about. */
export interface Columns {
  readonly name: string;
  /** @throws `storage_failed` when there is no such column */
  column(name: string): ColumnView;
}

/** A table as statements see it: the columns of the core, the fields of the database. */
export interface TableView extends Columns {
  readonly stored: StoredTable;
  /** Columns that rows are written with. */
  readonly columns: readonly ColumnView[];
}

/** Finds the views of tables. */
export type Views = (table: TableSchema) => TableView;

/** Makes views over a catalog; a table is looked at once per object. */
export function createViews(catalog: Catalog): Views {
  const stored = new Map(catalog.tables.map((table) => [table.name, table]));
  const views = new WeakMap<TableSchema, TableView>();
  return (table) => {
    let view = views.get(table);
    if (view === undefined) {
      const found = stored.get(table.name);
      if (found === undefined) throw storageFailed(`the table "${table.name}", which is not there`);
      view = viewOf(table, found);
      views.set(table, view);
    }
    return view;
  };
}

function viewOf(table: TableSchema, stored: StoredTable): TableView {
  const fields = new Map(stored.columns.map(({ name, field }) => [name, field]));
  const columns = table.columns.flatMap((column) => {
    const path = fields.get(column.name);
    if (column.expression !== undefined || path === undefined) return [];
    return [columnView(table, column, path)];
  });
  const byName = new Map(columns.map((column) => [column.name, column]));
  return {
    name: table.name,
    stored,
    columns,
    column(name) {
      const column = byName.get(name);
      if (column !== undefined) return column;
      throw storageFailed(`column "${name}", which "${table.name}" does not have`);
    },
  };
}

function columnView(table: TableSchema, column: ColumnSchema, path: string): ColumnView {
  const key = column.name === keyOf(table);
  return {
    table: table.name,
    name: column.name,
    type: column.type,
    path,
    required: !column.nullable && column.name !== table.sequence,
    key,
  };
}
