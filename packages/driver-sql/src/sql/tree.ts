import type { RowTree } from '@objectql/core/driver';
import { filterSql, type FilterScope } from './filter.js';

/**
 * The condition of a place in a hierarchy: a recursive query, which drops what it has seen, so that
 * circles end. Its one column is called like no column of a table, so that plain names in `where`
 * are those of the table.
 *
 * @throws `storage_failed` on an unknown column
 */
export function treeSql(tree: RowTree, scope: FilterScope, negated: boolean): string {
  const { planner, bind } = scope;
  const depth = scope.depth + 1;
  const table = planner.plan(tree.table);
  const id = table.column('id').quoted;
  const parent = table.column(tree.parent).quoted;
  // A colon cannot be part of a table's name, so an alias never hides one.
  const [way, node, row] = [`"t:${depth}"`, `"n:${depth}"`, `"x:${depth}"`];
  const gate = (): string => {
    if (tree.where === undefined) return '';
    const where = filterSql(tree.where, { ...scope, table, alias: row, depth });
    return where === 'TRUE' ? '' : ` AND ${where}`;
  };
  const rows = `FROM ${table.source} AS ${row}`;
  const step = `${rows} JOIN ${way} ON ${row}.${tree.direction === 'down' ? parent : id} = ${way}.${node}`;
  const text =
    tree.direction === 'down'
      ? // From the root itself on, which is left out in the end.
        `SELECT ${row}.${id} ${rows} WHERE ${row}.${id} = ${bind(tree.root)}${gate()} ` +
        `UNION SELECT ${row}.${id} ${step} WHERE TRUE${gate()}`
      : `SELECT ${row}.${parent} ${rows} WHERE ${row}.${id} = ${bind(tree.root)} ` +
        `AND ${row}.${parent} IS NOT NULL${gate()} ` +
        `UNION SELECT ${row}.${parent} ${step} WHERE ${row}.${parent} IS NOT NULL${gate()}`;
  const others = `SELECT ${node} FROM ${way} WHERE ${node} <> ${bind(tree.root)}`;
  const all = `WITH RECURSIVE ${way}(${node}) AS (${text}) ${others}`;
  return `${scope.alias}.${id} ${negated ? 'NOT ' : ''}IN (${all})`;
}
