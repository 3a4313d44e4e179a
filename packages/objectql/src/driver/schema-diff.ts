import type { ColumnSchema, IndexSchema, SchemaChange, TableSchema } from './contract.js';

/** What separates a database from the tables as they should be. */
export interface SchemaDiff {
  /** Steps that lose nothing, in the order in which they must be applied. */
  readonly changes: SchemaChange[];
  /** Changes that could lose data, in words; they are no part of `changes`. */
  readonly destructive: string[];
  /** Tables and columns (`table`, `table.column`) that nothing uses any more; they stay. */
  readonly unused: string[];
}

/**
 * Compares the tables that exist with the tables as they should be. Whether a column is nullable is
 * not compared: drivers refuse rows without a required value themselves.
 *
 * @example
 * const { changes, destructive } = diffSchema(await driver.introspect(), tables);
 * if (destructive.length === 0) await driver.applySchema(changes);
 */
export function diffSchema(
  current: readonly TableSchema[],
  target: readonly TableSchema[],
): SchemaDiff {
  const diff: SchemaDiff = { changes: [], destructive: [], unused: [] };
  const existing = new Map(current.map((table) => [table.name, table]));
  const wanted = new Set(target.map((table) => table.name));
  for (const table of target) {
    const before = existing.get(table.name);
    if (before === undefined) diff.changes.push({ kind: 'createTable', table });
    else diffTable(before, table, diff);
  }
  for (const table of current) if (!wanted.has(table.name)) diff.unused.push(table.name);
  return diff;
}

function diffTable(before: TableSchema, table: TableSchema, diff: SchemaDiff): void {
  if (before.sequence !== table.sequence) {
    diff.destructive.push(
      `"${table.name}" would be numbered by ${table.sequence ?? 'nothing'}, not ${before.sequence ?? 'nothing'}`,
    );
  }
  diffColumns(before, table, diff);
  diffIndexes(before, table, diff);
}

function diffColumns(before: TableSchema, table: TableSchema, diff: SchemaDiff): void {
  const existing = new Map(before.columns.map((column) => [column.name, column]));
  for (const column of table.columns) {
    if (column.expression !== undefined) continue;
    const old = existing.get(column.name);
    if (old === undefined) diff.changes.push({ kind: 'addColumn', table, column });
    else if (old.type !== column.type) diff.destructive.push(typeChange(table, old, column));
    existing.delete(column.name);
  }
  for (const name of existing.keys()) diff.unused.push(`${table.name}.${name}`);
}

function diffIndexes(before: TableSchema, table: TableSchema, diff: SchemaDiff): void {
  const existing = new Map(before.indexes.map((index) => [index.name, index]));
  const missing: SchemaChange[] = [];
  for (const index of table.indexes) {
    const old = existing.get(index.name);
    if (old !== undefined && sameIndex(old, index)) existing.delete(index.name);
    else missing.push({ kind: 'createIndex', table, index });
  }
  // What is left has another definition or no use; a changed index keeps its name, so it goes first.
  for (const { name: index, fullText } of existing.values()) {
    diff.changes.push({ kind: 'dropIndex', table: table.name, index, fullText });
  }
  diff.changes.push(...missing);
}

function sameIndex(one: IndexSchema, other: IndexSchema): boolean {
  return (
    one.unique === other.unique &&
    (one.liveOnly ?? false) === (other.liveOnly ?? false) &&
    (one.perTenant ?? false) === (other.perTenant ?? false) &&
    (one.fullText ?? false) === (other.fullText ?? false) &&
    one.columns.length === other.columns.length &&
    one.columns.every((column, position) => column === other.columns[position])
  );
}

function typeChange(table: TableSchema, old: ColumnSchema, column: ColumnSchema): string {
  return `"${table.name}.${column.name}" would change from ${old.type} to ${column.type}`;
}
