import type { FieldComparison, Row, RowExists, RowFilter, RowTree } from '@objectql/core/driver';
import type { Comparison, Scalar, SortKey } from '@objectos/spec/contracts';

/**
 * The meaning of a filter, written down without any thought of speed: what drivers are compared
 * with. Fields that a row lacks are empty.
 *
 * @param rowsOf all rows of another table, for conditions on related rows
 * @example matches({ op: 'ne', field: 'status', value: 'won' }, { status: null }); // true
 */
export function matches(filter: RowFilter, row: Row, rowsOf: RowsOf = () => []): boolean {
  switch (filter.op) {
    case 'and':
      return filter.args.every((arg) => matches(arg, row, rowsOf));
    case 'or':
      return filter.args.some((arg) => matches(arg, row, rowsOf));
    case 'not':
      return !matches(filter.arg, row, rowsOf);
    case 'compareFields':
      return comparesFields(filter, row[filter.left] ?? null, row[filter.right] ?? null);
    case 'exists':
      return rowsOf(filter.table.name).some((other) => isRelated(filter, row, other, rowsOf));
    case 'tree':
      return isInTree(filter, row, rowsOf);
    case 'match':
      throw new Error('what a search index finds depends on the database');
    default:
      return compares(filter, row[filter.field] ?? null);
  }
}

function isInTree(tree: RowTree, row: Row, rowsOf: RowsOf): boolean {
  const rows = rowsOf(tree.table.name).filter(
    (each) => tree.where === undefined || matches(tree.where, each, rowsOf),
  );
  const found = new Set<unknown>();
  const walk = (id: unknown): void => {
    const self = rows.find((each) => each['id'] === id);
    if (self === undefined) return;
    const next =
      tree.direction === 'up'
        ? [self[tree.parent]]
        : rows.filter((each) => each[tree.parent] === id).map((each) => each['id']);
    for (const other of next) {
      if (other === null || other === undefined || found.has(other)) continue;
      found.add(other);
      walk(other);
    }
  };
  walk(tree.root);
  return row['id'] !== tree.root && found.has(row['id']);
}

/** The rows in the order of the keys; rows that are equal in all of them keep their order. */
export function sorted(rows: readonly Row[], keys: readonly SortKey[]): Row[] {
  return [...rows].sort((one, other) => {
    for (const { field, direction } of keys) {
      const order = compareValues(one[field] ?? null, other[field] ?? null);
      if (order !== 0) return direction === 'asc' ? order : -order;
    }
    return 0;
  });
}

/** The rows of a table by its name. */
export type RowsOf = (table: string) => readonly Row[];

function isRelated({ on, where }: RowExists, row: Row, other: Row, rowsOf: RowsOf): boolean {
  const joined = on.every(({ outer, inner }) => {
    const value = row[outer] ?? null;
    return value !== null && value === other[inner];
  });
  return joined && (where === undefined || matches(where, other, rowsOf));
}

function comparesFields({ operator }: FieldComparison, left: unknown, right: unknown): boolean {
  switch (operator) {
    case 'eq':
      return left === right;
    case 'ne':
      return left !== right;
    case 'gt':
      return ordered(left, right, (order) => order > 0);
    case 'gte':
      return ordered(left, right, (order) => order >= 0);
    case 'lt':
      return ordered(left, right, (order) => order < 0);
    case 'lte':
      return ordered(left, right, (order) => order <= 0);
  }
}

function compares(comparison: Comparison, stored: unknown): boolean {
  const { op, value } = comparison;
  switch (op) {
    case 'eq':
      return stored === value;
    case 'ne':
      return stored !== value;
    case 'in':
      return list(value).some((element) => element === stored);
    case 'nin':
      return !list(value).some((element) => element === stored);
    case 'isNull':
      return (stored === null) === value;
    case 'contains':
      return contains(stored, value);
    case 'notContains':
      return !contains(stored, value);
    case 'gt':
      return ordered(stored, value, (order) => order > 0);
    case 'gte':
      return ordered(stored, value, (order) => order >= 0);
    case 'lt':
      return ordered(stored, value, (order) => order < 0);
    case 'lte':
      return ordered(stored, value, (order) => order <= 0);
    case 'between': {
      const [low, high] = list(value);
      return (
        ordered(stored, low, (order) => order >= 0) && ordered(stored, high, (order) => order <= 0)
      );
    }
    case 'startsWith':
      return typeof stored === 'string' && folded(stored).startsWith(folded(value));
    case 'endsWith':
      return typeof stored === 'string' && folded(stored).endsWith(folded(value));
    case 'like':
      return typeof stored === 'string' && isLike(Array.from(stored), readPattern(String(value)));
    case 'ilike':
      return (
        typeof stored === 'string' && isLike(Array.from(folded(stored)), readPattern(folded(value)))
      );
  }
}

function list(value: Comparison['value']): readonly Scalar[] {
  return typeof value === 'object' && value !== null ? value : [value];
}

function ordered(stored: unknown, value: unknown, holds: (order: number) => boolean): boolean {
  return (
    stored !== null && value !== null && value !== undefined && holds(compareValues(stored, value))
  );
}

function contains(stored: unknown, value: unknown): boolean {
  if (Array.isArray(stored)) return stored.includes(value);
  return typeof stored === 'string' && folded(stored).includes(folded(value));
}

/** Empty first, then by value; text by code points, which is not JavaScript's own order. */
function compareValues(one: unknown, other: unknown): number {
  if (one === null || other === null) return Number(one !== null) - Number(other !== null);
  if (typeof one !== 'string' || typeof other !== 'string') return Number(one) - Number(other);
  const left = Array.from(one);
  const right = Array.from(other);
  const at = left.findIndex((character, index) => character !== right[index]);
  if (at === -1) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}

function folded(value: unknown): string {
  return String(value).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

type Part = { readonly any: true } | { readonly one: true } | { readonly character: string };

function readPattern(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] ?? '';
    if (character === '%') parts.push({ any: true });
    else if (character === '_') parts.push({ one: true });
    else if (character === '\\' && at + 1 < characters.length) {
      at += 1;
      parts.push({ character: characters[at] ?? '' });
    } else parts.push({ character });
  }
  return parts;
}

function isLike(text: readonly string[], parts: readonly Part[]): boolean {
  const [part, ...rest] = parts;
  if (part === undefined) return text.length === 0;
  if ('any' in part) {
    return Array.from({ length: text.length + 1 }, (_, skip) => skip).some((skip) =>
      isLike(text.slice(skip), rest),
    );
  }
  if (text.length === 0) return false;
  return ('one' in part || part.character === text[0]) && isLike(text.slice(1), rest);
}
