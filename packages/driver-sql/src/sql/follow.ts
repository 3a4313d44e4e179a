import type { FollowedRows, FollowStatement } from '@objectql/core/driver';
import { storageFailed } from './errors.js';
import type { Planner } from './plan.js';
import { binding, pageSql, whereSql, type SqlStatement } from './statements.js';

/**
 * The next rows of a table that the database numbers. Their positions are selected last.
 *
 * @throws `storage_failed` for a table without a sequence, and a cursor that is none
 */
export function followSql(
  statement: FollowStatement,
  planner: Planner,
): SqlStatement & { readonly toRows: (stored: unknown[][]) => FollowedRows } {
  const { dialect } = planner;
  const { sequence } = statement.table;
  const table = planner.plan(statement.table);
  if (sequence === undefined) throw storageFailed(dialect.name, `"${table.name}" without numbers`);
  const { values, bind } = binding(planner);
  const after = readCursor(statement.after, planner);
  const { position, where } = dialect.follow(table.column(sequence).quoted, after, bind);
  const selection = table.select(statement.columns);
  const filter = whereSql(statement.where, { table, values, bind, planner });
  const conditions = [where, filter.replace(/^ WHERE /, '')].filter((text) => text);
  let text = `SELECT ${[selection.text, ...position].join(', ')} FROM ${table.source}`;
  if (conditions.length > 0) text += ` WHERE ${conditions.join(' AND ')}`;
  text += ` ORDER BY ${position.join(', ')}${pageSql({ limit: statement.limit }, planner, bind)}`;
  const width = statement.columns.length;
  const toRows = (stored: unknown[][]): FollowedRows => ({
    cursor: stored.at(-1)?.slice(width).map(String).join('.') ?? statement.after,
    rows: selection.toRows(stored),
  });
  return { text, values, toRows };
}

function readCursor(cursor: string | undefined, { dialect }: Planner): string[] | undefined {
  if (cursor === undefined || /^\d{1,20}(\.\d{1,19})?$/.test(cursor)) return cursor?.split('.');
  throw storageFailed(dialect.name, `the cursor "${cursor.slice(0, 50)}"`);
}
