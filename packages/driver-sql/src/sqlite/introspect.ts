import type { ColumnSchema, IndexSchema, TableSchema } from '@objectql/core/driver';
import type { SqliteConnection } from './connection.js';
import { sqliteDialect } from './dialect.js';

/** The tables that exist, with the indexes that this driver made. */
export function introspect(connection: SqliteConnection): TableSchema[] {
  const tables = connection.all(
    `SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`,
    [],
  );
  const columns = groupByTable(
    connection.all(
      `SELECT t.name, c.name, c.type, c."notnull" FROM sqlite_schema t, pragma_table_info(t.name) c
       WHERE t.type = 'table' ORDER BY t.name, c.cid`,
      [],
    ),
  );
  const indexes = groupByTable(readIndexes(connection));
  return tables.map(([name, sql]) => {
    const table = String(name);
    const sequence = /"(\w+)" INTEGER PRIMARY KEY AUTOINCREMENT/.exec(String(sql))?.[1];
    return {
      name: table,
      columns: (columns.get(table) ?? []).map(toColumn),
      indexes: (indexes.get(table) ?? []).map(toIndex),
      ...(sequence === undefined ? {} : { sequence }),
    };
  });
}

/** One row per index: table, index, unique, its SQL, its columns joined by commas. */
function readIndexes(connection: SqliteConnection): unknown[][] {
  return connection.all(
    `SELECT s.tbl_name, s.name, l."unique", s.sql,
       (SELECT group_concat(i.name) FROM pragma_index_info(s.name) i ORDER BY i.seqno)
     FROM sqlite_schema s, pragma_index_list(s.tbl_name) l
     WHERE s.type = 'index' AND l.name = s.name AND s.sql LIKE '%' || ? || '%'
     ORDER BY s.tbl_name, s.name`,
    [sqliteDialect.indexMark.trim()],
  );
}

function groupByTable(rows: unknown[][]): Map<string, unknown[][]> {
  const groups = new Map<string, unknown[][]>();
  for (const [table, ...rest] of rows) {
    const group = groups.get(String(table)) ?? [];
    group.push(rest);
    groups.set(String(table), group);
  }
  return groups;
}

function toColumn([name, type, required]: unknown[]): ColumnSchema {
  return {
    name: String(name),
    type: sqliteDialect.logicalType(String(type)),
    nullable: required !== 1,
  };
}

function toIndex([name, unique, sql, columns]: unknown[]): IndexSchema {
  return {
    name: String(name),
    columns: String(columns).split(','),
    unique: unique === 1,
    ...(String(sql).endsWith('WHERE "deleted_at" IS NULL') ? { liveOnly: true } : {}),
  };
}
