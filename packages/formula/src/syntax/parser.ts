import { limitReached, syntaxError } from '../fault.js';
import { compact, parseDecimal } from '../decimal/decimal.js';
import { FORMULA_LIMITS, type FormulaLimits } from '../limits.js';
import type { BinaryOperator, Expression } from './ast.js';
import { tokenize, type Token } from './tokenizer.js';

/** What parsing found: the tree, and the places where an old spelling was read. */
export interface ParsedFormula {
  readonly expression: Expression;
  readonly braces: readonly number[];
}

interface Infix {
  readonly operator: BinaryOperator | 'in';
  readonly power: number;
}

const OR = 10;
const AND = 20;
const NOT = 30;
const EQUALITY = 40;
const RELATION = 50;
const SUM = 60;
const PRODUCT = 70;
const POWER = 80;
const SIGN = 90;

const INFIX: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['||', { operator: 'or', power: OR }],
  ['&&', { operator: 'and', power: AND }],
  ['=', { operator: '=', power: EQUALITY }],
  ['==', { operator: '=', power: EQUALITY }],
  ['<>', { operator: '<>', power: EQUALITY }],
  ['!=', { operator: '<>', power: EQUALITY }],
  ['<', { operator: '<', power: RELATION }],
  ['<=', { operator: '<=', power: RELATION }],
  ['>', { operator: '>', power: RELATION }],
  ['>=', { operator: '>=', power: RELATION }],
  ['+', { operator: '+', power: SUM }],
  ['-', { operator: '-', power: SUM }],
  ['&', { operator: '&', power: SUM }],
  ['*', { operator: '*', power: PRODUCT }],
  ['/', { operator: '/', power: PRODUCT }],
  ['^', { operator: '^', power: POWER }],
]);

const WORD_INFIX: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ['OR', { operator: 'or', power: OR }],
  ['AND', { operator: 'and', power: AND }],
  ['IN', { operator: 'in', power: RELATION }],
  ['NOT', { operator: 'in', power: RELATION }],
]);

/** Names that are never fields. Inside braces they are. */
export const KEYWORDS: ReadonlySet<string> = new Set([
  'AND',
  'OR',
  'NOT',
  'IN',
  'TRUE',
  'FALSE',
  'NULL',
]);

/**
 * Reads a formula into a tree without looking at names or types.
 *
 * @throws formula_syntax when it is not a formula
 * @throws formula_limit when it is too long or too deep
 */
export function parseFormula(
  source: string,
  limits: FormulaLimits = FORMULA_LIMITS,
): ParsedFormula {
  const parser = new Parser(source, limits);
  return parser.parse();
}

/** A Pratt parser; a class because every rule shares the position, the depth and the node count. */
class Parser {
  readonly #source: string;
  readonly #limits: FormulaLimits;
  readonly #tokens: readonly Token[];
  readonly #braces: number[] = [];
  readonly #end: Token;
  #index = 0;
  #depth = 0;
  #nodes = 0;

  constructor(source: string, limits: FormulaLimits) {
    this.#source = source;
    this.#limits = limits;
    this.#tokens = tokenize(source, limits);
    this.#end = { kind: 'end', text: '', offset: source.length };
  }

