import type { ColumnSchema, IndexSchema, TableSchema } from '@objectql/core/driver';
import type { Executor } from '../sql/executor.js';
import { readExpression } from './full-text.js';
import { INDEX_COMMENT, postgresDialect, TRANSACTION_COLUMN } from './dialect.js';

/** The schema that is asked for, else the one in use; nothing where there is none. */
const SCHEMA = `(SELECT oid FROM pg_namespace WHERE nspname = COALESCE($2::text, current_schema()))`;

const COLUMNS = `
SELECT class.relname, attribute.attname, format_type(attribute.atttypid, NULL),
  attribute.attnotnull, attribute.attidentity <> ''
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
WHERE class.relnamespace = ${SCHEMA} AND class.relkind IN ('r', 'p')
  AND attribute.attnum > 0 AND NOT attribute.attisdropped AND attribute.attname <> $1
  AND position(':' IN attribute.attname) = 0
ORDER BY class.relname COLLATE "C", attribute.attnum`;

// The comment keeps the indexes that an administrator made out of reach of schema changes.
const INDEXES = `
SELECT class.relname, named.relname, index.indisunique, index.indpred IS NOT NULL,
  (SELECT json_agg(attribute.attname ORDER BY keys.position)
   FROM unnest(index.indkey) WITH ORDINALITY AS keys(number, position)
   JOIN pg_attribute AS attribute
     ON attribute.attrelid = class.oid AND attribute.attnum = keys.number),
  index.indexprs IS NOT NULL,
  (SELECT json_agg(pg_get_expr(value.adbin, value.adrelid) ORDER BY keys.position)
   FROM unnest(index.indkey) WITH ORDINALITY AS keys(number, position)
   JOIN pg_attribute AS attribute
     ON attribute.attrelid = class.oid AND attribute.attnum = keys.number AND attribute.attgenerated <> ''
   JOIN pg_attrdef AS value ON value.adrelid = class.oid AND value.adnum = keys.number)
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indrelid
JOIN pg_class AS named ON named.oid = index.indexrelid
WHERE class.relnamespace = ${SCHEMA}
  AND obj_description(named.oid, 'pg_class') = $1
ORDER BY named.relname COLLATE "C"`;

/**
 * The tables of a schema, and those of their indexes that this driver made.
 *
 * @param schema absent: the one in use
 */
export async function introspectPostgres(
  executor: Executor,
  schema?: string,
): Promise<TableSchema[]> {
  const [columns, indexes] = await Promise.all([
    executor.all(COLUMNS, [TRANSACTION_COLUMN, schema ?? null]),
    executor.all(INDEXES, [INDEX_COMMENT, schema ?? null]),
  ]);
  const indexesOf = new Map<string, IndexSchema[]>();
  for (const row of indexes) {
    const index = readIndex(row);
    if (index !== undefined) add(indexesOf, String(row[0]), index);
  }
  const rowsOf = new Map<string, unknown[][]>();
  for (const row of columns) add(rowsOf, String(row[0]), row);
  return [...rowsOf].map(([name, rows]) => readTable(name, rows, indexesOf.get(name) ?? []));
}

function readTable(name: string, rows: unknown[][], indexes: IndexSchema[]): TableSchema {
  const columns = rows.map(([, column, type, notNull]): ColumnSchema => ({
    name: String(column),
    type: postgresDialect.logicalType(String(type)),
    nullable: notNull !== true,
  }));
  const sequence = rows.find(([, , , , identity]) => identity === true)?.[1];
  return typeof sequence === 'string'
    ? { name, columns, indexes, sequence }
    : { name, columns, indexes };
}

/** A search index of an earlier version, over expressions, counts as none, so that it is made anew. */
function readIndex(row: unknown[]): IndexSchema | undefined {
  const [, name, unique, partial, columns, expressions, words] = row;
  if (typeof words === 'string') {
    const texts = JSON.parse(words) as string[];
    const read = texts.flatMap((text) => readExpression(text) ?? []);
    return { name: String(name), columns: read, unique: false, fullText: true };
  }
  if (expressions === true && unique !== true) return undefined;
  const index = {
    name: String(name),
    columns: JSON.parse(String(columns)) as string[],
    unique: unique === true,
    ...(expressions === true ? { perTenant: true } : {}),
  };
  return partial === true ? { ...index, liveOnly: true } : index;
}

function add<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
