import type { RowFilter } from '@objectql/core/driver';
import type { Comparison, Scalar } from '@objectos/spec/contracts';
import type { Bind } from './dialect.js';
import { storageFailed } from './errors.js';
import { existsSql } from './exists.js';
import { compareColumns } from './compare-columns.js';
import { searchedOf } from './full-text.js';
import { literalPattern, nextPrefix, parseLike, sortablePrefix, type Pattern } from './pattern.js';
import { qualified, within, type ColumnPlan, type Planner, type TablePlan } from './plan.js';
import { keptSql } from './kept.js';
import { unionSql } from './union.js';
import { treeSql } from './tree.js';
import { encodeCompared } from './values.js';

const TRUE = 'TRUE';
const FALSE = 'FALSE';

/** SQL nests each further term one level deeper and databases bound the depth: terms per level. */
const TERMS_PER_LEVEL = 100;

/** Where a condition is being written. */
export interface FilterScope {
  readonly planner: Planner;
  readonly table: Pick<TablePlan, 'name' | 'source' | 'column'>;
  readonly values: unknown[];
  readonly bind: Bind;
  /** How a subquery names the rows of this scope. */
  readonly alias: string;
  /** How many subqueries this scope lies in. */
  readonly depth: number;
  /** Most rows fulfil the condition, so no index should begin at it. */
  readonly broad?: boolean | undefined;
  /** The rows of this scope are reached by a column of the outer row: lists are tried on them. */
  readonly reached?: boolean | undefined;
}

/**
 * The condition of a filter. SQL is three-valued and filters are not: negations are pushed down to
 * the comparisons, where "false" is spelled out, so unknown never meets a NOT and counts as false.
 *
 * @throws `storage_failed` on an unknown column or operator, `unsupported_value`
 */
export function filterSql(filter: RowFilter, scope: FilterScope, negated = false): string {
  switch (filter.op) {
    case 'and': {
      if (filter.kept === true) return keptSql(filter, scope, negated);
      const inside = filter.hint === 'broad' ? { ...scope, broad: true } : scope;
      return combine(filter.args, inside, { junction: negated ? 'OR' : 'AND', negated });
    }
    case 'or':
      if (filter.hint === 'narrow' && !negated) return unionSql(filter, scope);
      return combine(filter.args, scope, { junction: negated ? 'AND' : 'OR', negated });
    case 'not':
      return filterSql(filter.arg, scope, !negated);
    case 'compareFields':
      return compareColumns(filter, scope, negated);
    case 'exists':
      return existsSql(filter, scope, negated);
    case 'tree':
      return treeSql(filter, scope, negated);
    case 'match':
      return scope.planner.dialect.fullText.match(
        searchedOf(filter, { ...scope, rows: scope.alias }),
        negated,
      );
    default:
      return comparisonSql(filter, scope, negated);
  }
}

function combine(
  args: readonly RowFilter[],
  scope: FilterScope,
  how: { junction: 'AND' | 'OR'; negated: boolean },
): string {
  const [neutral, decisive] = how.junction === 'AND' ? [TRUE, FALSE] : [FALSE, TRUE];
  const start = scope.values.length;
  const terms: string[] = [];
  for (const arg of args) {
    const term = filterSql(arg, scope, how.negated);
    if (term === decisive) {
      scope.values.length = start;
      return decisive;
    }
    if (term !== neutral) terms.push(term);
  }
  return terms.length === 0 ? neutral : join(terms, ` ${how.junction} `);
}

function join(terms: readonly string[], junction: string): string {
  if (terms.length === 1) return terms[0] as string;
  if (terms.length <= TERMS_PER_LEVEL) return `(${terms.join(junction)})`;
  const groups: string[] = [];
  for (let start = 0; start < terms.length; start += TERMS_PER_LEVEL) {
    groups.push(join(terms.slice(start, start + TERMS_PER_LEVEL), junction));
  }
  return join(groups, junction);
}

/** One comparison on its way to SQL. */
interface Leaf {
  readonly comparison: Comparison;
  readonly column: ColumnPlan;
  readonly scope: FilterScope;
  readonly negated: boolean;
}

function comparisonSql(comparison: Comparison, scope: FilterScope, negated: boolean): string {
  const found = within(scope.table.column(comparison.field), scope.alias);
  const { unindexed } = scope.planner.dialect;
  const column =
    (scope.broad === true || (scope.reached === true && comparison.op === 'in')) &&
    unindexed !== undefined
      ? { ...found, quoted: unindexed(found.quoted) }
      : found;
  const leaf: Leaf = { comparison, column, scope, negated };
  switch (comparison.op) {
    case 'eq':
      return equals(leaf, negated);
    case 'ne':
      return equals(leaf, !negated);
    case 'gt':
      return ordered(leaf, negated ? '<=' : '>');
    case 'gte':
      return ordered(leaf, negated ? '<' : '>=');
    case 'lt':
      return ordered(leaf, negated ? '>=' : '<');
    case 'lte':
      return ordered(leaf, negated ? '>' : '<=');
    case 'in':
      return among(leaf, negated);
    case 'nin':
      return among(leaf, !negated);
    case 'between':
      return between(leaf);
    case 'isNull':
      return isNull(leaf.column, (comparison.value === true) !== negated);
    case 'contains':
      return contains(leaf, negated);
    case 'notContains':
      return contains(leaf, !negated);
    case 'startsWith':
    case 'endsWith':
      return matches(leaf, literalPattern(textOf(leaf), comparison.op), negated);
    case 'like':
      return matches(leaf, parseLike(textOf(leaf), false), negated);
    case 'ilike':
      return matches(leaf, parseLike(textOf(leaf), true), negated);
    default:
      throw misuse(leaf, 'is no operator');
  }
}