  parse(): ParsedFormula {
    if (this.#peek().kind === 'end') throw this.#error(this.#peek(), 'it is empty');
    const expression = this.#expression(0);
    const rest = this.#peek();
    if (rest.kind !== 'end') throw this.#error(rest, `${show(rest)} is not expected here`);
    return { expression, braces: this.#braces };
  }

  #expression(power: number): Expression {
    this.#depth += 1;
    if (this.#depth > this.#limits.depth) throw this.#limit('depth', this.#limits.depth);
    let left = this.#prefix();
    let compared = 0;
    for (;;) {
      const infix = this.#infix();
      if (infix === undefined || infix.power <= power) break;
      if (infix.power === compared) throw this.#error(this.#peek(), CHAINED);
      compared = infix.power === EQUALITY || infix.power === RELATION ? infix.power : 0;
      left = infix.operator === 'in' ? this.#membership(left) : this.#binary(left, infix);
    }
    this.#depth -= 1;
    return left;
  }

  #infix(): Infix | undefined {
    const token = this.#peek();
    if (token.kind === 'symbol') return INFIX.get(token.text);
    if (token.kind !== 'word') return undefined;
    const word = token.text.toUpperCase();
    if (word === 'NOT' && this.#peek(1).text.toUpperCase() !== 'IN') return undefined;
    return WORD_INFIX.get(word);
  }

  #binary(left: Expression, infix: Infix): Expression {
    const { offset } = this.#next();
    const right = this.#expression(infix.power);
    const operator = infix.operator as BinaryOperator;
    return this.#node({ kind: 'binary', operator, left, right, offset });
  }

  #membership(subject: Expression): Expression {
    const { offset, text } = this.#next();
    const negated = text.toUpperCase() === 'NOT';
    if (negated) this.#next();
    this.#take('(', 'IN needs a list in parentheses, as in status IN ("new", "open")');
    const options = this.#list(')');
    if (options.length === 0) {
      throw syntaxError(this.#source, offset, 'IN needs at least one value');
    }
    return this.#node({ kind: 'in', negated, subject, options, offset });
  }

  #prefix(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case 'number':
        return this.#number(token);
      case 'text':
        return this.#node({ kind: 'literal', value: token.text, offset: token.offset });
      case 'word':
        return this.#word(token);
      case 'symbol':
        return this.#symbol(token);
      case 'end':
        throw this.#error(token, 'it ends where a value is expected');
    }
  }

  #number(token: Token): Expression {
    const value = parseDecimal(token.text);
    if (value === undefined) throw this.#error(token, 'this number has too many digits');
    return this.#node({ kind: 'literal', value: compact(value), offset: token.offset });
  }

  #symbol(token: Token): Expression {
    const { text, offset } = token;
    if (text === '(') {
      const inner = this.#expression(0);
      this.#take(')', 'a closing parenthesis is missing');
      return inner;
    }
    if (text === '-' || text === '+') {
      return this.#node({ kind: 'unary', operator: text, operand: this.#expression(SIGN), offset });
    }
    if (text === '!') {
      return this.#node({
        kind: 'unary',
        operator: 'not',
        operand: this.#expression(SIGN),
        offset,
      });
    }
    if (text === '{' || text === '{{') return this.#braced(token);
    throw this.#error(token, `a value is expected instead of ${show(token)}`);
  }

  #braced(open: Token): Expression {
    this.#braces.push(open.offset);
    const token = this.#next();
    if (token.kind !== 'word') throw this.#error(token, 'braces hold the name of a field');
    const path = this.#path(token);
    this.#take(open.text === '{' ? '}' : '}}', 'a closing brace is missing');
    return path;
  }

  #word(token: Token): Expression {
    const { offset } = token;
    const word = token.text.toUpperCase();
    const opens = this.#peek().kind === 'symbol' && this.#peek().text === '(';
    if (word === 'TRUE' || word === 'FALSE' || word === 'NULL') {
      if (opens) this.#emptyParentheses();
      const value = word === 'NULL' ? null : word === 'TRUE';
      return this.#node({ kind: 'literal', value, offset });
    }
    if (word === 'NOT') {
      const power = opens ? SIGN : NOT;
      return this.#node({
        kind: 'unary',
        operator: 'not',
        operand: this.#expression(power),
        offset,
      });
    }
    if (opens) return this.#call(token, word);
    if (KEYWORDS.has(word)) throw this.#error(token, `a value is expected instead of ${word}`);
    return this.#path(token);
  }

  #emptyParentheses(): void {
    this.#next();
    this.#take(')', 'TRUE, FALSE and NULL take no arguments');
  }

  #call(token: Token, name: string): Expression {
    this.#next();
    const list = this.#list(')');
    return this.#node({ kind: 'call', name, arguments: list, offset: token.offset });
  }

  #path(first: Token): Expression {
    const segments = [first.text];
    while (this.#peek().kind === 'symbol' && this.#peek().text === '.') {
      this.#next();
      const segment = this.#next();
      if (segment.kind !== 'word') throw this.#error(segment, 'a field name is expected after "."');
      segments.push(segment.text);
    }
    if (segments.length > this.#limits.hops + 1) {
      const site = { name: 'path', source: this.#source, offset: first.offset };
      throw limitReached(site, 'hops', this.#limits.hops);
    }
    return this.#node({ kind: 'path', segments, offset: first.offset });
  }

  #list(close: string): Expression[] {
    const items: Expression[] = [];
    if (this.#peek().kind === 'symbol' && this.#peek().text === close) {
      this.#next();
      return items;
    }
    for (;;) {
      items.push(this.#expression(0));
      const token = this.#next();
      if (token.kind === 'symbol' && token.text === close) return items;
      if (token.kind !== 'symbol' || token.text !== ',') {
        throw this.#error(token, `"," or "${close}" is expected instead of ${show(token)}`);
      }
    }
  }

  #take(text: string, reason: string): void {
    const token = this.#next();
    if (token.kind !== 'symbol' || token.text !== text) throw this.#error(token, reason);
  }

  #node<E extends Expression>(node: E): E {
    this.#nodes += 1;
    if (this.#nodes > this.#limits.nodes) throw this.#limit('nodes', this.#limits.nodes);
    return node;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[this.#index + ahead] ?? this.#end;
  }

  #next(): Token {
    const token = this.#peek();
    this.#index += 1;
    return token;
  }

  #limit(name: string, max: number): Error {
    const site = { name: 'formula', source: this.#source, offset: this.#peek().offset };
    return limitReached(site, name, max);
  }

  #error(token: Token, reason: string): Error {
    return syntaxError(this.#source, token.offset, reason);
  }
}

const CHAINED = 'comparisons cannot be chained; join them with AND';

function show(token: Token): string {
  if (token.kind === 'end') return 'the end';
  return token.kind === 'text' ? 'a text' : JSON.stringify(token.text);
}
