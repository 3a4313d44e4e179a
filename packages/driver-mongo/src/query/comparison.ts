import type { Comparison, Scalar } from '@objectos/spec/contracts';
import { storageFailed } from '../errors.js';
import { encodeCompared, encodeText } from '../values/encode.js';
import { likePattern, literalPattern, type Pattern } from './pattern.js';
import type { Columns, ColumnView } from './view.js';

/**
 * A comparison, checked and with its values converted: all that the server has to be asked. What
 * can be said without it is a boolean.
 */
export type Test =
  | boolean
  | { readonly kind: 'empty'; readonly column: ColumnView }
  | {
      readonly kind: 'compare';
      readonly column: ColumnView;
      readonly operator: '$eq' | '$gt' | '$gte' | '$lt' | '$lte';
      readonly value: unknown;
    }
  | {
      readonly kind: 'between';
      readonly column: ColumnView;
      readonly low: unknown;
      readonly high: unknown;
    }
  | {
      readonly kind: 'among';
      readonly column: ColumnView;
      readonly values: readonly unknown[];
      readonly orEmpty: boolean;
    }
  | { readonly kind: 'pattern'; readonly column: ColumnView; readonly pattern: Pattern }
  | { readonly kind: 'has'; readonly column: ColumnView; readonly value: unknown };

/** What a comparison asks, or the contrary of it. */
export interface Asked {
  readonly test: Test;
  readonly negated: boolean;
}

const is = (test: Test): Asked => ({ test, negated: false });
const isNot = (test: Test): Asked => ({ test, negated: true });

/** @throws `storage_failed` on an unknown column or operator, `unsupported_value` */
export function readComparison(comparison: Comparison, columns: Columns): Asked {
  const leaf: Leaf = { comparison, column: columns.column(comparison.field) };
  switch (comparison.op) {
    case 'eq':
      return is(equal(leaf));
    case 'ne':
      return isNot(equal(leaf));
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return is(ordered(leaf, `$${comparison.op}`));
    case 'in':
      return is(among(leaf));
    case 'nin':
      return isNot(among(leaf));
    case 'between':
      return is(between(leaf));
    case 'isNull':
      return { test: { kind: 'empty', column: leaf.column }, negated: comparison.value !== true };
    case 'contains':
      return is(contains(leaf));
    case 'notContains':
      return isNot(contains(leaf));
    case 'startsWith':
    case 'endsWith':
      return is(matches(leaf, literalPattern(textOf(leaf), comparison.op, leaf.column)));
    case 'like':
    case 'ilike':
      return is(matches(leaf, likePattern(textOf(leaf), comparison.op === 'ilike', leaf.column)));
    default:
      throw misuse(leaf, 'is no operator');
  }
}

interface Leaf {
  readonly comparison: Comparison;
  readonly column: ColumnView;
}

function equal(leaf: Leaf): Test {
  const value = scalarOf(leaf);
  const { column } = leaf;
  if (value === null) return { kind: 'empty', column };
  refuseJson(leaf);
  return { kind: 'compare', column, operator: '$eq', value: encodeCompared(value, column) };
}

function ordered(leaf: Leaf, operator: '$gt' | '$gte' | '$lt' | '$lte'): Test {
  const value = scalarOf(leaf);
  const { column } = leaf;
  refuseJson(leaf);
  return (
    value !== null && { kind: 'compare', column, operator, value: encodeCompared(value, column) }
  );
}

function between(leaf: Leaf): Test {
  const [low, high, ...rest] = listOf(leaf);
  const { column } = leaf;
  refuseJson(leaf);
  if (low === undefined || high === undefined || rest.length > 0) {
    throw misuse(leaf, 'needs two values');
  }
  if (low === null || high === null) return false;
  const [from, to] = [encodeCompared(low, column), encodeCompared(high, column)];
  return { kind: 'between', column, low: from, high: to };
}

function among(leaf: Leaf): Test {
  const { column } = leaf;
  const list = listOf(leaf);
  const present = [...new Set(list)].filter((value) => value !== null);
  const orEmpty = list.includes(null);
  if (present.length === 0) return orEmpty && { kind: 'empty', column };
  refuseJson(leaf);
  const values = present.map((value) => encodeCompared(value, column));
  return { kind: 'among', column, values, orEmpty };
}

function contains(leaf: Leaf): Test {
  const { column } = leaf;
  if (column.type !== 'json') {
    return matches(leaf, literalPattern(textOf(leaf), 'contains', column));
  }
  const value = scalarOf(leaf);
  const plain = value === null || typeof value === 'boolean';
  return { kind: 'has', column, value: plain ? value : encodeCompared(value, column) };
}

function matches(leaf: Leaf, pattern: Pattern): Test {
  const { column } = leaf;
  if (column.type === 'text') return { kind: 'pattern', column, pattern };
  throw misuse(leaf, `cannot search in a ${column.type} column`);
}

function scalarOf(leaf: Leaf): Scalar {
  const { value } = leaf.comparison;
  if (typeof value === 'object' && value !== null) {
    throw misuse(leaf, 'needs one value, not a list');
  }
  return value;
}

function listOf(leaf: Leaf): readonly Scalar[] {
  const { value } = leaf.comparison;
  if (Array.isArray(value)) return value as readonly Scalar[];
  throw misuse(leaf, 'needs a list');
}

function textOf(leaf: Leaf): string {
  const value = scalarOf(leaf);
  if (value === null) throw misuse(leaf, 'needs a text');
  return encodeText(value, leaf.column);
}

function refuseJson(leaf: Leaf): void {
  if (leaf.column.type === 'json') throw misuse(leaf, 'cannot compare a json column');
}

/** The core checks filters against metadata; what is still wrong here is a fault of the core. */
function misuse({ comparison: { op, field } }: Leaf, problem: string): Error {
  return storageFailed(`"${op}" on "${field}", which ${problem}`);
}
