import { commonType } from '../compile/operator-types.js';
import type { TypedExpression } from '../syntax/ast.js';
import type { FormulaType } from '../types.js';

/** The one type of several branches; NULL fits every type. */
export function branchType(nodes: readonly TypedExpression[]): FormulaType {
  return unite(nodes) ?? 'any';
}

/** Says which branches do not fit, or nothing. */
export function branchProblem(nodes: readonly TypedExpression[]): string | undefined {
  if (unite(nodes) !== undefined) return undefined;
  const types = [...new Set(nodes.filter(isTyped).map((node) => node.type))];
  return `gives ${types.join(' in one case and ')} in another`;
}

function unite(nodes: readonly TypedExpression[]): FormulaType | undefined {
  let type: FormulaType | undefined;
  for (const node of nodes) {
    if (!isTyped(node)) continue;
    type = type === undefined ? node.type : commonType(type, node.type);
    if (type === undefined) return undefined;
  }
  return type ?? 'any';
}

function isTyped(node: TypedExpression): boolean {
  return node.kind !== 'literal' || node.value !== null;
}
