import type { BinaryOperator } from '../syntax/ast.js';
import type { FormulaType } from '../types.js';
import { NUMERIC, TEXTUAL } from '../values/kinds.js';

const MOMENTS: ReadonlySet<FormulaType> = new Set(['date', 'datetime']);

/** The type of an operator's result, or nothing when it does not take such operands. */
export function operatorType(
  operator: BinaryOperator,
  left: FormulaType,
  right: FormulaType,
): FormulaType | undefined {
  switch (operator) {
    case 'and':
    case 'or':
      return isBoolean(left) && isBoolean(right) ? 'boolean' : undefined;
    case '&':
      return isScalar(left) && isScalar(right) ? 'text' : undefined;
    case '=':
    case '<>':
      return isComparable(left, right) ? 'boolean' : undefined;
    case '<':
    case '<=':
    case '>':
    case '>=':
      return isComparable(left, right) && isOrdered(left) && isOrdered(right)
        ? 'boolean'
        : undefined;
    case '+':
      return sumType(left, right);
    case '-':
      return differenceType(left, right);
    case '*':
      return productType(left, right);
    case '/':
      return quotientType(left, right);
    case '^':
      return isNumeric(left) && isNumeric(right) ? 'number' : undefined;
  }
}

/** True when a value of one type may stand where the other is wanted. */
export function isAssignable(type: FormulaType, wanted: FormulaType): boolean {
  if (type === 'any' || wanted === 'any' || type === wanted) return true;
  if (NUMERIC.has(type)) return NUMERIC.has(wanted);
  if (TEXTUAL.has(type)) return TEXTUAL.has(wanted);
  return wanted === 'object' && type === 'location';
}

/** True when values of the types can be equal. */
export function isComparable(left: FormulaType, right: FormulaType): boolean {
  if (isAssignable(left, right)) return true;
  if (MOMENTS.has(left) && MOMENTS.has(right)) return true;
  if (left === 'duration') return NUMERIC.has(right);
  return right === 'duration' && NUMERIC.has(left);
}

/** One type for two branches: the more general of kin, else `any` only if one side is. */
export function commonType(left: FormulaType, right: FormulaType): FormulaType | undefined {
  if (left === right) return left;
  if (left === 'any' || right === 'any') return 'any';
  if (NUMERIC.has(left) && NUMERIC.has(right)) return 'number';
  if (TEXTUAL.has(left) && TEXTUAL.has(right)) return 'text';
  return undefined;
}

function sumType(left: FormulaType, right: FormulaType): FormulaType | undefined {
  if (left === 'any' || right === 'any')
    return isSummable(left) && isSummable(right) ? 'any' : undefined;
  if (NUMERIC.has(left) && NUMERIC.has(right)) return numericType(left, right);
  if (TEXTUAL.has(left) && TEXTUAL.has(right)) return 'text';
  return shiftType(left, right) ?? shiftType(right, left);
}

function differenceType(left: FormulaType, right: FormulaType): FormulaType | undefined {
  if (left === 'any' || right === 'any') {
    return isSummable(left) && isSummable(right) && !TEXTUAL.has(left) && !TEXTUAL.has(right)
      ? 'any'
      : undefined;
  }
  if (NUMERIC.has(left) && NUMERIC.has(right)) return numericType(left, right);
  if (MOMENTS.has(left) && MOMENTS.has(right)) return 'number';
  if (left === 'time' && right === 'time') return 'number';
  return shiftType(left, right);
}

function shiftType(from: FormulaType, by: FormulaType): FormulaType | undefined {
  const isNumber = NUMERIC.has(by);
  if (!isNumber && by !== 'duration') return undefined;
  if (from === 'date') return isNumber ? 'date' : 'datetime';
  if (from === 'datetime' || from === 'time') return from;
  return from === 'duration' ? 'duration' : undefined;
}

function productType(left: FormulaType, right: FormulaType): FormulaType | undefined {
  if (left === 'any' || right === 'any') {
    return isFactor(left) && isFactor(right) ? 'any' : undefined;
  }
  if (NUMERIC.has(left) && NUMERIC.has(right)) return currencyOr(left, right);
  if (left === 'duration' && NUMERIC.has(right)) return 'duration';
  return right === 'duration' && NUMERIC.has(left) ? 'duration' : undefined;
}

function quotientType(left: FormulaType, right: FormulaType): FormulaType | undefined {
  if (left === 'any' || right === 'any') {
    return isFactor(left) && isFactor(right) ? 'any' : undefined;
  }
  if (left === 'duration') {
    if (right === 'duration') return 'number';
    return NUMERIC.has(right) ? 'duration' : undefined;
  }
  if (!NUMERIC.has(left) || !NUMERIC.has(right)) return undefined;
  return left === 'currency' && right !== 'currency' ? 'currency' : 'number';
}

function numericType(left: FormulaType, right: FormulaType): FormulaType {
  return left === right ? left : currencyOr(left, right);
}

function currencyOr(left: FormulaType, right: FormulaType): FormulaType {
  return left === 'currency' || right === 'currency' ? 'currency' : 'number';
}

function isNumeric(type: FormulaType): boolean {
  return type === 'any' || NUMERIC.has(type);
}

function isFactor(type: FormulaType): boolean {
  return isNumeric(type) || type === 'duration';
}

function isSummable(type: FormulaType): boolean {
  return isScalar(type) && type !== 'boolean';
}

function isBoolean(type: FormulaType): boolean {
  return type === 'any' || type === 'boolean';
}

function isScalar(type: FormulaType): boolean {
  return type !== 'list' && type !== 'object' && type !== 'location';
}

function isOrdered(type: FormulaType): boolean {
  return isScalar(type) && type !== 'boolean';
}
