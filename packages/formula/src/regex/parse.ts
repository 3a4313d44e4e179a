/** A regular expression as a tree. Repetitions are bounded copies, so the tree is all there is. */
export type Pattern =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly test: (code: number) => boolean }
  | { readonly kind: 'sequence'; readonly items: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly items: readonly Pattern[] }
  | { readonly kind: 'repeat'; readonly item: Pattern; readonly min: number; readonly max: number }
  | { readonly kind: 'assert'; readonly at: 'start' | 'end' | 'word' | 'inside' };

/** Why a pattern was refused. */
export interface PatternProblem {
  readonly problem: string;
}

type Test = (code: number) => boolean;

const MAX_REPEAT = 1_000;
const MAX_DEPTH = 50;
const CLASSES: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['d', isDigit],
  ['w', isWord],
  ['s', isSpace],
  ['D', (code) => !isDigit(code)],
  ['W', (code) => !isWord(code)],
  ['S', (code) => !isSpace(code)],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['n', 10],
  ['r', 13],
  ['t', 9],
  ['f', 12],
  ['v', 11],
]);

/**
 * Reads the safe part of the usual syntax: characters, `.`, classes, groups, `|`, `* + ? {n,m}`
 * (lazy forms too), `^ $ \b \B`. What needs backtracking (back-references, look-around) is refused.
 */
export function parsePattern(source: string): Pattern | PatternProblem {
  try {
    return new PatternReader(Array.from(source)).read();
  } catch (error) {
    if (error instanceof Refusal) return { problem: error.message };
    throw error;
  }
}

class Refusal extends Error {}

/** A recursive-descent reader; a class because its rules share the position. */
class PatternReader {
  readonly #source: readonly string[];
  #index = 0;
  #depth = 0;

  constructor(source: readonly string[]) {
    this.#source = source;
  }

  read(): Pattern {
    const pattern = this.#choice();
    if (this.#peek() !== undefined) throw new Refusal('has a ")" without a "("');
    return pattern;
  }

  #choice(): Pattern {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new Refusal('is nested too deep');
    const items = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#index += 1;
      items.push(this.#sequence());
    }
    this.#depth -= 1;
    return items.length === 1 && items[0] !== undefined ? items[0] : { kind: 'choice', items };
  }

  #sequence(): Pattern {
    const items: Pattern[] = [];
    for (;;) {
      const next = this.#peek();
      if (next === undefined || next === '|' || next === ')') break;
      items.push(this.#repeated(this.#atom()));
    }
    return items.length === 0 ? { kind: 'empty' } : { kind: 'sequence', items };
  }

  #repeated(item: Pattern): Pattern {
    const range = this.#quantifier();
    if (range === undefined) return item;
    if (item.kind === 'assert') throw new Refusal('repeats an assertion');
    const following = this.#peek();
    if (following === '?') this.#index += 1;
    if (following === '+') throw new Refusal('uses a possessive repetition');
    if (this.#quantifier() !== undefined) throw new Refusal('repeats a repetition');
    return { kind: 'repeat', item, ...range };
  }

  #quantifier(): { min: number; max: number } | undefined {
    const sign = this.#peek();
    if (sign === '*' || sign === '+' || sign === '?') {
      this.#index += 1;
      return { min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : Number.POSITIVE_INFINITY };
    }
    if (sign !== '{') return undefined;
    const match = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(this.#source.slice(this.#index).join(''));
    if (match === null) throw new Refusal('has a "{" that is not a repetition; write "\\{"');
    this.#index += match[0].length;
    const min = Number(match[1]);
    const open = match[2] !== undefined && match[3] === '';
    const max = open ? Number.POSITIVE_INFINITY : Number(match[3] ?? match[1]);
    if (min > MAX_REPEAT || (max > MAX_REPEAT && !open) || max < min) {
      throw new Refusal(`repeats more than ${String(MAX_REPEAT)} times, or backwards`);
    }
    return { min, max };
  }

  #atom(): Pattern {
    const character = this.#take();
    switch (character) {
      case '.':
        return { kind: 'set', test: (code) => code !== 10 && code !== 13 };
      case '^':
        return { kind: 'assert', at: 'start' };
      case '$':
        return { kind: 'assert', at: 'end' };
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', test: this.#set() };
      case '\\':
        return this.#escape();
      case '*':
      case '+':
      case '?':
      case '{':
        throw new Refusal(`has a "${character}" with nothing to repeat`);
      default:
        return exactly(codeOf(character));
    }
  }

  #group(): Pattern {
    if (this.#peek() === '?') {
      if (this.#source[this.#index + 1] !== ':') {
        throw new Refusal('uses look-around or a named group; only (…) and (?:…) are groups');
      }
      this.#index += 2;
    }
    const inner = this.#choice();
    if (this.#peek() !== ')') throw new Refusal('has a "(" without a ")"');
    this.#index += 1;
    return inner;
  }

  #escape(): Pattern {
    const letter = this.#take();
    if (letter === 'b') return { kind: 'assert', at: 'word' };
    if (letter === 'B') return { kind: 'assert', at: 'inside' };
    const test = CLASSES.get(letter);
    return test === undefined ? exactly(this.#escapedCode(letter)) : { kind: 'set', test };
  }

  #escapedCode(letter: string): number {
    const control = CONTROLS.get(letter);
    if (control !== undefined) return control;
    if (/[1-9]/.test(letter)) throw new Refusal('uses a back-reference');
    if (/[A-Za-z0]/.test(letter)) throw new Refusal(`uses "\\${letter}", which is not supported`);
    return codeOf(letter);
  }

  #set(): Test {
    const negated = this.#peek() === '^';
    if (negated) this.#index += 1;
    const tests: Test[] = [];
    for (;;) {
      const character = this.#take();
      if (character === ']' && tests.length > 0) break;
      if (character === '[') throw new Refusal('has a "[" inside a class; write "\\["');
      tests.push(this.#member(character));
    }
    const matches: Test = (code) => tests.some((test) => test(code));
    return negated ? (code) => !matches(code) : matches;
  }

  #member(character: string): Test {
    const first = this.#memberCode(character);
    if (typeof first === 'function') return first;
    const following = this.#source[this.#index + 1];
    if (this.#peek() !== '-' || following === ']' || following === undefined) {
      return (code) => code === first;
    }
    this.#index += 1;
    const last = this.#memberCode(this.#take());
    if (typeof last === 'function' || last < first)
      throw new Refusal('has a range that is backwards');
    return (code) => code >= first && code <= last;
  }

  #memberCode(character: string): number | Test {
    if (character !== '\\') return codeOf(character);
    const letter = this.#take();
    return CLASSES.get(letter) ?? this.#escapedCode(letter);
  }

  #peek(): string | undefined {
    return this.#source[this.#index];
  }

  #take(): string {
    const character = this.#source[this.#index];
    if (character === undefined) throw new Refusal('ends in the middle');
    this.#index += 1;
    return character;
  }
}

function exactly(wanted: number): Pattern {
  return { kind: 'set', test: (code) => code === wanted };
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** A letter of ASCII, a digit or `_`: what `\w` and `\b` mean. */
export function isWord(code: number): boolean {
  return isDigit(code) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13) || code === 0xa0 || code === 0xfeff;
}
