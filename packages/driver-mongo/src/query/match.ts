import type { Document } from 'mongodb';
import { readComparison, type Asked, type Test } from './comparison.js';
import type { Condition } from './condition.js';
import { fieldExpression, unanswered } from './expression.js';
import { nextPrefix, type Pattern } from './pattern.js';
import type { FilterScope } from './scope.js';
import type { ColumnView } from './view.js';

/** Matches no document, and is answered without looking at one. */
const NONE: Document = { _id: { $in: [] } };

/**
 * A condition as a query, which indexes can serve. The operators of the server are two-valued, as
 * filters are. Every value stands behind an operator, so that none can be one.
 *
 * @throws `storage_failed` on an unknown column or operator, `unsupported_value`
 */
export function matchQuery(condition: Condition, scope: FilterScope): Document {
  const query = write(condition, scope, false);
  if (typeof query === 'boolean') return query ? {} : NONE;
  return query;
}

/** What a condition says without any document, or what a document must be like. */
type Query = boolean | Document;

function write(condition: Condition, scope: FilterScope, negated: boolean): Query {
  switch (condition.op) {
    case 'and':
    case 'or': {
      const and = (condition.op === 'and') !== negated;
      return join(and, condition.args, (arg) => write(arg, scope, negated));
    }
    case 'not':
      return write(condition.arg, scope, !negated);
    case 'flag':
      return { [condition.field]: { [negated ? '$ne' : '$eq']: true } };
    case 'compareFields':
      return unless(negated, { $expr: fieldExpression(condition, scope) });
    case 'exists':
      return { [scope.lookUp(condition, scope)]: { [negated ? '$eq' : '$ne']: [] } };
    case 'tree':
    case 'match':
      throw unanswered(condition);
    default:
      return asked(readComparison(condition, scope.columns), negated);
  }
}

function join(and: boolean, args: readonly Condition[], each: (arg: Condition) => Query): Query {
  const terms: Document[] = [];
  for (const arg of args) {
    const term = each(arg);
    if (term === !and) return !and;
    if (typeof term !== 'boolean') terms.push(term);
  }
  if (terms.length === 0) return and;
  return terms.length === 1 ? (terms[0] as Document) : { [and ? '$and' : '$or']: terms };
}

function asked({ test, negated: contrary }: Asked, negated: boolean): Query {
  if (typeof test === 'boolean') return test !== (contrary !== negated);
  return tested(test, contrary !== negated);
}

function unless(negated: boolean, query: Document): Document {
  return negated ? { $nor: [query] } : query;
}

function tested(test: Exclude<Test, boolean>, negated: boolean): Document {
  const { path } = test.column;
  switch (test.kind) {
    case 'empty':
      return { [path]: emptiness(test.column, !negated) };
    case 'compare':
      if (test.operator === '$eq') return { [path]: { [negated ? '$ne' : '$eq']: test.value } };
      return unless(negated, { [path]: { [test.operator]: test.value } });
    case 'between':
      return unless(negated, { [path]: { $gte: test.low, $lte: test.high } });
    case 'among': {
      const values = test.orEmpty ? [...test.values, null] : test.values;
      return { [path]: { [negated ? '$nin' : '$in']: values } };
    }
    case 'pattern':
      return unless(negated, { [path]: patternQuery(test.pattern) });
    case 'has':
      return unless(negated, { [path]: { $elemMatch: { $eq: test.value } } });
  }
}

/** An array with a null in it would equal null. */
function emptiness({ type }: ColumnView, wanted: boolean): Document {
  return type === 'json' ? { $exists: !wanted } : { [wanted ? '$eq' : '$ne']: null };
}

/** The range lets an index narrow a search by prefix; the pattern still decides. */
function patternQuery({ source, prefix }: Pattern): Document {
  const next = prefix === '' ? undefined : nextPrefix(prefix);
  return next === undefined ? { $regex: source } : { $regex: source, $gte: prefix, $lt: next };
}
