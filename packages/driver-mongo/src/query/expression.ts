import type { FieldComparison, RowMatch } from '@objectql/core/driver';
import { createError } from '@objectos/spec/errors';
import { DRIVER, storageFailed } from '../errors.js';
import { readComparison, type Asked, type Test } from './comparison.js';
import type { Condition } from './condition.js';
import type { FilterScope } from './scope.js';
import type { ColumnView } from './view.js';

/** An expression of the aggregation language. */
export type Expression = boolean | string | { readonly [operator: string]: unknown };

/**
 * A condition as an expression that is true or false. Values are literals, so that none of them is
 * read as a field or an operator.
 *
 * @throws `storage_failed` on an unknown column or operator, `unsupported_value`
 */
export function conditionExpression(condition: Condition, scope: FilterScope): Expression {
  switch (condition.op) {
    case 'and':
      return { $and: condition.args.map((arg) => conditionExpression(arg, scope)) };
    case 'or':
      return { $or: condition.args.map((arg) => conditionExpression(arg, scope)) };
    case 'not':
      return not(conditionExpression(condition.arg, scope));
    case 'flag':
      return { $eq: [`$${condition.field}`, true] };
    case 'compareFields':
      return fieldExpression(condition, scope);
    case 'exists':
      return { $ne: [`$${scope.lookUp(condition, scope)}`, []] };
    case 'tree':
    case 'match':
      throw unanswered(condition);
    default:
      return askedExpression(readComparison(condition, scope.columns));
  }
}

/** What no condition on one document can say. */
export function unanswered(condition: Extract<Condition, { op: 'tree' | 'match' }>): Error {
  if (condition.op === 'tree') return storageFailed('a hierarchy that was not walked before');
  return noFullText(condition);
}

/** Distances are not declared, so the core does not ask for them. */
export function noDistance(column: string): Error {
  const capability = `the distance of vectors in "${column}"`;
  return createError('driver_capability_missing', { driver: DRIVER, capability });
}

/** Full-text search is not declared, so the core does not ask for it. */
export function noFullText({ index }: RowMatch): Error {
  const capability = `full-text search in "${index.name}"`;
  return createError('driver_capability_missing', { driver: DRIVER, capability });
}

function askedExpression({ test, negated }: Asked): Expression {
  const expression = testExpression(test);
  return negated ? not(expression) : expression;
}

function not(expression: Expression): Expression {
  return typeof expression === 'boolean' ? !expression : { $not: [expression] };
}

function testExpression(test: Test): Expression {
  if (typeof test === 'boolean') return test;
  const field = `$${test.column.path}`;
  const empty = emptiness(test.column);
  switch (test.kind) {
    case 'empty':
      return empty;
    case 'compare':
      return compare(test.column, test.operator, test.value);
    case 'between':
      return {
        $and: [{ $gte: [field, { $literal: test.low }] }, compare(test.column, '$lte', test.high)],
      };
    case 'among': {
      const among = { $in: [field, { $literal: test.values }] };
      return test.orEmpty ? { $or: [among, empty] } : among;
    }
    case 'pattern':
      return { $regexMatch: { input: field, regex: { $literal: test.pattern.source } } };
    case 'has':
      return {
        $in: [{ $literal: test.value }, { $cond: [{ $isArray: [field] }, field, []] }],
      };
  }
}

function emptiness(column: ColumnView): Expression {
  // An array with a null in it is not empty, and evaluators disagree whether it equals null.
  if (column.type === 'json') return { $eq: [{ $type: `$${column.path}` }, 'missing'] };
  return { $eq: [valueOf(column), null] };
}

/** Empty sorts below every value, so it would be less than any. */
function compare(column: ColumnView, operator: string, value: unknown): Expression {
  const comparison = { [operator]: [`$${column.path}`, { $literal: value }] };
  if (operator !== '$lt' && operator !== '$lte') return comparison;
  return { $and: [comparison, filled(valueOf(column))] };
}

function filled(value: Expression): Expression {
  return { $ne: [value, null] };
}

/** The value of a column, `null` where the field is absent. */
export function valueOf({ path }: ColumnView): Expression {
  return { $ifNull: [`$${path}`, null] };
}

/**
 * A comparison of two columns.
 *
 * @throws `storage_failed` on an unknown column, or columns of different kinds
 */
export function fieldExpression(
  { operator, left: leftName, right: rightName }: FieldComparison,
  { columns }: FilterScope,
): Expression {
  const left = columns.column(leftName);
  const right = columns.column(rightName);
  if (left.type === 'json' || numberOr(left) !== numberOr(right)) {
    const pair = `"${leftName}" (${left.type}) with "${rightName}" (${right.type})`;
    throw storageFailed(`a comparison of ${pair}`);
  }
  const [one, other] = [comparable(left, right), comparable(right, left)];
  if (operator === 'eq') return { $eq: [one, other] };
  if (operator === 'ne') return { $ne: [one, other] };
  return { $and: [{ [`$${operator}`]: [one, other] }, filled(one), filled(other)] };
}

/** A decimal is compared with a binary fraction as one, as the API shows it. */
function comparable(column: ColumnView, other: ColumnView): Expression {
  const value = valueOf(column);
  return column.type === 'decimal' && other.type === 'real' ? { $toDouble: value } : value;
}

function numberOr({ type }: ColumnView): string {
  return type === 'integer' || type === 'real' || type === 'decimal' ? 'number' : type;
}
