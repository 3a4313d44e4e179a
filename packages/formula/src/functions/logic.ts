import { isObjectOSError } from '@objectos/spec/errors';
import { equalityOf } from '../compile/operators.js';
import { isComparable } from '../compile/operator-types.js';
import { parseDecimal } from '../decimal/decimal.js';
import type { TypedExpression } from '../syntax/ast.js';
import { isBlank, isNumber } from '../values/kinds.js';
import { branchProblem, branchType } from './branches.js';
import {
  optional,
  required,
  rest,
  special,
  strict,
  type Evaluator,
  type FunctionDefinition,
  type SpecialCall,
} from './definition.js';

const ABSENT: Evaluator = () => null;

/** Conditions, choices and blanks. */
export const logicFunctions: readonly FunctionDefinition[] = [
  special({
    name: 'IF',
    group: 'logic',
    summary: 'The second argument when the condition holds, else the third.',
    parameters: [
      required('condition', 'boolean'),
      required('then', 'value'),
      optional('else', 'value'),
    ],
    result: (nodes) => branchType(nodes.slice(1)),
    check: (nodes) => branchProblem(nodes.slice(1)),
    compile({ evaluators: [condition = ABSENT, then = ABSENT, otherwise = ABSENT] }) {
      return (run) => (condition(run) === true ? then(run) : otherwise(run));
    },
  }),
  special({
    name: 'AND',
    group: 'logic',
    summary: 'True when every condition holds; stops at the first that does not.',
    parameters: [rest('condition', 'boolean')],
    result: 'boolean',
    compile:
      ({ evaluators }) =>
      (run) =>
        evaluators.every((evaluate) => evaluate(run) === true),
  }),
  special({
    name: 'OR',
    group: 'logic',
    summary: 'True when any condition holds; stops at the first that does.',
    parameters: [rest('condition', 'boolean')],
    result: 'boolean',
    compile:
      ({ evaluators }) =>
      (run) =>
        evaluators.some((evaluate) => evaluate(run) === true),
  }),
  strict({
    name: 'NOT',
    group: 'logic',
    summary: 'True when the condition does not hold.',
    parameters: [required('condition', 'boolean')],
    result: 'boolean',
    evaluate: ([condition]) => condition !== true,
  }),
  special({
    name: 'CASE',
    group: 'logic',
    summary: 'The result beside the first value that equals the subject, else the last argument.',
    parameters: [required('subject', 'value'), required('value', 'value'), rest('result', 'value')],
    result: (nodes) => branchType(caseParts(nodes).results),
    check: checkCase,
    compile: compileCase,
  }),
  special({
    name: 'IN',
    group: 'logic',
    summary: 'True when the subject equals one of the values; `subject IN (...)` is the same.',
    parameters: [required('subject', 'value'), rest('value', 'value')],
    result: 'boolean',
    check: (nodes) => checkValues(nodes[0], nodes.slice(1)),
    compile: compileIn,
  }),
  special({
    name: 'IFERROR',
    group: 'logic',
    summary: 'The first argument, or the second when the first has no value because of an error.',
    parameters: [required('value', 'value'), required('fallback', 'value')],
    result: branchType,
    check: branchProblem,
    compile: compileIfError,
  }),
  ...['ISBLANK', 'ISNULL'].map((name) =>
    strict({
      name,
      group: 'logic',
      summary: 'True when there is no value, an empty text or an empty list.',
      parameters: [required('value', 'value')],
      result: 'boolean',
      evaluate: ([value = null]) => isBlank(value),
    }),
  ),
  ...['BLANKVALUE', 'NULLVALUE'].map((name) =>
    special({
      name,
      group: 'logic',
      summary: 'The first argument, or the second when the first is blank.',
      parameters: [required('value', 'value'), required('fallback', 'value')],
      result: branchType,
      check: branchProblem,
      compile({ evaluators: [read = ABSENT, fallback = ABSENT] }) {
        return (run) => {
          const value = read(run);
          return isBlank(value) ? fallback(run) : value;
        };
      },
    }),
  ),
  strict({
    name: 'ISNUMBER',
    group: 'logic',
    summary: 'True for a number and for text that VALUE can read.',
    parameters: [required('value', 'value')],
    result: 'boolean',
    evaluate([value = null]) {
      if (typeof value === 'string') return parseDecimal(value.trim()) !== undefined;
      return isNumber(value) || (typeof value === 'object' && value?.kind === 'money');
    },
  }),
];

interface CaseParts<T> {
  readonly values: readonly T[];
  readonly results: readonly T[];
}

/** Splits what follows the subject into values and results; an odd last one is the default. */
function caseParts<T>(args: readonly T[]): CaseParts<T> {
  const pairs = args.slice(1);
  const values: T[] = [];
  const results: T[] = [];
  pairs.forEach((item, index) => {
    const isDefault = index === pairs.length - 1 && index % 2 === 0;
    (index % 2 === 0 && !isDefault ? values : results).push(item);
  });
  return { values, results };
}

function checkCase(nodes: readonly TypedExpression[]): string | undefined {
  const { values, results } = caseParts(nodes);
  return checkValues(nodes[0], values) ?? branchProblem(results);
}

function checkValues(
  subject: TypedExpression | undefined,
  values: readonly TypedExpression[],
): string | undefined {
  const odd = values.find((value) => !isComparable(subject?.type ?? 'any', value.type));
  return odd === undefined || odd.type === 'list'
    ? undefined
    : `compares ${subject?.type ?? 'any'} with ${odd.type}`;
}

function compileCase({ nodes, evaluators, site }: SpecialCall): Evaluator {
  const [subjectNode] = nodes;
  const [subject = ABSENT] = evaluators;
  const { values, results } = caseParts(evaluators);
  const valueNodes = caseParts(nodes).values;
  const otherwise = results.length > values.length ? results[results.length - 1] : undefined;
  const branches = values.map((read, index) => {
    const rightNode = valueNodes[index];
    const isNull = rightNode?.kind === 'literal' && rightNode.value === null;
    const result = results[index] ?? ABSENT;
    const equality =
      subjectNode === undefined || rightNode === undefined || isNull
        ? undefined
        : equalityOf({ leftNode: subjectNode, rightNode, site, blankAs: site.blankAs });
    return { read, result, equality };
  });
  return (run) => {
    const value = subject(run);
    for (const { read, result, equality } of branches) {
      const matches =
        equality === undefined ? isBlank(value) : equality(value, read(run), run) === 'same';
      if (matches) return result(run);
    }
    return otherwise === undefined ? null : otherwise(run);
  };
}

function compileIn({ nodes, evaluators, site }: SpecialCall): Evaluator {
  const [subjectNode] = nodes;
  const [subject = ABSENT, ...values] = evaluators;
  const options = values.map((read, index) => {
    const rightNode = nodes[index + 1];
    const equality =
      subjectNode === undefined || rightNode === undefined
        ? undefined
        : equalityOf({ leftNode: subjectNode, rightNode, site, blankAs: site.blankAs });
    return { read, equality };
  });
  return (run) => {
    const value = subject(run);
    return options.some(({ read, equality }) => {
      const candidate = read(run);
      const items =
        typeof candidate === 'object' && candidate?.kind === 'list' ? candidate.items : [candidate];
      return items.some((item) => equality?.(value, item, run) === 'same');
    });
  };
}

function compileIfError({
  evaluators: [read = ABSENT, fallback = ABSENT],
}: SpecialCall): Evaluator {
  return (run) => {
    try {
      return read(run);
    } catch (error) {
      if (isObjectOSError(error, 'formula_evaluation')) return fallback(run);
      throw error;
    }
  };
}
