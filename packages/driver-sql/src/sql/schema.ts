import type { ColumnSchema, IndexSchema, SchemaChange, TableSchema } from '@objectql/core/driver';
import type { Dialect } from './dialect.js';

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
        ...change.table.indexes.map((index) => createIndexSql(change.table.name, index, dialect)),
      ];
    case 'addColumn':
      return [
        `${alter(change.table.name, dialect)} ADD COLUMN ${columnSql(change.column, dialect)}`,
      ];
    case 'createIndex':
      return [createIndexSql(change.table.name, change.index, dialect)];
    case 'dropIndex':
      return [`DROP INDEX ${dialect.quote(change.index)}`];
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

function alter(table: string, dialect: Dialect): string {
  return `ALTER TABLE ${dialect.quote(table)}`;
}

function createTableSql(table: TableSchema, dialect: Dialect): string {
  const columns = table.columns.map((column) => {
    if (column.name === table.sequence) return dialect.sequenceColumn(dialect.quote(column.name));
    const isKey = table.sequence === undefined && column.name === 'id';
    return columnSql(column, dialect) + (isKey ? ' PRIMARY KEY NOT NULL' : '');
  });
  return `CREATE TABLE ${dialect.quote(table.name)} (${columns.join(', ')})`;
}

function columnSql(column: ColumnSchema, dialect: Dialect): string {
  return `${dialect.quote(column.name)} ${dialect.columnType(column.type)}`;
}

function createIndexSql(table: string, index: IndexSchema, dialect: Dialect): string {
  const columns = index.columns.map((column) => dialect.quote(column)).join(', ');
  const where = index.liveOnly === true ? ` WHERE ${dialect.quote('deleted_at')} IS NULL` : '';
  return (
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${dialect.quote(index.name)} ` +
    `ON ${dialect.quote(table)} (${dialect.indexMark}${columns})${where}`
  );
}
