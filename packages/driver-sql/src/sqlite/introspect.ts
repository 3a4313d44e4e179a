import type { ColumnSchema, IndexSchema, TableSchema } from '@objectql/core/driver';
import type { SqliteConnection } from './connection.js';
import { sqliteDialect } from './dialect.js';
import { readTrigger } from './full-text.js';

/** Names with a colon belong to full-text indexes. */
const TABLES = `type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' AND instr(name, ':') = 0`;

/**
 * The tables of a database, and those of their indexes that this driver made. A fixed number of
 * queries, however many tables there are: an application may have a thousand.
 */
export function introspectSqlite(connection: SqliteConnection): TableSchema[] {
  const tables = connection.all(
    `SELECT name, sql FROM sqlite_master WHERE ${TABLES} ORDER BY name`,
    [],
  );
  const columns = readColumns(connection);
  const indexes = readIndexes(connection);
  return tables.map(([name, sql]) => {
    const table = String(name);
    const { list = [], key } = columns.get(table) ?? {};
    const schema = { name: table, columns: list, indexes: indexes.get(table) ?? [] };
    return key !== undefined && /\bAUTOINCREMENT\b/i.test(String(sql))
      ? { ...schema, sequence: key }
      : schema;
  });
}

interface Columns {
  readonly list: ColumnSchema[];
  key?: string;
}

function readColumns(connection: SqliteConnection): Map<string, Columns> {
  const stored = connection.all(
    `SELECT tables.name, info.name, info.type, info.pk
     FROM (SELECT name FROM sqlite_master WHERE ${TABLES}) AS tables, pragma_table_info(tables.name) AS info
     ORDER BY tables.name, info.cid`,
    [],
  );
  const byTable = new Map<string, Columns>();
  for (const [table, name, type, position] of stored) {
    const columns = entry(byTable, String(table), () => ({ list: [] }));
    if (position === 1) columns.key = String(name);
    columns.list.push({
      name: String(name),
      type: sqliteDialect.logicalType(String(type)),
      nullable: position === 0,
    });
  }
  return byTable;
}

function readIndexes(connection: SqliteConnection): Map<string, IndexSchema[]> {
  const columns = readIndexColumns(connection);
  const stored = connection.all(
    `SELECT tables.name, list.name, list."unique", list.partial
     FROM (SELECT name FROM sqlite_master WHERE ${TABLES}) AS tables, pragma_index_list(tables.name) AS list
     ORDER BY tables.name, list.name`,
    [],
  );
  const byTable = new Map<string, IndexSchema[]>();
  for (const [table, name, unique, partial] of stored) {
    const made = columns.get(String(name));
    if (made === undefined) continue;
    const index = {
      name: String(name),
      columns: made.filter((column) => column !== null),
      unique: unique === 1,
      ...(made.includes(null) ? { perTenant: true } : {}),
    };
    const list = entry(byTable, String(table), () => []);
    list.push(partial === 1 ? { ...index, liveOnly: true } : index);
  }
  addFullText(connection, byTable);
  return byTable;
}

function addFullText(connection: SqliteConnection, byTable: Map<string, IndexSchema[]>): void {
  const stored = connection.all(
    `SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%:insert' ORDER BY name`,
    [],
  );
  for (const [table, name, sql] of stored) {
    const { index, columns } = readTrigger(String(name), String(sql));
    const schema = { name: index, columns, unique: false, fullText: true };
    entry(byTable, String(table), () => []).push(schema);
  }
}

/**
 * Indexes that an administrator made do not bear our mark, and stay out of reach. The organization of
 * a unique index is an expression, which has no name.
 */
function readIndexColumns(connection: SqliteConnection): Map<string, (string | null)[]> {
  const stored = connection.all(
    `SELECT made.name, info.name
     FROM (SELECT name FROM sqlite_master WHERE type = 'index' AND instr(sql, ?) > 0) AS made,
       pragma_index_info(made.name) AS info
     ORDER BY made.name, info.seqno`,
    [sqliteDialect.indexMark.trim()],
  );
  const byIndex = new Map<string, (string | null)[]>();
  for (const [index, column] of stored) {
    entry(byIndex, String(index), () => []).push(typeof column === 'string' ? column : null);
  }
  return byIndex;
}

function entry<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
