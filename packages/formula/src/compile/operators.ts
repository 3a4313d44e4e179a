import { compareNumbers } from '../decimal/arithmetic.js';
import { noValue, type Site } from '../fault.js';
import type { Evaluator, Run } from '../functions/definition.js';
import { spendText } from '../functions/budget.js';
import type { BinaryOperator, TypedExpression } from '../syntax/ast.js';
import type { BlankMode, FormulaValue } from '../types.js';
import { calculate, negateValue, type ArithmeticOperator } from '../values/arithmetic.js';
import { compareValues, equalValues } from '../values/compare.js';
import { describe, isBlank, isNumber, NUMERIC, TEXTUAL } from '../values/kinds.js';
import { textOf } from '../values/text-of.js';

/** An operator with its compiled operands. */
export interface BinaryCompilation {
  readonly operator: BinaryOperator;
  readonly left: Evaluator;
  readonly right: Evaluator;
  readonly leftNode: TypedExpression;
  readonly rightNode: TypedExpression;
  readonly site: Site;
  readonly blankAs: BlankMode;
}

/** Compiles one binary operator. */
export function compileBinary(node: BinaryCompilation): Evaluator {
  const { left, right, site } = node;
  switch (node.operator) {
    case 'and':
      return (run) => truth(left(run), site) && truth(right(run), site);
    case 'or':
      return (run) => truth(left(run), site) || truth(right(run), site);
    case '=':
    case '<>':
      return compileEquality(node, node.operator === '<>');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compileRelation(node, node.operator);
    case '&':
      return compileJoin(node);
    case '+':
    case '-':
    case '*':
    case '/':
    case '^':
      return compileArithmetic(node, node.operator);
  }
}

/** True or false for a condition; no value counts as false. */
export function truth(value: FormulaValue, site: Site): boolean {
  if (typeof value === 'boolean') return value;
  if (value === null) return false;
  throw noValue(site, `needs true or false and is given ${describe(value)}`);
}

/** The sign operators and NOT. */
export function compileUnary(
  operator: '-' | '+' | 'not',
  operand: Evaluator,
  site: Site,
): Evaluator {
  if (operator === 'not') return (run) => !truth(operand(run), site);
  return (run) => {
    const value = operand(run);
    if (value === null) return null;
    if (operator === '-') return negateValue(value, site);
    negateValue(value, site);
    return value;
  };
}

function compileEquality(node: BinaryCompilation, negated: boolean): Evaluator {
  const { left, right, leftNode, rightNode } = node;
  if (isNull(rightNode)) return (run) => isBlank(left(run)) !== negated;
  if (isNull(leftNode)) return (run) => isBlank(right(run)) !== negated;
  const equality = equalityOf(node);
  return (run) => equality(left(run), right(run), run) === (negated ? 'different' : 'same');
}

/** What a comparison finds; `unknown` when a value is missing, and then neither `=` nor `<>` holds. */
type Equality = 'same' | 'different' | 'unknown';

/** Compares two values under the null rules: text blank is empty, other blanks equal nothing. */
export function equalityOf(
  node: Pick<BinaryCompilation, 'leftNode' | 'rightNode' | 'site' | 'blankAs'>,
): (left: FormulaValue, right: FormulaValue, run: Run) => Equality {
  const { site, blankAs } = node;
  const textual = TEXTUAL.has(node.leftNode.type) || TEXTUAL.has(node.rightNode.type);
  const numeric = NUMERIC.has(node.leftNode.type) || NUMERIC.has(node.rightNode.type);
  return (left, right, run) => {
    if (left === right && left !== null) return 'same';
    if (left === null || right === null) {
      const other = left ?? right;
      if (textual || typeof other === 'string') return verdict((left ?? '') === (right ?? ''));
      const asZero = blankAs === 'zero' && (numeric || isNumber(other));
      if (!asZero) return 'unknown';
      return verdict(equalValues(left ?? 0, right ?? 0, { site, timezone: run.scope.timezone }));
    }
    return verdict(equalValues(left, right, { site, timezone: run.scope.timezone }));
  };
}

function verdict(same: boolean): Equality {
  return same ? 'same' : 'different';
}

function compileRelation(node: BinaryCompilation, operator: '<' | '<=' | '>' | '>='): Evaluator {
  const { left, right, site, blankAs } = node;
  const numeric = NUMERIC.has(node.leftNode.type) || NUMERIC.has(node.rightNode.type);
  const holds = RELATIONS[operator];
  return (run) => {
    let a = left(run);
    let b = right(run);
    if (typeof a === 'number' && typeof b === 'number') return holds(a - b);
    if (a === null || b === null) {
      const asZero = blankAs === 'zero' && (numeric || isNumber(a) || isNumber(b));
      if (!asZero) return false;
      a ??= 0;
      b ??= 0;
    }
    if (isNumber(a) && isNumber(b)) return holds(compareNumbers(a, b));
    if (typeof a === 'boolean' || typeof b === 'boolean') {
      throw noValue(site, 'cannot order true and false');
    }
    return holds(compareValues(a, b, { site, timezone: run.scope.timezone }));
  };
}

const RELATIONS: Readonly<Record<'<' | '<=' | '>' | '>=', (order: number) => boolean>> = {
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

function compileJoin({ left, right, site }: BinaryCompilation): Evaluator {
  return (run) => {
    const text = textOf(left(run), site) + textOf(right(run), site);
    spendText(run, text.length, site);
    return text;
  };
}

function compileArithmetic(node: BinaryCompilation, operator: ArithmeticOperator): Evaluator {
  const { left, right, site, blankAs } = node;
  const textual = TEXTUAL.has(node.leftNode.type) || TEXTUAL.has(node.rightNode.type);
  const blankOf = ({ type }: TypedExpression): 0 | null =>
    blankAs === 'zero' && !textual && (type === 'any' || NUMERIC.has(type)) ? 0 : null;
  const [blankLeft, blankRight] = [blankOf(node.leftNode), blankOf(node.rightNode)];
  return (run) => {
    let a = left(run);
    let b = right(run);
    if (a === null || b === null) {
      if (textual || typeof (a ?? b) === 'string') return a ?? b ?? '';
      a ??= blankLeft;
      b ??= blankRight;
      if (a === null || b === null) return null;
    }
    const value = calculate(a, b, { operator, site, timezone: run.scope.timezone });
    if (typeof value === 'string') spendText(run, value.length, site);
    return value;
  };
}

function isNull(node: TypedExpression): boolean {
  return node.kind === 'literal' && node.value === null;
}
