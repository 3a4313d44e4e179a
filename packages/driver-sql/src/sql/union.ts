import type { RowFilter, RowJunction } from '@objectql/core/driver';
import { relatedKeysSql } from './exists.js';
import { filterSql, type FilterScope } from './filter.js';
import { qualified } from './plan.js';

/**
 * The condition of an `or` that few rows fulfil: their keys are found by the index of each
 * alternative and put together, instead of trying all alternatives on row after row.
 */
export function unionSql({ args }: RowJunction, scope: FilterScope): string {
  const key = qualified(scope.table.column('id'), scope.alias);
  const start = scope.values.length;
  const arms: string[] = [];
  for (const arg of args) {
    const arm = armSql(arg, scope);
    if (arm === 'TRUE') {
      scope.values.length = start;
      return 'TRUE';
    }
    if (arm !== 'FALSE') arms.push(arm);
  }
  if (arms.length === 0) return 'FALSE';
  return scope.planner.dialect.keyAmong(key, arms.join(' UNION ALL '));
}

/** A select of keys; `TRUE` or `FALSE` where it would be of all rows or none. */
function armSql(filter: RowFilter, scope: FilterScope): string {
  const depth = scope.depth + 1;
  // As in `existsSql`: a colon cannot be part of a table's name.
  const alias = `"x:${depth}"`;
  if (filter.op === 'exists' && filter.hint === 'narrow') {
    const [pair, ...others] = filter.on;
    if (pair?.outer === 'id' && others.length === 0) return relatedKeysSql(filter, pair, scope);
  }
  const inside: FilterScope = { ...scope, alias, depth, broad: false, reached: false };
  const where = filterSql(filter, inside);
  if (where === 'TRUE' || where === 'FALSE') return where;
  const from = `${scope.table.source} AS ${alias}`;
  return `SELECT ${alias}.${scope.table.column('id').quoted} FROM ${from} WHERE ${where}`;
}
