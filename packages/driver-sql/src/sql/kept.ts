import type { RowFilter, RowJunction } from '@objectql/core/driver';
import { filterSql, type FilterScope } from './filter.js';

/** What was made of a filter, and where it stood. */
interface KeptText {
  readonly place: Omit<FilterScope, 'values' | 'bind'>;
  /** How many values stood before: their positions are part of some dialects' text. */
  readonly start: number;
  readonly negated: boolean;
  readonly text: string;
  readonly values: readonly unknown[];
}

const keptTexts = new WeakMap<RowFilter, readonly KeptText[]>();
/** Places that one filter stands in: a read by id, a list, a count, a change. */
const MAX_PLACES = 8;

/** The condition of a filter that goes into statement after statement, written once for each place. */
export function keptSql(filter: RowJunction, scope: FilterScope, negated: boolean): string {
  const known = keptTexts.get(filter) ?? [];
  const start = scope.values.length;
  const again = known.find((one) => isSamePlace(one, scope, negated));
  if (again !== undefined) {
    for (const value of again.values) scope.values.push(value);
    return again.text;
  }
  const text = filterSql({ op: filter.op, args: filter.args }, scope, negated);
  if (known.length < MAX_PLACES) {
    const { planner, table, alias, depth, broad, reached, values } = scope;
    const place = { planner, table, alias, depth, broad, reached };
    const made = { place, start, negated, text, values: values.slice(start) };
    keptTexts.set(filter, [...known, made]);
  }
  return text;
}

function isSamePlace({ place, start, negated }: KeptText, scope: FilterScope, asked: boolean) {
  return (
    negated === asked &&
    place.table === scope.table &&
    place.planner === scope.planner &&
    place.alias === scope.alias &&
    place.depth === scope.depth &&
    place.broad === scope.broad &&
    place.reached === scope.reached &&
    (start === scope.values.length || !scope.planner.dialect.numbered)
  );
}
