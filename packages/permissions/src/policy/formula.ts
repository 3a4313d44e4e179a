import {
  compileFormula,
  parseFormula,
  printExpression,
  toJs,
  type BinaryNode,
  type CallNode,
  type Expression,
  type FormulaType,
  type MembershipNode,
  type PathNode,
} from '@objectos/formula';
import type { AccessFilter } from '@objectos/spec/contracts';
import { EVERY, NONE, scalarOf, type Bindings, type Predicate } from './bindings.js';
import {
  comparison,
  fieldComparison,
  isBlank,
  membership,
  textSearch,
  type Build,
} from './conditions.js';
import { formulaTypeOf } from './field-types.js';
import { PolicyProblem, resolvePath, type PolicyScope, type ResolvedPath } from './fields.js';
import { allOf, anyOf, noneOf } from './simplify.js';

type Bound = (bindings: Bindings) => AccessFilter;

/**
 * Compiles a formula into a filter. Parts that read no field are evaluated for whoever asks; the
 * rest must be comparisons that a database index can serve, joined by AND, OR and NOT.
 *
 * @throws {@link PolicyProblem}, and what `compileFormula` throws
 * @example compilePolicyFormula('region = $User.region AND status <> "closed"', scope)
 */
export function compilePolicyFormula(text: string, scope: PolicyScope): Predicate {
  const source = withUser(text);
  const formula = compileFormula(source, {
    expect: 'boolean',
    names: scope.meta.visible,
    fields: (path) => typeOf(scope, path),
  });
  if (formula.needsPrevious) {
    throw new PolicyProblem(
      'a policy knows only the record as it is, not what it was before',
      'Leave out ISCHANGED, PRIORVALUE, ISNEW and ISCLONE; a validation rule can use them.',
    );
  }
  const userFields = new Set<string>();
  const bind = condition(parseFormula(source).expression, { ...scope, userFields, positive: true });
  return { bind, volatile: formula.volatile, userFields };
}

