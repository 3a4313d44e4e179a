import type { RoundingMode } from '../decimal/rounding.js';
import type { TypedExpression } from '../syntax/ast.js';
import { anyOf, numberOf } from './build.js';
import type { SqlCall, SqlFunction } from './functions.js';
import { absolute, extreme, modulo, rounded } from './numbers.js';
import { notCompilable, type NumberSql } from './types.js';

/** The argument as a number. */
export function number({ argument, builder }: SqlCall, index: number): NumberSql {
  return numberOf(argument(index), builder);
}

/** The whole part of the argument. */
export function whole(call: SqlCall, index: number): NumberSql {
  return rounded(number(call, index), { places: 0, mode: 'down', builder: call.builder });
}

function toWhole(mode: RoundingMode): SqlFunction {
  return (call) => rounded(number(call, 0), { places: 0, mode, builder: call.builder });
}

function toPlaces(name: string, mode: RoundingMode): SqlFunction {
  return (call) => {
    const places = call.nodes.length > 1 ? constant(call.nodes[1]) : 0;
    if (places === undefined) return notCompilable(`${name} needs a constant number of places`);
    return rounded(number(call, 0), { places, mode, builder: call.builder });
  };
}

/** The value of a whole constant, signed or not. */
function constant(node: TypedExpression | undefined): number | undefined {
  if (node?.kind === 'unary' && node.operator === '-') {
    const value = constant(node.operand);
    return value === undefined ? undefined : -value;
  }
  if (node?.kind !== 'literal' || typeof node.value !== 'number') return undefined;
  return Math.trunc(node.value);
}

function smallestOrLargest(operator: '<' | '>'): SqlFunction {
  return (call) => {
    const values = call.nodes.map((_, index) => number(call, index));
    return { ...extreme(values, operator), error: anyOf(...values.map((value) => value.error)) };
  };
}

/** Functions of numbers that whole numbers can compute exactly. */
export const numberSql: Readonly<Record<string, SqlFunction>> = {
  ABS: (call) => absolute(number(call, 0)),
  CEILING: toWhole('up'),
  FLOOR: toWhole('down'),
  MCEILING: toWhole('ceiling'),
  MFLOOR: toWhole('floor'),
  ROUND: toPlaces('ROUND', 'half-up'),
  TRUNC: toPlaces('TRUNC', 'down'),
  MOD: (call) => modulo(number(call, 0), number(call, 1), call.builder),
  MIN: smallestOrLargest('<'),
  MAX: smallestOrLargest('>'),
};
