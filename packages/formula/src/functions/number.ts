import { compareNumbers, negate, signOf } from '../decimal/arithmetic.js';
import {
  acos,
  asin,
  atan,
  atan2,
  cos,
  exp,
  ln,
  log10,
  pi,
  sin,
  sqrt,
  tan,
} from '../decimal/functions.js';
import { remainder, roundNumber, toInteger, type RoundingMode } from '../decimal/rounding.js';
import { noValue, type Site } from '../fault.js';
import type { FormulaNumber, FormulaType } from '../types.js';
import type { TypedExpression } from '../syntax/ast.js';
import { num } from './arguments.js';
import { spend } from './budget.js';
import {
  optional,
  required,
  rest,
  strict,
  type FunctionDefinition,
  type StrictFunction,
} from './definition.js';

/** What a series of 80 digits costs against a plain call. */
const SERIES_STEPS = 200;
const MAX_PLACES = 100;

/** Arithmetic beyond the operators. */
export const numberFunctions: readonly FunctionDefinition[] = [
  unary('ABS', 'The distance from zero.', (x) => (signOf(x) < 0 ? negate(x) : x)),
  rounding('CEILING', 'Rounded to a whole number away from zero.', 'up'),
  rounding('FLOOR', 'Rounded to a whole number towards zero.', 'down'),
  rounding('MCEILING', 'Rounded up to a whole number, so -2.5 gives -2.', 'ceiling'),
  rounding('MFLOOR', 'Rounded down to a whole number, so -2.5 gives -3.', 'floor'),
  toPlaces('ROUND', 'Rounded half away from zero; places may be negative.', 'half-up'),
  toPlaces('TRUNC', 'Cut off after the places; places may be negative.', 'down'),
  strict({
    name: 'MOD',
    group: 'number',
    summary: 'The remainder of a division, with the sign of the dividend.',
    parameters: [required('number', 'number'), required('divisor', 'number')],
    result: 'number',
    evaluate: ([a = null, b = null], _run, site) => remainder(num(a, site), num(b, site), site),
  }),
  extreme('MIN', 'The smallest of the numbers.', -1),
  extreme('MAX', 'The largest of the numbers.', 1),
  series('EXP', 'e to the power of the number.', exp),
  series('LN', 'The natural logarithm.', ln),
  series('LOG', 'The logarithm to base 10.', log10),
  series('SQRT', 'The square root.', sqrt),
  series('SIN', 'The sine of an angle in radians.', sin),
  series('COS', 'The cosine of an angle in radians.', cos),
  series('TAN', 'The tangent of an angle in radians.', tan),
  series('ASIN', 'The angle in radians whose sine is the number.', asin),
  series('ACOS', 'The angle in radians whose cosine is the number.', acos),
  series('ATAN', 'The angle in radians whose tangent is the number.', atan),
  strict({
    name: 'ATAN2',
    group: 'number',
    summary: 'The angle in radians of the point (x, y).',
    parameters: [required('y', 'number'), required('x', 'number')],
    result: 'number',
    evaluate([y = null, x = null], run, site) {
      spend(run, SERIES_STEPS, site);
      return atan2(num(y, site), num(x, site), site);
    },
  }),
  strict({
    name: 'PI',
    group: 'number',
    summary: 'The constant 3.14159…, to 34 digits.',
    parameters: [],
    result: 'number',
    evaluate: (_values, _run, site) => pi(site),
  }),
];

type Compute = (value: FormulaNumber, site: Site) => FormulaNumber;

function unary(name: string, summary: string, compute: Compute): StrictFunction {
  return strict({
    name,
    group: 'number',
    summary,
    parameters: [required('number', 'number')],
    result: sameNumericType,
    money: true,
    evaluate: ([value = null], _run, site) => compute(num(value, site), site),
  });
}

function rounding(name: string, summary: string, mode: RoundingMode): StrictFunction {
  return unary(name, summary, (value) => roundNumber(value, 0, mode));
}

function toPlaces(name: string, summary: string, mode: RoundingMode): StrictFunction {
  return strict({
    name,
    group: 'number',
    summary,
    parameters: [required('number', 'number'), optional('places', 'number')],
    result: sameNumericType,
    money: true,
    evaluate([value = null, places = 0], _run, site) {
      const digits = toInteger(num(places, site), site);
      if (Math.abs(digits) > MAX_PLACES) {
        throw noValue(site, `takes at most ${String(MAX_PLACES)} places`);
      }
      return roundNumber(num(value, site), digits, mode);
    },
  });
}

function extreme(name: string, summary: string, sign: 1 | -1): StrictFunction {
  return strict({
    name,
    group: 'number',
    summary,
    parameters: [rest('number', 'number')],
    result: sameNumericType,
    money: true,
    evaluate(values, _run, site) {
      let best = num(values[0] ?? null, site);
      for (const value of values) {
        const candidate = num(value, site);
        if (sign * compareNumbers(candidate, best) > 0) best = candidate;
      }
      return best;
    },
  });
}

function series(name: string, summary: string, compute: Compute): StrictFunction {
  return strict({
    name,
    group: 'number',
    summary,
    parameters: [required('number', 'number')],
    result: 'number',
    evaluate([value = null], run, site) {
      spend(run, SERIES_STEPS, site);
      return compute(num(value, site), site);
    },
  });
}

/** Currency stays currency, percent stays percent; a mixture is a number. */
function sameNumericType(nodes: readonly TypedExpression[]): FormulaType {
  const [first] = nodes;
  const type = first?.type ?? 'number';
  if (type === 'any' || nodes.length === 1) return type === 'any' ? 'number' : type;
  if (nodes.some((node) => node.type === 'currency')) return 'currency';
  return nodes.every((node) => node.type === type) ? type : 'number';
}
