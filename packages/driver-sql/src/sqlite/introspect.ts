import type { ColumnSchema, IndexSchema, TableSchema } from '@objectql/core/driver';
import type { SqliteConnection } from './connection.js';
import { sqliteDialect } from './dialect.js';

/** The tables of a database, and those of their indexes that this driver made. */
export function introspectSqlite(connection: SqliteConnection): TableSchema[] {
  const tables = connection.all(
    `SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name`,
    [],
  );
  return tables.map(([name, sql]) => readTable(connection, String(name), String(sql)));
}

function readTable(connection: SqliteConnection, name: string, sql: string): TableSchema {
  const stored = connection.all('SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid', [
    name,
  ]);
  const key = stored.find(([, , position]) => position === 1)?.[0];
  const columns = stored.map(([column, type, position]): ColumnSchema => ({
    name: String(column),
    type: sqliteDialect.logicalType(String(type)),
    nullable: position === 0,
  }));
  const indexes = readIndexes(connection, name);
  return typeof key === 'string' && /\bAUTOINCREMENT\b/i.test(sql)
    ? { name, columns, indexes, sequence: key }
    : { name, columns, indexes };
}

function readIndexes(connection: SqliteConnection, table: string): IndexSchema[] {
  // `instr` keeps the indexes that an administrator made out of reach of schema changes.
  const stored = connection.all(
    `SELECT list.name, list."unique", list.partial FROM pragma_index_list(?) AS list
     JOIN sqlite_master AS master ON master.type = 'index' AND master.name = list.name
     WHERE instr(master.sql, ?) > 0 ORDER BY list.name`,
    [table, sqliteDialect.indexMark.trim()],
  );
  return stored.map(([name, unique, partial]): IndexSchema => {
    const columns = connection
      .all('SELECT name FROM pragma_index_info(?) ORDER BY seqno', [name])
      .map(([column]) => String(column));
    const index = { name: String(name), columns, unique: unique === 1 };
    return partial === 1 ? { ...index, liveOnly: true } : index;
  });
}
