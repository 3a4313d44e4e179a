import type { RowExists } from '@objectql/core/driver';
import { storageFailed } from './errors.js';
import { filterSql, type FilterScope } from './filter.js';
import { qualified, type ColumnPlan, type TablePlan } from './plan.js';

/** Subqueries inside each other; the core allows fewer. */
const MAX_DEPTH = 16;

/**
 * The condition of an `exists`. Inside, plain names are columns of the inner table, which has them
 * all; only the outer columns are qualified, so a table may be related to itself.
 *
 * @throws `storage_failed` on an unknown column, no pair of columns, or too deep a filter
 */
export function existsSql(filter: RowExists, scope: FilterScope, negated: boolean): string {
  const [pair, ...others] = filter.on;
  const key =
    negated || others.length > 0 || pair === undefined ? undefined : keyOf(pair, filter, scope);
  if (key !== undefined && pair !== undefined)
    return `${key} IN (${relatedKeysSql(filter, pair, scope)})`;
  const { table, alias } = innerOf(filter, scope);
  const terms = filter.on.map((on) => {
    const [own, other] = pairOf(on, table, scope);
    return `${qualified(own, alias)} = ${qualified(other, scope.alias)}`;
  });
  terms.push(...whereTerms(filter, scope, true));
  const from = `SELECT 1 FROM ${table.source} AS ${alias} WHERE ${terms.join(' AND ')}`;
  return `${negated ? 'NOT ' : ''}EXISTS (${from})`;
}

/** What is sought among the keys of the related rows; nothing where they are better looked up. */
function keyOf(
  { outer }: RowExists['on'][number],
  { hint }: RowExists,
  { table, alias, planner }: FilterScope,
): string | undefined {
  if (hint === undefined) return undefined;
  const key = qualified(table.column(outer), alias);
  if (hint === 'narrow') return key;
  // Rows are held against the list as they come, so that no index should begin there. A database that
  // weighs indexes by itself also weighs looking up against listing.
  return planner.dialect.unindexed?.(key);
}

/** A select of what the rows of the inner table have in the column of the pair. */
export function relatedKeysSql(
  filter: RowExists,
  on: RowExists['on'][number],
  scope: FilterScope,
): string {
  const { table, alias } = innerOf(filter, scope);
  const [own] = pairOf(on, table, scope);
  const where = whereTerms(filter, scope, false).map((term) => ` WHERE ${term}`);
  return `SELECT ${qualified(own, alias)} FROM ${table.source} AS ${alias}${where.join('')}`;
}

function innerOf(filter: RowExists, { planner, ...scope }: FilterScope) {
  const depth = scope.depth + 1;
  if (filter.on.length === 0 || depth > MAX_DEPTH) {
    const reason = depth > MAX_DEPTH ? `${depth} levels deep` : 'without columns';
    throw storageFailed(planner.dialect.name, `"exists" on "${filter.table.name}" ${reason}`);
  }
  // A colon cannot be part of a table's name, so an alias never hides one.
  return { table: planner.plan(filter.table), alias: `"x:${depth}"`, depth };
}

function pairOf(
  { outer, inner }: RowExists['on'][number],
  table: TablePlan,
  scope: FilterScope,
): readonly [ColumnPlan, ColumnPlan] {
  const own = table.column(inner);
  const other = scope.table.column(outer);
  if (own.type !== other.type || own.type === 'json') throw mismatch(scope, other, own);
  return [own, other];
}

function whereTerms(filter: RowExists, scope: FilterScope, reached: boolean): string[] {
  if (filter.where === undefined) return [];
  // A list is a select of its own, which may begin at any index.
  const broad = reached && scope.broad;
  const where = filterSql(filter.where, { ...scope, ...innerOf(filter, scope), reached, broad });
  return where === 'TRUE' ? [] : [where];
}

function mismatch({ planner }: FilterScope, outer: ColumnPlan, inner: ColumnPlan): Error {
  const pair = `"${outer.table}.${outer.name}" (${outer.type}) with "${inner.table}.${inner.name}" (${inner.type})`;
  return storageFailed(planner.dialect.name, `"exists" that compares ${pair}`);
}
