import { createError } from '@objectos/spec/errors';
import { locate, typeError } from '../fault.js';
import {
  arityOf,
  parameterAt,
  type FunctionDefinition,
  type Parameter,
} from '../functions/definition.js';
import { functionNames, functionNamed } from '../functions/table.js';
import { suggest } from '../suggest.js';
import type {
  BinaryNode,
  CallNode,
  Expression,
  MembershipNode,
  PathNode,
  TypedExpression,
  UnaryNode,
} from '../syntax/ast.js';
import type { FormulaOptions, FormulaType } from '../types.js';
import { NUMERIC, TEXTUAL } from '../values/kinds.js';
import { isComparable, operatorType } from './operator-types.js';

/** What the checker knows of the formula's surroundings. */
export interface CheckContext {
  readonly source: string;
  readonly options: FormulaOptions;
}

/** First segments of paths that are not fields. */
export const GLOBALS: ReadonlySet<string> = new Set(['$USER', '$ORG', '$NOW']);

const PARAMETER_TYPES: Readonly<Record<Parameter['kind'], readonly FormulaType[] | undefined>> = {
  value: undefined,
  field: undefined,
  number: [...NUMERIC],
  text: [...TEXTUAL],
  boolean: ['boolean'],
  date: ['date'],
  datetime: ['datetime'],
  moment: ['date', 'datetime'],
  time: ['time', 'datetime'],
  list: ['list', ...TEXTUAL],
  location: ['location', 'object'],
};

/** Gives every node its type and every call its function, or refuses the formula. */
export function check(node: Expression, context: CheckContext): TypedExpression {
  switch (node.kind) {
    case 'literal':
      return { ...node, type: literalType(node.value) };
    case 'path':
      return checkPath(node, context);
    case 'unary':
      return checkUnary(node, context);
    case 'binary':
      return checkBinary(node, context);
    case 'in':
      return checkMembership(node, context);
    case 'call':
      return checkCall(node, context);
  }
}

function literalType(value: null | boolean | string | object | number): FormulaType {
  if (value === null) return 'any';
  if (typeof value === 'boolean') return 'boolean';
  return typeof value === 'string' ? 'text' : 'number';
}

function checkPath(node: PathNode, context: CheckContext): TypedExpression {
  const [first = ''] = node.segments;
  if (first.startsWith('$')) return { ...node, type: globalType(node, context) };
  const type = lookUp(node.segments, context.options);
  if (type === undefined) throw unknownField(node, context);
  return { ...node, type };
}

function lookUp(segments: readonly string[], options: FormulaOptions): FormulaType | undefined {
  if (segments.some((segment) => UNSAFE.has(segment))) return undefined;
  return options.fields === undefined ? 'any' : options.fields(segments);
}

/** Members of every JavaScript object; never names of a field, whatever a lookup answers. */
const UNSAFE: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

function globalType(node: PathNode, context: CheckContext): FormulaType {
  const [first = '', ...rest] = node.segments;
  const name = first.toUpperCase();
  if (!GLOBALS.has(name) || rest.some((segment) => UNSAFE.has(segment))) {
    throw unknownField(node, context);
  }
  if (name === '$NOW' ? rest.length > 0 : rest.length === 0) throw unknownField(node, context);
  return name === '$NOW' ? 'datetime' : 'any';
}

function unknownField(node: PathNode, context: CheckContext): Error {
  const field = node.segments.join('.');
  const location = locate(context.source, node.offset);
  const suggestion = suggest(field, context.options.names ?? []);
  return createError(
    'formula_unknown_field',
    { field, position: location.position, suggestion },
    { details: { ...location, field, suggestion } },
  );
}

function checkUnary(node: UnaryNode<Expression>, context: CheckContext): TypedExpression {
  const operand = check(node.operand, context);
  const { type } = operand;
  if (node.operator === 'not') {
    if (type !== 'any' && type !== 'boolean') {
      throw typeError(context.source, node.offset, `NOT takes true or false, not ${type}`);
    }
    return { ...node, operand, type: 'boolean' };
  }
  if (type !== 'any' && type !== 'duration' && !NUMERIC.has(type)) {
    throw typeError(context.source, node.offset, `"${node.operator}" takes a number, not ${type}`);
  }
  return { ...node, operand, type };
}

