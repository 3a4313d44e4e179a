import { formatDecimal } from '../decimal/decimal.js';
import { isNumber } from '../values/kinds.js';
import type { Expression, LiteralNode } from './ast.js';
import { KEYWORDS } from './parser.js';

const WORDS: Readonly<Record<string, string>> = { and: 'AND', or: 'OR' };

/**
 * Writes a tree as source that parses to the same tree. Every operator gets its parentheses, so
 * nothing depends on precedence.
 */
export function printExpression(node: Expression): string {
  switch (node.kind) {
    case 'literal':
      return printLiteral(node.value);
    case 'path':
      return printPath(node.segments);
    case 'unary': {
      const operand = `(${printExpression(node.operand)})`;
      return node.operator === 'not' ? `NOT ${operand}` : `${node.operator}${operand}`;
    }
    case 'binary': {
      const operator = WORDS[node.operator] ?? node.operator;
      return `(${printExpression(node.left)}) ${operator} (${printExpression(node.right)})`;
    }
    case 'in': {
      const operator = node.negated ? 'NOT IN' : 'IN';
      return `(${printExpression(node.subject)}) ${operator} (${printList(node.options)})`;
    }
    case 'call':
      return `${node.name}(${printList(node.arguments)})`;
  }
}

function printPath(segments: readonly string[]): string {
  const path = segments.join('.');
  return KEYWORDS.has((segments[0] ?? '').toUpperCase()) ? `{${path}}` : path;
}

function printList(nodes: readonly Expression[]): string {
  return nodes.map(printExpression).join(', ');
}

function printLiteral(value: LiteralNode['value']): string {
  if (value === null) return 'NULL';
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE';
  if (isNumber(value)) return formatDecimal(value);
  return quote(value);
}

function quote(text: string): string {
  const escaped = text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t');
  return `"${escaped}"`;
}
