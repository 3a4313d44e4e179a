import { refuse, type ValueColumn } from '../values/column.js';

/** A pattern as a regular expression, with the range of texts that can match it. */
export interface Pattern {
  readonly source: string;
  /** Leading literal in which case does not matter. */
  readonly prefix: string;
}

/** Longest regular expression of the server, in bytes, with some room. */
const MAX_SOURCE = 32_000;
const ANY = '[\\s\\S]*';
const ONE = '[\\s\\S]';
/** Not `$`, which also matches before a line break at the end. */
const END = `(?!${ONE})`;

/**
 * The pattern of `like` and `ilike`. `\` makes the next character literal; at the very end it
 * stands for itself, because databases disagree about a dangling escape.
 *
 * @throws `unsupported_value` when it is longer than the server takes
 */
export function likePattern(text: string, ignoreCase: boolean, column: ValueColumn): Pattern {
  const characters = Array.from(text);
  let source = '';
  let prefix = '';
  let fixed = true;
  for (let at = 0; at < characters.length; at += 1) {
    let character = characters[at] as string;
    if (character === '%' || character === '_') {
      source += character === '%' ? ANY : ONE;
      fixed = false;
      continue;
    }
    if (character === '\\' && at + 1 < characters.length)
      character = characters[(at += 1)] as string;
    source += literal(character, ignoreCase);
    if (ignoreCase && /[A-Za-z]/.test(character)) fixed = false;
    if (fixed) prefix += character;
  }
  return checked({ source: `^${source}${END}`, prefix }, column);
}

/** The pattern of `contains`, `startsWith` and `endsWith`: the text itself, taken literally. */
export function literalPattern(
  text: string,
  operator: 'contains' | 'startsWith' | 'endsWith',
  column: ValueColumn,
): Pattern {
  const body = Array.from(text, (character) => literal(character, true)).join('');
  const source = `${operator === 'startsWith' ? '^' : ''}${body}${operator === 'endsWith' ? END : ''}`;
  const prefix = operator === 'startsWith' ? (/^[^A-Za-z]*/.exec(text)?.[0] ?? '') : '';
  return checked({ source, prefix }, column);
}

/** Only A-Z and a-z are equal to each other: the flag of the server would fold all of Unicode. */
function literal(character: string, ignoreCase: boolean): string {
  if (ignoreCase && /[A-Za-z]/.test(character)) {
    return `[${character.toLowerCase()}${character.toUpperCase()}]`;
  }
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

function checked(pattern: Pattern, column: ValueColumn): Pattern {
  if (new TextEncoder().encode(pattern.source).length <= MAX_SOURCE) return pattern;
  throw refuse(column, 'a text to search for may have about 8,000 characters');
}

/** The smallest text, in code point order, above every text that starts with `prefix`. */
export function nextPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last === 0x10ffff) continue;
    // U+D800 to U+DFFF are no characters; the next one after U+D7FF is U+E000.
    points.push(last === 0xd7ff ? 0xe000 : last + 1);
    return String.fromCodePoint(...points);
  }
  return undefined;
}
