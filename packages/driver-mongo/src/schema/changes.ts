import type { IndexSchema, SchemaChange, TableSchema } from '@objectql/core/driver';
import { storageFailed } from '../errors.js';
import { plainIdentifier } from '../identifier.js';
import {
  definitionOf,
  KEY_FIELD,
  keyOf,
  type Catalog,
  type Garbage,
  type IndexDefinition,
  type StoredColumn,
  type StoredTable,
} from './catalog.js';

/** What a schema change comes to. */
export interface SchemaPlan {
  readonly catalog: Catalog;
  /** Collections to make, before the catalog changes. */
  readonly collections: readonly string[];
  /** Indexes to make, before the catalog changes. */
  readonly indexes: readonly { readonly collection: string; readonly index: IndexDefinition }[];
}

/**
 * Applies changes to a catalog. Nothing happens in the database yet.
 *
 * @param taken names of collections that exist
 * @throws `storage_failed` for what is not there, or is there already, and for names that are no
 * plain identifiers
 */
export function planChanges(
  before: Catalog,
  changes: readonly SchemaChange[],
  taken: ReadonlySet<string>,
): SchemaPlan {
  const tables = new Map(before.tables.map((table) => [table.name, table]));
  const names = new Set(taken);
  const collections: string[] = [];
  const dropped: Garbage[] = [];
  const editor: Editor = { tables, names, collections, dropped };
  for (const change of changes) apply(change, editor);
  const after = [...tables.values()];
  const indexes = newIndexes(before, after);
  const garbage = [...before.garbage, ...dropped, ...lostIndexes(before, after)];
  return {
    catalog: { version: before.version + 1, tables: after, garbage },
    collections,
    indexes,
  };
}

interface Editor {
  readonly tables: Map<string, StoredTable>;
  readonly names: Set<string>;
  readonly collections: string[];
  readonly dropped: Garbage[];
}

function apply(change: SchemaChange, editor: Editor): void {
  switch (change.kind) {
    case 'createTable':
      return createTable(change.table, editor);
    case 'addColumn':
      return edit(change.table.name, editor, (table) => addColumn(table, change.column));
    case 'createIndex':
      return edit(change.table.name, editor, (table) => addIndex(table, change.index));
    case 'dropIndex':
      return edit(change.table, editor, (table) => dropIndex(table, change.index));
    case 'renameTable':
      return renameTable(change, editor);
    case 'renameColumn':
      return edit(change.table, editor, (table) => renameColumn(table, change));
    case 'dropColumn':
      return edit(change.table, editor, (table) => dropColumn(table, change.column, editor));
    case 'dropTable': {
      const { collection } = tableIn(editor, change.table);
      editor.dropped.push({ kind: 'collection', collection });
      editor.tables.delete(change.table);
    }
  }
}

function tableIn({ tables }: Editor, name: string): StoredTable {
  const table = tables.get(name);
  if (table === undefined) throw storageFailed(`a change of "${name}", which does not exist`);
  return table;
}

function edit(name: string, editor: Editor, change: (table: StoredTable) => StoredTable): void {
  editor.tables.set(name, change(tableIn(editor, name)));
}

function createTable(table: TableSchema, editor: Editor): void {
  const name = plainIdentifier(table.name);
  if (editor.tables.has(name)) throw storageFailed(`a second table "${name}"`);
  const collection = freeName(name, (candidate) => editor.names.has(candidate));
  editor.names.add(collection);
  editor.collections.push(collection);
  let stored: StoredTable = {
    name,
    collection,
    columns: [],
    indexes: [],
    used: [],
    ...(table.sequence === undefined ? {} : { sequence: table.sequence }),
  };
  for (const column of table.columns) {
    if (column.expression === undefined) stored = addColumn(stored, column);
  }
  for (const index of table.indexes) stored = addIndex(stored, index);
  editor.tables.set(name, stored);
}

function addColumn(
  table: StoredTable,
  { name, type, nullable }: Pick<StoredColumn, 'name' | 'type' | 'nullable'>,
): StoredTable {
  plainIdentifier(name);
  if (table.columns.some((column) => column.name === name)) {
    throw storageFailed(`a second column "${table.name}.${name}"`);
  }
  const isTaken = (candidate: string) => candidate === KEY_FIELD || table.used.includes(candidate);
  const field = name === keyOf(table) ? KEY_FIELD : freeName(name, isTaken);
  return {
    ...table,
    columns: [...table.columns, { name, type, nullable, field }],
    used: [...table.used, field],
  };
}