function equals(leaf: Leaf, negated: boolean): string {
  const value = scalarOf(leaf);
  const { column } = leaf;
  if (value === null) return isNull(column, !negated);
  refuseJson(leaf);
  const bound = comparand(leaf, value);
  return negated ? orNull(column, `${column.quoted} <> ${bound}`) : `${column.quoted} = ${bound}`;
}

function ordered(leaf: Leaf, operator: string): string {
  const value = scalarOf(leaf);
  const { column, negated } = leaf;
  refuseJson(leaf);
  if (value === null) return negated ? TRUE : FALSE;
  const term = `${column.quoted} ${operator} ${comparand(leaf, value)}`;
  return negated ? orNull(column, term) : term;
}

function between(leaf: Leaf): string {
  const [low, high, ...rest] = listOf(leaf);
  const { column, negated } = leaf;
  refuseJson(leaf);
  if (low === undefined || high === undefined || rest.length > 0) {
    throw misuse(leaf, 'needs two values');
  }
  if (low === null || high === null) return negated ? TRUE : FALSE;
  const from = comparand(leaf, low);
  const to = comparand(leaf, high);
  return negated
    ? orNull(column, `${column.quoted} NOT BETWEEN ${from} AND ${to}`)
    : `${column.quoted} BETWEEN ${from} AND ${to}`;
}

function among(leaf: Leaf, negated: boolean): string {
  const { column, scope } = leaf;
  const list = listOf(leaf);
  const present = list.filter((value) => value !== null);
  const hasNull = present.length < list.length;
  if (present.length === 0) {
    if (hasNull) return isNull(column, !negated);
    return negated ? TRUE : FALSE;
  }
  refuseJson(leaf);
  const encoded = present.map((value) =>
    scope.planner.dialect.encode(encodeCompared(value, column), column),
  );
  const term = scope.planner.dialect.inList(column, encoded, scope.bind);
  if (!negated) return hasNull ? orNull(column, term) : term;
  // NOT of an unknown is unknown, so without this the empty fields stay out, as they must here.
  return hasNull ? `NOT ${term}` : orNull(column, `NOT ${term}`);
}

function contains(leaf: Leaf, negated: boolean): string {
  const { column, scope } = leaf;
  if (column.type !== 'json') {
    return matches(leaf, literalPattern(textOf(leaf), 'contains'), negated);
  }
  const value = scalarOf(leaf);
  if (typeof value === 'string' || typeof value === 'number') encodeCompared(value, column);
  // Qualified: what takes the list apart has columns of its own, one called "value" among them.
  const list = { ...column, quoted: qualified(column, scope.alias) };
  const term = scope.planner.dialect.arrayHas(list, value, scope.bind);
  return negated ? `NOT ${term}` : term;
}

function matches(leaf: Leaf, pattern: Pattern, negated: boolean): string {
  const { column, scope } = leaf;
  if (column.type !== 'text') {
    throw misuse(leaf, `cannot search in a ${column.type} column`);
  }
  if (negated)
    return orNull(column, `NOT ${scope.planner.dialect.matches(column, pattern, scope.bind)}`);
  const range = prefixRange(column, sortablePrefix(pattern), scope);
  return range + scope.planner.dialect.matches(column, pattern, scope.bind);
}

/** Lets an index narrow a search by prefix; the pattern still decides. */
function prefixRange(column: ColumnPlan, prefix: string, scope: FilterScope): string {
  const next = prefix === '' ? undefined : nextPrefix(prefix);
  if (next === undefined) return '';
  const from = scope.bind(prefix);
  return `${column.quoted} >= ${from} AND ${column.quoted} < ${scope.bind(next)} AND `;
}

function comparand({ column, scope }: Leaf, value: Scalar): string {
  const { dialect } = scope.planner;
  return dialect.comparand(
    column,
    dialect.encode(encodeCompared(value, column), column),
    scope.bind,
  );
}

function isNull(column: ColumnPlan, wanted: boolean): string {
  return `${column.quoted} IS ${wanted ? '' : 'NOT '}NULL`;
}

function orNull(column: ColumnPlan, term: string): string {
  return `(${term} OR ${column.quoted} IS NULL)`;
}

function scalarOf(leaf: Leaf): Scalar {
  const { value } = leaf.comparison;
  if (typeof value === 'object' && value !== null)
    throw misuse(leaf, 'needs one value, not a list');
  return value;
}

function listOf(leaf: Leaf): readonly Scalar[] {
  const { value } = leaf.comparison;
  if (typeof value !== 'object' || value === null) throw misuse(leaf, 'needs a list');
  return value;
}

function textOf(leaf: Leaf): string {
  const value = scalarOf(leaf);
  if (value === null) throw misuse(leaf, 'needs a text');
  return encodeCompared(value, { ...leaf.column, type: 'text' }) as string;
}

function refuseJson(leaf: Leaf): void {
  if (leaf.column.type === 'json') throw misuse(leaf, 'cannot compare a json column');
}

/** The core checks filters against metadata; what is still wrong here is a fault of the core. */
function misuse(leaf: Leaf, problem: string): Error {
  const { op, field } = leaf.comparison;
  return storageFailed(leaf.scope.planner.dialect.name, `"${op}" on "${field}", which ${problem}`);
}
