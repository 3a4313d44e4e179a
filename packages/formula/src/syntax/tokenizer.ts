import { limitReached, syntaxError } from '../fault.js';
import type { FormulaLimits } from '../limits.js';

/** Kinds of token. `word` is a name or keyword; `symbol` an operator or bracket. */
export type TokenKind = 'number' | 'text' | 'word' | 'symbol' | 'end';

/** One token; `text` is decoded for texts and raw otherwise. */
export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly offset: number;
}

const SPACE = /[\s\uFEFF]+/y;
const COMMENT = /\/\*[\s\S]*?\*\//y;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?/y;
const WORD = /[A-Za-z_$][A-Za-z0-9_$]*/y;
const SYMBOL = /\{\{|\}\}|<=|>=|<>|!=|==|&&|\|\||[-+*/^&=<>!(),.{}]/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
]);

/** Cuts a formula into tokens; the last one is always `end`. */
export function tokenize(source: string, limits: FormulaLimits): readonly Token[] {
  if (source.length > limits.characters) {
    const site = { name: 'formula', source, offset: limits.characters };
    throw limitReached(site, 'characters', limits.characters);
  }
  const tokens: Token[] = [];
  let offset = skipBlank(source, 0);
  while (offset < source.length) {
    const start = offset;
    const quote = source[offset];
    if (quote === '"' || quote === "'") {
      const read = readText(source, offset);
      tokens.push({ kind: 'text', text: read.text, offset: start });
      offset = read.end;
    } else {
      const token = readToken(source, offset);
      tokens.push(token);
      offset += token.text.length;
    }
    offset = skipBlank(source, offset);
  }
  tokens.push({ kind: 'end', text: '', offset: source.length });
  return tokens;
}

function readToken(source: string, offset: number): Token {
  const number = matchAt(NUMBER, source, offset);
  if (number !== undefined) return numberToken(source, number, offset);
  const word = matchAt(WORD, source, offset);
  if (word !== undefined) return { kind: 'word', text: word, offset };
  const symbol = matchAt(SYMBOL, source, offset);
  if (symbol !== undefined) return { kind: 'symbol', text: symbol, offset };
  const character = String.fromCodePoint(source.codePointAt(offset) ?? 0);
  throw syntaxError(source, offset, `${JSON.stringify(character)} is not part of the language`);
}

function numberToken(source: string, text: string, offset: number): Token {
  if (matchAt(WORD, source, offset + text.length) !== undefined) {
    throw syntaxError(source, offset, 'a name must not begin with a digit');
  }
  return { kind: 'number', text, offset };
}

function skipBlank(source: string, from: number): number {
  let offset = from;
  for (;;) {
    const blank = matchAt(SPACE, source, offset) ?? matchAt(COMMENT, source, offset);
    if (blank === undefined) break;
    offset += blank.length;
  }
  if (source.startsWith('/*', offset)) {
    throw syntaxError(source, offset, 'this comment has no end');
  }
  return offset;
}

function matchAt(pattern: RegExp, source: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0];
}

function readText(source: string, start: number): { text: string; end: number } {
  const quote = source.charAt(start);
  let text = '';
  let offset = start + 1;
  while (offset < source.length) {
    const character = source.charAt(offset);
    if (character === quote) return { text, end: offset + 1 };
    if (character === '\\') {
      text += readEscape(source, offset);
      offset += 2;
    } else {
      text += character;
      offset += 1;
    }
  }
  throw syntaxError(source, start, `this text has no closing ${quote}`);
}

function readEscape(source: string, offset: number): string {
  const letter = source.charAt(offset + 1);
  const decoded = ESCAPES.get(letter);
  if (decoded === undefined) {
    const advice = `write "\\\\${letter}" for a backslash`;
    throw syntaxError(source, offset, `"\\${letter}" is not an escape; ${advice}`);
  }
  return decoded;
}