function checkBinary(node: BinaryNode<Expression>, context: CheckContext): TypedExpression {
  const left = check(node.left, context);
  const right = check(node.right, context);
  const type = operatorType(node.operator, left.type, right.type);
  if (type === undefined) {
    const name = node.operator.toUpperCase();
    throw typeError(
      context.source,
      node.offset,
      `"${name}" does not take ${left.type} and ${right.type}`,
    );
  }
  return { ...node, left, right, type };
}

function checkMembership(node: MembershipNode<Expression>, context: CheckContext): TypedExpression {
  const subject = check(node.subject, context);
  const options = node.options.map((option) => check(option, context));
  for (const option of options) {
    if (option.type !== 'list' && !isComparable(subject.type, option.type)) {
      const reason = `IN compares ${subject.type} with ${option.type}`;
      throw typeError(context.source, option.offset, reason);
    }
  }
  return { ...node, subject, options, type: 'boolean' };
}

function checkCall(node: CallNode, context: CheckContext): TypedExpression {
  const definition = functionNamed(node.name);
  if (definition === undefined) throw unknownFunction(node, context);
  checkCount(node, definition, context);
  const args = node.arguments.map((argument) => check(argument, context));
  args.forEach((argument, index) => {
    checkArgument(argument, { definition, index, context });
  });
  const problem = definition.kind === 'special' ? definition.check?.(args) : undefined;
  if (problem !== undefined) throw badArguments(node, problem, context);
  const { result } = definition;
  const type = typeof result === 'function' ? result(args) : result;
  return { kind: 'call', definition, arguments: args, offset: node.offset, type };
}

function unknownFunction(node: CallNode, context: CheckContext): Error {
  const location = locate(context.source, node.offset);
  const suggestion = suggest(node.name, functionNames());
  return createError(
    'formula_unknown_function',
    { name: node.name, position: location.position, suggestion },
    { details: { ...location, name: node.name, suggestion } },
  );
}

function checkCount(node: CallNode, definition: FunctionDefinition, context: CheckContext): void {
  const { min, max } = arityOf(definition);
  const given = node.arguments.length;
  if (given >= min && given <= max) return;
  const few = min === max ? String(min) : `${String(min)} to ${String(max)}`;
  const wanted = max === Number.POSITIVE_INFINITY ? `at least ${String(min)}` : few;
  const noun = wanted === '1' || wanted === 'at least 1' ? 'argument' : 'arguments';
  throw badArguments(node, `takes ${wanted} ${noun}, not ${String(given)}`, context);
}

function badArguments(node: CallNode, reason: string, context: CheckContext): Error {
  const location = locate(context.source, node.offset);
  return createError(
    'formula_arguments',
    { name: node.name, position: location.position, reason },
    { details: { ...location, name: node.name } },
  );
}

interface ArgumentPlace {
  readonly definition: FunctionDefinition;
  readonly index: number;
  readonly context: CheckContext;
}

function checkArgument(argument: TypedExpression, place: ArgumentPlace): void {
  const { definition, index, context } = place;
  const parameter = parameterAt(definition, index);
  if (parameter === undefined) return;
  if (parameter.kind === 'field' && !isFieldPath(argument)) {
    const reason = `${definition.name} takes the name of a field of this record`;
    throw typeError(context.source, argument.offset, reason);
  }
  const allowed = PARAMETER_TYPES[parameter.kind];
  if (allowed === undefined || argument.type === 'any' || allowed.includes(argument.type)) return;
  const reason = `${definition.name} takes ${parameter.kind} as ${parameter.name}, not ${argument.type}`;
  throw typeError(context.source, argument.offset, reason);
}

function isFieldPath(node: TypedExpression): boolean {
  return node.kind === 'path' && node.segments[0]?.startsWith('$') !== true;
}
