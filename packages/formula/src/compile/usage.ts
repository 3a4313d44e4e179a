import type { TypedExpression } from '../syntax/ast.js';

/** What a formula depends on. */
export interface Usage {
  readonly paths: readonly (readonly string[])[];
  readonly functions: readonly string[];
  readonly needsPrevious: boolean;
  readonly volatile: boolean;
}

/** Collects the fields and functions of a checked formula, each once and in order. */
export function usageOf(root: TypedExpression): Usage {
  const paths = new Map<string, readonly string[]>();
  const functions = new Set<string>();
  let needsPrevious = false;
  let volatile = false;
  const visit = (node: TypedExpression): void => {
    if (node.kind === 'path') {
      if (node.segments[0]?.startsWith('$') !== true)
        paths.set(node.segments.join('.'), node.segments);
      else if (node.segments[0].toUpperCase() === '$NOW') volatile = true;
    }
    if (node.kind === 'call') {
      functions.add(node.definition.name);
      needsPrevious ||= node.definition.previous === true;
      volatile ||= node.definition.volatile === true;
    }
    childrenOf(node).forEach(visit);
  };
  visit(root);
  return { paths: [...paths.values()], functions: [...functions], needsPrevious, volatile };
}

/** The parts of a node, left to right. */
export function childrenOf(node: TypedExpression): readonly TypedExpression[] {
  switch (node.kind) {
    case 'literal':
    case 'path':
      return [];
    case 'unary':
      return [node.operand];
    case 'binary':
      return [node.left, node.right];
    case 'in':
      return [node.subject, ...node.options];
    case 'call':
      return node.arguments;
  }
}
