import { createError } from '@objectos/spec/errors';
import type { CompareOperator, TreeFilter } from '@objectos/spec/contracts';
import { suggest } from '@objectos/spec/metadata';

/** What a spelling may mean: a comparison, or a place in a hierarchy. */
type SpelledOperator = CompareOperator | TreeFilter['operator'];

/** What a spelling means. `flip`: its boolean says the opposite of `isNull`. */
export interface Operator {
  readonly op: SpelledOperator;
  readonly flip: boolean;
}

/** Every spelling that the published clients use, without case and underscores. */
const SPELLINGS: Readonly<Record<SpelledOperator, readonly string[]>> = {
  eq: ['eq', '=', '==', 'equals'],
  ne: ['ne', 'neq', '!=', '<>', 'notequals'],
  gt: ['gt', '>', 'greaterthan', 'after'],
  gte: ['gte', '>=', 'greaterthanorequal', 'greaterorequal'],
  lt: ['lt', '<', 'lessthan', 'before'],
  lte: ['lte', '<=', 'lessthanorequal', 'lessorequal'],
  in: ['in'],
  nin: ['nin', 'notin'],
  contains: ['contains', 'icontains'],
  notContains: ['notcontains'],
  startsWith: ['startswith'],
  endsWith: ['endswith'],
  like: ['like'],
  ilike: ['ilike'],
  between: ['between'],
  isNull: ['isnull', 'null', 'isempty'],
  descendantsOf: ['descendantsof', 'descendants'],
  ancestorsOf: ['ancestorsof', 'ancestors'],
};

const NOT_NULL = ['isnotnull', 'notnull', 'isnotempty', 'exists'];

const operators = new Map<string, Operator>([
  ...Object.entries(SPELLINGS).flatMap(([op, spellings]) =>
    spellings.map((spelling) => [spelling, { op: op as SpelledOperator, flip: false }] as const),
  ),
  ...NOT_NULL.map((spelling) => [spelling, { op: 'isNull', flip: true }] as const),
]);

/** The operator behind a spelling without its `$`, or nothing. */
export function findOperator(spelling: string): Operator | undefined {
  return operators.get(spelling.toLowerCase().replaceAll('_', ''));
}

/**
 * The operator behind `spelling` (`$gte`, `>=`, `not_in`, …).
 * @throws `unknown_operator` with a suggestion. Regular expressions are refused here: one of them
 * can hold the database for minutes.
 */
export function requireOperator(spelling: string): Operator {
  const bare = spelling.startsWith('$') ? spelling.slice(1) : spelling;
  const operator = findOperator(bare);
  if (operator !== undefined) return operator;
  const suggestion = /regex/i.test(bare) ? 'contains' : suggest(bare, Object.keys(SPELLINGS));
  throw createError('unknown_operator', { operator: spelling.slice(0, 60), suggestion });
}

/** `and`, `or`, `not` behind any case of the word, or nothing. */
export function findLogical(word: unknown): 'and' | 'or' | 'not' | undefined {
  if (typeof word !== 'string' || word.length > 3) return undefined;
  const lower = word.toLowerCase();
  return lower === 'and' || lower === 'or' || lower === 'not' ? lower : undefined;
}
