import type { FunctionDefinition } from '../functions/definition.js';
import type { FormulaNumber, FormulaType } from '../types.js';

/** Operators with two sides. `&` joins texts; `and` and `or` look at the right side only if needed. */
export type BinaryOperator =
  '+' | '-' | '*' | '/' | '^' | '&' | '=' | '<>' | '<' | '<=' | '>' | '>=' | 'and' | 'or';

/** Operators with one side. */
export type UnaryOperator = '-' | '+' | 'not';

/** A constant of the source. */
export interface LiteralNode {
  readonly kind: 'literal';
  readonly value: null | boolean | string | FormulaNumber;
  readonly offset: number;
}

/** A field, reached over zero or more relations; `$User`, `$Org` and `$Now` are paths too. */
export interface PathNode {
  readonly kind: 'path';
  readonly segments: readonly string[];
  readonly offset: number;
}

/** One operand. */
export interface UnaryNode<E> {
  readonly kind: 'unary';
  readonly operator: UnaryOperator;
  readonly operand: E;
  readonly offset: number;
}

/** Two operands. */
export interface BinaryNode<E> {
  readonly kind: 'binary';
  readonly operator: BinaryOperator;
  readonly left: E;
  readonly right: E;
  readonly offset: number;
}

/** `subject IN (options)`, or `NOT IN`. */
export interface MembershipNode<E> {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly subject: E;
  readonly options: readonly E[];
  readonly offset: number;
}

/** A function call as written; the name is in upper case. */
export interface CallNode {
  readonly kind: 'call';
  readonly name: string;
  readonly arguments: readonly Expression[];
  readonly offset: number;
}

/** A function call with its entry in the function table. */
export interface TypedCallNode {
  readonly kind: 'call';
  readonly definition: FunctionDefinition;
  readonly arguments: readonly TypedExpression[];
  readonly offset: number;
}

/** The tree that the parser makes. Offsets count from 0. */
export type Expression =
  | LiteralNode
  | PathNode
  | UnaryNode<Expression>
  | BinaryNode<Expression>
  | MembershipNode<Expression>
  | CallNode;

/** The checked tree that every back end reads: each node knows its type, each call its function. */
export type TypedExpression = { readonly type: FormulaType } & (
  | LiteralNode
  | PathNode
  | UnaryNode<TypedExpression>
  | BinaryNode<TypedExpression>
  | MembershipNode<TypedExpression>
  | TypedCallNode
);
