import { locate, typeError, type Site } from '../fault.js';
import type { CallSite, Evaluator } from '../functions/definition.js';
import { FORMULA_LIMITS } from '../limits.js';
import type { MembershipNode, TypedExpression } from '../syntax/ast.js';
import { parseFormula } from '../syntax/parser.js';
import type {
  BlankMode,
  CompiledFormula,
  FormulaOptions,
  FormulaScope,
  FormulaValue,
} from '../types.js';

import { compileCall } from './call.js';
import { check } from './check.js';
import { coerceResult } from './expect.js';
import { compilePath } from './fields.js';
import { compileBinary, compileUnary, equalityOf } from './operators.js';
import { isAssignable } from './operator-types.js';
import { usageOf } from './usage.js';

interface Compilation {
  readonly source: string;
  readonly blankAs: BlankMode;
}

/**
 * Reads, checks and compiles a formula. Do it once and evaluate often.
 *
 * @throws formula_syntax, formula_unknown_field, formula_unknown_function, formula_arguments,
 *   formula_type, formula_limit; `details` hold `{ line, column, position }`, counted from 1
 * @example
 * const formula = compileFormula('amount * 0.1', { fields: () => 'currency' });
 * toJs(formula.evaluate({ record: { amount: 3 }, isNew: false, now: new Date(), timezone: 'UTC' })); // 0.3
 */
export function compileFormula(source: string, options: FormulaOptions = {}): CompiledFormula {
  const parsed = parseFormula(source);
  const ast = check(parsed.expression, { source, options });
  const blankAs = options.blankAs ?? 'blank';
  const { expect } = options;
  if (expect !== undefined && !isAssignable(ast.type, expect)) {
    throw typeError(source, ast.offset, `the formula gives ${ast.type}, and ${expect} is expected`);
  }
  const evaluator = compileNode(ast, { source, blankAs });
  const site: Site = { name: 'the formula', source, offset: 0 };
  const finish = coerceResult(expect ?? ast.type, blankAs, site);
  const evaluate = (scope: FormulaScope): FormulaValue => {
    const run = { scope, budget: FORMULA_LIMITS.steps };
    return finish(evaluator(run), scope);
  };
  const notices = parsed.braces.map((offset) => ({
    message: 'Braces around a field are not needed in a formula.',
    ...locate(source, offset),
  }));
  return { source, type: ast.type, ast, ...usageOf(ast), notices, evaluate };
}

function compileNode(node: TypedExpression, context: Compilation): Evaluator {
  const site = siteOf(node, context);
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'path':
      return compilePath({ segments: node.segments, type: node.type, site });
    case 'unary':
      return compileUnary(node.operator, compileNode(node.operand, context), site);
    case 'binary':
      return compileBinary({
        operator: node.operator,
        left: compileNode(node.left, context),
        right: compileNode(node.right, context),
        leftNode: node.left,
        rightNode: node.right,
        site,
        blankAs: context.blankAs,
      });
    case 'in':
      return compileMembership(node, context);
    case 'call': {
      const evaluators = node.arguments.map((argument) => compileNode(argument, context));
      return compileCall(node, evaluators, site);
    }
  }
}

function compileMembership(node: MembershipNode<TypedExpression>, context: Compilation): Evaluator {
  const site = siteOf(node, context);
  const subject = compileNode(node.subject, context);
  const options = node.options.map((option) => ({
    read: compileNode(option, context),
    equality: equalityOf({
      leftNode: node.subject,
      rightNode: option,
      site,
      blankAs: context.blankAs,
    }),
  }));
  return (run) => {
    const value = subject(run);
    let unknown = false;
    for (const option of options) {
      const candidate = option.read(run);
      const items =
        typeof candidate === 'object' && candidate?.kind === 'list' ? candidate.items : [candidate];
      for (const item of items) {
        const found = option.equality(value, item, run);
        if (found === 'same') return !node.negated;
        unknown ||= found === 'unknown';
      }
    }
    return node.negated && !unknown;
  };
}

function siteOf(
  node: TypedExpression | MembershipNode<TypedExpression>,
  context: Compilation,
): CallSite {
  return {
    name: nameOf(node),
    source: context.source,
    offset: node.offset,
    blankAs: context.blankAs,
  };
}

function nameOf(node: TypedExpression | MembershipNode<TypedExpression>): string {
  switch (node.kind) {
    case 'call':
      return node.definition.name;
    case 'binary':
    case 'unary':
      return `"${node.operator.toUpperCase()}"`;
    case 'path':
      return `"${node.segments.join('.')}"`;
    case 'in':
      return 'IN';
    case 'literal':
      return 'a constant';
  }
}