function freeName(name: string, isTaken: (candidate: string) => boolean): string {
  if (!isTaken(name)) return name;
  let count = 2;
  while (isTaken(`${name}__${count}`)) count += 1;
  return `${name}__${count}`;
}

function addIndex(table: StoredTable, index: IndexSchema): StoredTable {
  const { name, columns, unique, liveOnly, perTenant, fullText } = index;
  plainIdentifier(name);
  const needed = [
    ...columns,
    ...(liveOnly === true ? ['deleted_at'] : []),
    ...(perTenant === true ? ['organization_id'] : []),
  ];
  for (const column of needed) columnIn(table, column);
  if (columns.length === 0 || table.indexes.some((other) => other.name === name)) {
    throw storageFailed(`the index "${name}" of "${table.name}"`);
  }
  const stored = {
    name,
    columns: [...columns],
    unique,
    ...(liveOnly === true ? { liveOnly } : {}),
    ...(perTenant === true ? { perTenant } : {}),
    ...(fullText === true ? { fullText } : {}),
  };
  return { ...table, indexes: [...table.indexes, stored] };
}

function columnIn(table: StoredTable, name: string): StoredColumn {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column !== undefined) return column;
  throw storageFailed(`a change of "${table.name}.${name}", which does not exist`);
}

function dropIndex(table: StoredTable, name: string): StoredTable {
  const indexes = table.indexes.filter((index) => index.name !== name);
  if (indexes.length < table.indexes.length) return { ...table, indexes };
  throw storageFailed(`a change of the index "${name}", which does not exist`);
}

function renameTable({ from, to }: { from: string; to: string }, editor: Editor): void {
  const table = tableIn(editor, from);
  if (editor.tables.has(plainIdentifier(to))) throw storageFailed(`a second table "${to}"`);
  editor.tables.delete(from);
  editor.tables.set(to, { ...table, name: to });
}

function renameColumn(
  table: StoredTable,
  { from, to }: { readonly from: string; readonly to: string },
): StoredTable {
  columnIn(table, from);
  plainIdentifier(to);
  if (table.columns.some(({ name }) => name === to)) {
    throw storageFailed(`a second column "${table.name}.${to}"`);
  }
  if (from === keyOf(table)) throw storageFailed(`a new name for the key of "${table.name}"`);
  const renamed = (name: string) => (name === from ? to : name);
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: renamed(column.name) })),
    indexes: table.indexes.map((index) => ({ ...index, columns: index.columns.map(renamed) })),
  };
}

function dropColumn(table: StoredTable, name: string, { dropped }: Editor): StoredTable {
  const { field } = columnIn(table, name);
  const index = table.indexes.find(({ columns }) => columns.includes(name));
  if (index !== undefined || name === keyOf(table)) {
    throw storageFailed(`the removal of "${table.name}.${name}", which an index needs`);
  }
  dropped.push({ kind: 'field', collection: table.collection, field });
  return { ...table, columns: table.columns.filter((column) => column.name !== name) };
}

/** By collection, what each of its indexes is. */
function definitions(tables: readonly StoredTable[]): Map<string, Map<string, IndexDefinition>> {
  return new Map(
    tables.map((table) => {
      // Full-text indexes are known and not made: the capability is not declared.
      const made = table.indexes.filter(({ fullText }) => fullText !== true);
      const all = made.map((index) => definitionOf(table, index));
      return [table.collection, new Map(all.map((index) => [index.name, index]))];
    }),
  );
}

function newIndexes(before: Catalog, after: readonly StoredTable[]): SchemaPlan['indexes'] {
  const old = definitions(before.tables);
  return [...definitions(after)].flatMap(([collection, indexes]) =>
    [...indexes.values()]
      .filter(({ name }) => old.get(collection)?.has(name) !== true)
      .map((index) => ({ collection, index })),
  );
}

function lostIndexes(before: Catalog, after: readonly StoredTable[]): Garbage[] {
  const wanted = definitions(after);
  return [...definitions(before.tables)].flatMap(([collection, indexes]) => {
    const kept = wanted.get(collection);
    if (kept === undefined) return [];
    return [...indexes.keys()]
      .filter((index) => !kept.has(index))
      .map((index): Garbage => ({ kind: 'index', collection, index }));
  });
}
