import type { RowExists } from '@objectql/core/driver';
import { storageFailed } from './errors.js';
import { filterSql, type FilterScope } from './filter.js';
import { qualified, type ColumnPlan } from './plan.js';

/** Subqueries inside each other; the core allows fewer. */
const MAX_DEPTH = 16;

/**
 * The condition of an `exists`. Inside, plain names are columns of the inner table, which has them
 * all; only the outer columns are qualified, so a table may be related to itself.
 *
 * @throws `storage_failed` on an unknown column, no pair of columns, or too deep a filter
 */
export function existsSql(filter: RowExists, scope: FilterScope, negated: boolean): string {
  const { planner } = scope;
  const depth = scope.depth + 1;
  const pairs = filter.on;
  if (pairs.length === 0 || depth > MAX_DEPTH) {
    const reason = depth > MAX_DEPTH ? `${depth} levels deep` : 'without columns';
    throw storageFailed(planner.dialect.name, `"exists" on "${filter.table.name}" ${reason}`);
  }
  const table = planner.plan(filter.table);
  // A colon cannot be part of a table's name, so an alias never hides one.
  const alias = `"x:${depth}"`;
  const terms = pairs.map(({ outer, inner }) => {
    const own = table.column(inner);
    const other = scope.table.column(outer);
    if (own.type !== other.type || own.type === 'json') throw mismatch(scope, other, own);
    return `${qualified(own, alias)} = ${qualified(other, scope.alias)}`;
  });
  if (filter.where !== undefined) {
    const where = filterSql(filter.where, { ...scope, table, alias, depth });
    if (where !== 'TRUE') terms.push(where);
  }
  const from = `SELECT 1 FROM ${table.quoted} AS ${alias} WHERE ${terms.join(' AND ')}`;
  return `${negated ? 'NOT ' : ''}EXISTS (${from})`;
}

function mismatch({ planner }: FilterScope, outer: ColumnPlan, inner: ColumnPlan): Error {
  const pair = `"${outer.table}.${outer.name}" (${outer.type}) with "${inner.table}.${inner.name}" (${inner.type})`;
  return storageFailed(planner.dialect.name, `"exists" that compares ${pair}`);
}