/** `{{current_user.id}}`, `'{{current_user.id}}'`, `current_user.id` and `{{ userId }}` all mean `$User.id`. */
function withUser(text: string): string {
  return text
    .replace(/(['"])\{\{\s*(?:current_user|\$?[Uu]ser)\.(\w+)\s*\}\}\1/g, '$User.$2')
    .replace(/\{\{\s*(?:current_user|\$?[Uu]ser)\.(\w+)\s*\}\}/g, '$User.$1')
    .replace(/(['"]?)\{\{\s*userId\s*\}\}\1/g, '$User.id')
    .replace(/\bcurrent_user\.(\w+)/g, '$User.$1');
}

function typeOf(scope: PolicyScope, path: readonly string[]): FormulaType | undefined {
  try {
    return formulaTypeOf(resolvePath(scope, path).field);
  } catch (error) {
    if (error instanceof PolicyProblem) return undefined;
    throw error;
  }
}

interface Scope extends PolicyScope {
  readonly userFields: Set<string>;
  /** False below an odd number of negations. */
  readonly positive: boolean;
}

/** A value that is missing or does not fit opens nothing, whatever negations stand around it. */
function unfit({ positive }: Scope): AccessFilter {
  return positive ? NONE : EVERY;
}

function opposite(scope: Scope): Scope {
  return { ...scope, positive: !scope.positive };
}

function condition(node: Expression, scope: Scope): Bound {
  if (!readsFields(node)) return constantCondition(node, scope);
  switch (node.kind) {
    case 'unary':
      if (node.operator === 'not') return negated(condition(node.operand, opposite(scope)));
      break;
    case 'binary':
      return binary(node, scope);
    case 'in':
      return isIn(node, scope);
    case 'call':
      return call(node, scope);
    case 'path': {
      const { field, wrap } = resolvePath(scope, node.segments);
      if (field.column !== 'boolean') break;
      return () => wrap({ op: 'eq', field: field.name, value: true });
    }
    default:
  }
  throw notAQuery(node);
}

function binary(node: BinaryNode<Expression>, scope: Scope): Bound {
  const { operator, left, right } = node;
  if (operator === 'and' || operator === 'or') {
    return combined(operator, [left, right], scope);
  }
  const path = pathOf(left, scope);
  const other = pathOf(right, scope);
  if (path !== undefined && other !== undefined) {
    const filter = fieldComparison(operator, path, other);
    if (filter === undefined || dotted(left) || dotted(right)) throw notAQuery(node);
    return () => filter;
  }
  if (path !== undefined) return compared(node, { path, operator, value: right, scope });
  if (other !== undefined) {
    return compared(node, { path: other, operator: flipped(operator), value: left, scope });
  }
  throw notAQuery(node);
}

function compared(
  node: Expression,
  given: { path: ResolvedPath; operator: string; value: Expression; scope: Scope },
): Bound {
  const { path, operator, scope } = given;
  if (readsFields(given.value)) throw notAQuery(node);
  const build = comparison(operator, path.field);
  if (build === undefined) throw notAQuery(node);
  return searched(path, { build, value: given.value, scope });
}

/** A blank of the formula is a blank; a blank of the user is a missing value. */
function searched(
  path: ResolvedPath,
  { build, value, scope }: { build: Build; value: Expression; scope: Scope },
): Bound {
  const read = constant(value, scope);
  const ofUser = readsUser(value);
  return (bindings) => {
    const found = scalarOf(read(bindings));
    const missing = ofUser && (found === null || found === '');
    const filter = missing ? undefined : build(found);
    return filter === undefined ? unfit(scope) : path.wrap(filter);
  };
}

function isIn(node: MembershipNode<Expression>, scope: Scope): Bound {
  const path = pathOf(node.subject, scope);
  const single = path === undefined || (path.field.column === 'json' && !path.field.multiple);
  if (path === undefined || single || node.options.some(readsFields)) throw notAQuery(node);
  const options = node.options.map((option) => constant(option, scope));
  return (bindings) => {
    const values = options.flatMap((option) => option(bindings));
    const filter = path.wrap(membership(path.field, values.map(scalarOf)));
    if (!node.negated) return filter;
    return values.some(isMissing) ? unfit(scope) : noneOf(filter);
  };
}

function call(node: CallNode, scope: Scope): Bound {
  const [first, second, ...rest] = node.arguments;
  const name = node.name.toUpperCase();
  if (name === 'AND' || name === 'OR') {
    return combined(name === 'AND' ? 'and' : 'or', node.arguments, scope);
  }
  if (first === undefined) throw notAQuery(node);
  if (name === 'NOT') return negated(condition(first, opposite(scope)));
  const path = pathOf(first, scope);
  if (path === undefined) throw notAQuery(node);
  if (name === 'ISBLANK' || name === 'ISNULL') return () => path.wrap(isBlank(path.field));
  if (second === undefined || rest.some(readsFields) || readsFields(second)) throw notAQuery(node);
  if (name === 'IN') {
    const options = node.arguments.slice(1);
    return isIn({ kind: 'in', negated: false, subject: first, options, offset: 0 }, scope);
  }
  if (name === 'ISPICKVAL') {
    return compared(node, { path, operator: '=', value: second, scope });
  }
  const build = textSearch(name, path.field);
  if (build === undefined) throw notAQuery(node);
  return searched(path, { build, value: second, scope });
}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined;
}

function combined(operator: 'and' | 'or', nodes: readonly Expression[], scope: Scope): Bound {
  const parts = nodes.map((node) => condition(node, scope));
  const join = operator === 'and' ? allOf : anyOf;
  return (bindings) => join(parts.map((part) => part(bindings)));
}

function negated(bound: Bound): Bound {
  return (bindings) => noneOf(bound(bindings));
}

function constantCondition(node: Expression, scope: Scope): Bound {
  const value = constant(node, scope);
  return (bindings) => (value(bindings) === true ? EVERY : NONE);
}

/** A part without fields: the same for every row, so it is evaluated once for whoever asks. */
function constant(node: Expression, scope: Scope): (bindings: Bindings) => unknown {
  visit(node, (part) => {
    if (isUserPath(part)) scope.userFields.add((part.segments[1] ?? '').toLowerCase());
  });
  const formula = compileFormula(printExpression(node));
  return ({ user, now }) =>
    toJs(formula.evaluate({ record: {}, isNew: false, user, now, timezone: 'UTC' }));
}

function isUserPath(node: Expression): node is PathNode {
  return node.kind === 'path' && node.segments[0]?.toUpperCase() === '$USER';
}

function readsUser(node: Expression): boolean {
  let reads = false;
  visit(node, (part) => {
    reads ||= isUserPath(part);
  });
  return reads;
}

function pathOf(node: Expression, scope: Scope): ResolvedPath | undefined {
  if (node.kind !== 'path' || node.segments[0]?.startsWith('$') === true) return undefined;
  return resolvePath(scope, node.segments);
}

function dotted(node: Expression): boolean {
  return node.kind === 'path' && node.segments.length > 1;
}

function readsFields(node: Expression): boolean {
  let reads = false;
  visit(node, (part) => {
    reads ||= part.kind === 'path' && part.segments[0]?.startsWith('$') !== true;
  });
  return reads;
}

function visit(node: Expression, see: (node: Expression) => void): void {
  see(node);
  const parts: readonly Expression[] =
    node.kind === 'unary'
      ? [node.operand]
      : node.kind === 'binary'
        ? [node.left, node.right]
        : node.kind === 'in'
          ? [node.subject, ...node.options]
          : node.kind === 'call'
            ? node.arguments
            : [];
  for (const part of parts) visit(part, see);
}

function flipped(operator: string): string {
  const turned: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
  return turned[operator] ?? operator;
}

function notAQuery(node: Expression): PolicyProblem {
  return new PolicyProblem(
    `"${printExpression(node).slice(0, 120)}" can't be asked of a database row by row`,
    'Compare fields with values or with $User, join by AND, OR and NOT, and compute nothing from a field. A formula field can do the computing.',
  );
}
