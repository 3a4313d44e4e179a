import type { ColumnSchema, SchemaChange, TableSchema } from './contract.js';

/** The way from one schema to another. */
export interface SchemaDiff {
  /** Steps that only add. Applying them loses nothing. */
  readonly changes: readonly SchemaChange[];
  /** Differences that cannot be bridged by adding, in words. Nothing is done about them here. */
  readonly destructive: readonly string[];
  /** Columns that exist and are not wanted any more; they are left alone, with their data. */
  readonly unused: readonly string[];
}

/**
 * Compares the tables that exist with those that should. Pure; works for every driver.
 *
 * @example const { changes } = diffSchema(await driver.introspect(), tables);
 */
export function diffSchema(
  current: readonly TableSchema[],
  target: readonly TableSchema[],
): SchemaDiff {
  const existing = new Map(current.map((table) => [table.name, table]));
  const changes: SchemaChange[] = [];
  const destructive: string[] = [];
  const unused: string[] = [];
  for (const table of target) {
    const known = existing.get(table.name);
    if (known === undefined) changes.push({ kind: 'createTable', table });
    else {
      changes.push(...missingColumns(known, table), ...missingIndexes(known, table));
      destructive.push(...changedTypes(known, table));
      unused.push(...extraColumns(known, table));
    }
  }
  return { changes, destructive, unused };
}

function missingColumns(known: TableSchema, table: TableSchema): SchemaChange[] {
  const names = new Set(known.columns.map((column) => column.name));
  return table.columns
    .filter((column) => !names.has(column.name))
    .map((column) => ({ kind: 'addColumn', table, column }));
}

/** An index is what it is by name and by content; one that changed is made again. */
function missingIndexes(known: TableSchema, table: TableSchema): SchemaChange[] {
  const existing = new Map(known.indexes.map((index) => [index.name, describeIndex(index)]));
  return table.indexes.flatMap((index): SchemaChange[] => {
    const before = existing.get(index.name);
    if (before === describeIndex(index)) return [];
    const create: SchemaChange = { kind: 'createIndex', table, index };
    return before === undefined
      ? [create]
      : [{ kind: 'dropIndex', table: table.name, index: index.name }, create];
  });
}

function describeIndex(index: TableSchema['indexes'][number]): string {
  return JSON.stringify([index.columns, index.unique, index.liveOnly === true]);
}

function changedTypes(known: TableSchema, table: TableSchema): string[] {
  const types = new Map(known.columns.map((column) => [column.name, column.type]));
  return table.columns.flatMap((column: ColumnSchema) => {
    const type = types.get(column.name);
    return type === undefined || type === column.type
      ? []
      : [`"${table.name}.${column.name}" is stored as ${type} and would become ${column.type}`];
  });
}

function extraColumns(known: TableSchema, table: TableSchema): string[] {
  const wanted = new Set(table.columns.map((column) => column.name));
  return known.columns
    .filter((column) => !wanted.has(column.name))
    .map((column) => `${table.name}.${column.name}`);
}
