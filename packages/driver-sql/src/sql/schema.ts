import type { ColumnSchema, IndexSchema, SchemaChange, TableSchema } from '@objectql/core/driver';
import type { Dialect } from './dialect.js';
import { storageFailed } from './errors.js';

/**
 * The statements of a schema change.
 *
 * Only keys are `NOT NULL` in the database: the driver refuses rows without a required value, and a
 * requirement that is lifted or added later then needs no rewrite of the table.
 */
export function schemaChangeSql(change: SchemaChange, dialect: Dialect): string[] {
  switch (change.kind) {
    case 'createTable':
      return [
        createTableSql(change.table, dialect),
        ...sequenceSql(change.table, dialect),
        ...change.table.indexes.flatMap((index) => createIndexSql(change.table, index, dialect)),
      ];
    case 'addColumn':
      return [
        `${alter(change.table.name, dialect)} ADD COLUMN ${columnSql(change.column, dialect)}`,
      ];
    case 'createIndex':
      return createIndexSql(change.table, change.index, dialect);
    case 'dropIndex':
      return change.fullText === true
        ? [...dialect.fullText.drop(change.index, change.table)]
        : [`DROP INDEX ${dialect.quote(change.index)}`];
    case 'renameTable':
      return [`${alter(change.from, dialect)} RENAME TO ${dialect.quote(change.to)}`];
    case 'renameColumn':
      return [
        `${alter(change.table, dialect)} RENAME COLUMN ${dialect.quote(change.from)} TO ${dialect.quote(change.to)}`,
      ];
    case 'dropColumn':
      return [`${alter(change.table, dialect)} DROP COLUMN ${dialect.quote(change.column)}`];
    case 'dropTable':
      return [`DROP TABLE ${dialect.quote(change.table)}`];
  }
}

/** The tables that changes alter, without those that they make. */
export function alteredTables(changes: readonly SchemaChange[]): string[] {
  const made = new Set<string>();
  const altered = new Set<string>();
  for (const change of changes) {
    if (change.kind === 'createTable') made.add(change.table.name);
    else if (!made.has(tableOf(change))) altered.add(tableOf(change));
    if (change.kind === 'renameTable') made.add(change.to);
  }
  return [...altered];
}

function tableOf(change: Exclude<SchemaChange, { kind: 'createTable' }>): string {
  switch (change.kind) {
    case 'addColumn':
    case 'createIndex':
      return change.table.name;
    case 'renameTable':
      return change.from;
    default:
      return change.table;
  }
}

function alter(table: string, dialect: Dialect): string {
  return `ALTER TABLE ${dialect.quote(table)}`;
}

function createTableSql(table: TableSchema, dialect: Dialect): string {
  const stored = table.columns.filter((column) => column.expression === undefined);
  const columns = stored.flatMap((column) => {
    if (column.name === table.sequence) return dialect.sequenceColumns(dialect.quote(column.name));
    const isKey = table.sequence === undefined && column.name === 'id';
    return [columnSql(column, dialect) + (isKey ? ' PRIMARY KEY NOT NULL' : '')];
  });
  return `CREATE TABLE ${dialect.quote(table.name)} (${columns.join(', ')})`;
}

function sequenceSql({ name, sequence }: TableSchema, dialect: Dialect): readonly string[] {
  if (sequence === undefined) return [];
  return dialect.afterSequenceTable(dialect.quote(name), dialect.quote(sequence));
}

function columnSql(column: ColumnSchema, dialect: Dialect): string {
  return `${dialect.quote(column.name)} ${dialect.columnType(column.type)}`;
}

function createIndexSql(table: TableSchema, index: IndexSchema, dialect: Dialect): string[] {
  if (index.fullText === true) {
    checkTexts(table, index, dialect);
    return [...dialect.fullText.create(table, index)];
  }
  const key = table.sequence ?? 'id';
  const columns = index.columns
    .map((name) => dialect.indexColumn({ quoted: dialect.quote(name), key: name === key }))
    .concat(index.perTenant === true ? [tenantKey(dialect)] : [])
    .join(', ');
  const where = index.liveOnly === true ? ` WHERE ${dialect.quote('deleted_at')} IS NULL` : '';
  return [
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${dialect.quote(index.name)} ` +
      `ON ${dialect.quote(table.name)} (${dialect.indexMark}${columns})${where}`,
    ...dialect.afterIndex(index.name),
  ];
}

/** To a unique index every empty value is one of its own, and records without organization are not. */
function tenantKey(dialect: Dialect): string {
  return `coalesce(${dialect.quote('organization_id')}, '')`;
}

function checkTexts({ name, columns }: TableSchema, index: IndexSchema, dialect: Dialect): void {
  const texts = new Set(columns.filter(({ type }) => type === 'text').map((column) => column.name));
  const other = index.columns.find((column) => !texts.has(column));
  if (other === undefined) return;
  throw storageFailed(dialect.name, `words of "${name}.${other}", which is no text`);
}
