/** Any run of characters (`%`). */
export const ANY = Symbol('any');
/** Exactly one character (`_`). */
export const ONE = Symbol('one');

/** A text pattern in parts, so that each dialect can write it in its own syntax. */
export interface Pattern {
  readonly parts: readonly (string | typeof ANY | typeof ONE)[];
  /** Only A-Z and a-z are equal to each other; every other character is itself. */
  readonly ignoreCase: boolean;
}

/**
 * Reads a `like` pattern. `\` makes the next character literal; at the very end it stands for
 * itself, because databases disagree about a dangling escape.
 */
export function parseLike(text: string, ignoreCase: boolean): Pattern {
  const parts: (string | typeof ANY | typeof ONE)[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(literal);
    literal = '';
  };
  for (let index = 0; index < text.length; index += 1) {
    const character = text.charAt(index);
    if (character === '%' || character === '_') {
      flush();
      parts.push(character === '%' ? ANY : ONE);
    } else if (character === '\\' && index + 1 < text.length) {
      index += 1;
      literal += text.charAt(index);
    } else {
      literal += character;
    }
  }
  flush();
  return { parts, ignoreCase };
}

/** The pattern of `contains`, `startsWith` and `endsWith`: the text itself, taken literally. */
export function literalPattern(
  text: string,
  operator: 'contains' | 'startsWith' | 'endsWith',
): Pattern {
  const parts: (string | typeof ANY)[] = text === '' ? [] : [text];
  if (operator !== 'startsWith') parts.unshift(ANY);
  if (operator !== 'endsWith') parts.push(ANY);
  return { parts, ignoreCase: true };
}

/**
 * The leading literal of a pattern as far as case does not matter in it. All matching texts lie
 * between it and {@link nextPrefix} of it in code point order, so an index can narrow the search.
 */
export function sortablePrefix(pattern: Pattern): string {
  const first = pattern.parts[0];
  if (typeof first !== 'string') return '';
  return pattern.ignoreCase ? (/^[^A-Za-z]*/.exec(first)?.[0] ?? '') : first;
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
