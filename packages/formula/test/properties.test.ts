import { isObjectOSError } from '@objectos/spec/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  allFunctions,
  compileFormula,
  formatDecimal,
  parseFormula,
  printExpression,
  toJs,
  type Expression,
  type FormulaScope,
  type FormulaValue,
} from '../src/index.js';
import { compilePattern } from '../src/regex/match.js';

const SCOPE: FormulaScope = {
  record: { a: 1, b: 'x', c: null, d: '2026-03-15', e: [1, 'x'], f: { g: true } },
  previous: { a: 0 },
  isNew: false,
  now: new Date('2026-03-15T12:00:00Z'),
  timezone: 'Europe/Zurich',
};

function evaluate(source: string, record: Record<string, unknown> = {}): FormulaValue {
  return compileFormula(source).evaluate({ ...SCOPE, record: { ...SCOPE.record, ...record } });
}

/** The tree without its places in the source, which printing moves. */
function shape(node: unknown): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) => {
      if (key === 'offset') return undefined;
      return typeof value === 'bigint' ? value.toString() : value;
    }),
  );
}

const literal = fc.oneof(
  fc.constantFrom('TRUE', 'FALSE', 'NULL'),
  fc.nat(1_000_000).map(String),
  fc.tuple(fc.nat(999), fc.nat(999)).map(([a, b]) => `${String(a)}.${String(b)}`),
  fc
    .string({ maxLength: 6, unit: 'grapheme' })
    .map((text) => JSON.stringify(text.replace(/\p{C}/gu, ''))),
);
const path = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f.g', '{in}', '{{a}}', '$User.id', '$Now');

const { source: formulaText } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    literal,
    path,
    fc
      .tuple(
        tie('source'),
        fc.constantFrom('+', '-', '*', '/', '^', '&', 'AND', '||', 'or', '=', '<>', '<', '>='),
        tie('source'),
      )
      .map(([left, operator, right]) => `(${left}) ${operator} (${right})`),
    fc
      .tuple(fc.constantFrom('-', '+', '!', 'NOT '), tie('source'))
      .map(([sign, of]) => `${sign}(${of})`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a}) NOT IN (${b}, 1)`),
    fc
      .tuple(
        fc.constantFrom(...allFunctions().map((definition) => definition.name)),
        fc.array(tie('source'), { maxLength: 3 }),
      )
      .map(([name, list]) => `${name}(${list.join(', ')})`),
  ),
}));

function attempt(work: () => unknown): string {
  try {
    work();
    return 'value';
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    expect(error.code).toMatch(/^formula_/);
    expect(error.details).toMatchObject({
      line: expect.any(Number),
      column: expect.any(Number),
      position: expect.any(Number),
    });
    return error.code;
  }
}

describe('any input', () => {
  it('prints to source that parses to the same tree', () => {
    fc.assert(
      fc.property(formulaText, (source) => {
        let tree: Expression;
        try {
          tree = parseFormula(source).expression;
        } catch (error) {
          if (isObjectOSError(error, 'formula_limit') || isObjectOSError(error, 'formula_syntax'))
            return;
          throw error;
        }
        const printed = printExpression(tree);
        if (printed.length > 3_900) return;
        expect(shape(parseFormula(printed).expression)).toEqual(shape(tree));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives a value or a formula error with a place, never anything else', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(formulaText, fc.constantFrom('zero', 'blank'), (source, blankAs) => {
        seen.add(
          attempt(() =>
            toJs(compileFormula(source, { blankAs: blankAs as 'zero' }).evaluate(SCOPE)),
          ),
        );
      }),
      { numRuns: 3_000 },
    );
    expect(seen).toContain('value');
  });

  it('survives arbitrary text', () => {
    const soup = fc.array(
      fc.oneof(
        fc.string({ unit: 'binary', maxLength: 4 }),
        fc.constantFrom(
          '(',
          ')',
          '{',
          '}}',
          '"',
          "'",
          ',',
          '.',
          'IF(',
          'NOT',
          'IN',
          '/*',
          '*/',
          '\\',
          '=',
          '1e',
        ),
      ),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        attempt(() => compileFormula(parts.join(' ')).evaluate(SCOPE));
      }),
      { numRuns: 3_000 },
    );
  });

  it('survives arbitrary record values', () => {
    fc.assert(
      fc.property(
        formulaText,
        fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.anything()),
        (source, record) => {
          attempt(() => toJs(compileFormula(source).evaluate({ ...SCOPE, record })));
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

interface Rational {
  readonly top: bigint;
  readonly bottom: bigint;
}

const decimalText = fc
  .tuple(fc.boolean(), fc.bigInt({ min: 0n, max: 10n ** 20n }), fc.nat(12))
  .map(([negative, digits, scale]) => {
    const padded = digits.toString().padStart(scale + 1, '0');
    const cut = padded.length - scale;
    return `${negative ? '-' : ''}${padded.slice(0, cut)}${scale === 0 ? '' : `.${padded.slice(cut)}`}`;
  });

function rational(text: string): Rational {
  const [whole = '', fraction = ''] = text.split('.');
  return { top: BigInt(whole + fraction), bottom: 10n ** BigInt(fraction.length) };
}

function exactly(value: FormulaValue): Rational {
  if (typeof value === 'number' || (typeof value === 'object' && value?.kind === 'decimal')) {
    return rational(formatDecimal(value));
  }
  throw new TypeError('not a number');
}

function isEqual(a: Rational, b: Rational): boolean {
  return a.top * b.bottom === b.top * a.bottom;
}

describe('decimals', () => {
  it('add, subtract, multiply and compare like rationals', () => {
    fc.assert(
      fc.property(decimalText, decimalText, (left, right) => {
        const a = rational(left);
        const b = rational(right);
        const record = { l: left, r: right };
        const sum = { top: a.top * b.bottom + b.top * a.bottom, bottom: a.bottom * b.bottom };
        const difference = {
          top: a.top * b.bottom - b.top * a.bottom,
          bottom: a.bottom * b.bottom,
        };
        const product = { top: a.top * b.top, bottom: a.bottom * b.bottom };
        expect(isEqual(exactly(evaluate('VALUE(l) + VALUE(r)', record)), sum)).toBe(true);
        expect(isEqual(exactly(evaluate('VALUE(l) - VALUE(r)', record)), difference)).toBe(true);
        expect(isEqual(exactly(evaluate('VALUE(l) * VALUE(r)', record)), product)).toBe(true);
        expect(evaluate('VALUE(l) < VALUE(r)', record)).toBe(difference.top < 0n);
        expect(evaluate('VALUE(l) = VALUE(r)', record)).toBe(difference.top === 0n);
      }),
      { numRuns: 2_000 },
    );
  });

  it('take a double as its shortest text', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (x, y) => {
          const record = { x, y, l: String(x), r: String(y) };
          expect(evaluate('TEXT(x + y) = TEXT(VALUE(l) + VALUE(r))', record)).toBe(true);
          expect(evaluate('TEXT(x * y) = TEXT(VALUE(l) * VALUE(r))', record)).toBe(true);
          expect(evaluate('x = VALUE(l)', record)).toBe(true);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('divide within half a unit of the 34th digit', () => {
    fc.assert(
      fc.property(decimalText, decimalText, (left, right) => {
        const a = rational(left);
        const b = rational(right);
        if (b.top === 0n) return;
        const quotient = exactly(evaluate('VALUE(l) / VALUE(r)', { l: left, r: right }));
        const error = quotient.top * a.bottom * b.top - a.top * b.bottom * quotient.bottom;
        const size = a.top * b.bottom * quotient.bottom;
        expect(abs(error) * 2n * 10n ** 33n <= abs(size)).toBe(true);
        expect(evaluate('VALUE(l) / VALUE(r) * VALUE(r) = VALUE(l)', { l: left, r: right })).toBe(
          true,
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('round half away from zero like integers do', () => {
    fc.assert(
      fc.property(decimalText, fc.integer({ min: -5, max: 12 }), (text, places) => {
        const { top, bottom } = rational(text);
        const up = 10n ** BigInt(Math.max(0, places));
        const down = 10n ** BigInt(Math.max(0, -places));
        const scaled = (abs(top) * up * 2n) / (bottom * down);
        const rounded = ((scaled + 1n) / 2n) * (top < 0n ? -1n : 1n);
        const wanted = { top: rounded * down, bottom: up };
        const got = exactly(evaluate('ROUND(VALUE(l), p)', { l: text, p: places }));
        expect(isEqual(got, wanted)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  it('agree with Math for the transcendental functions', () => {
    const cases: readonly [string, (x: number) => number, number, number][] = [
      ['EXP(x)', Math.exp, -20, 20],
      ['LN(x)', Math.log, 1e-6, 1e6],
      ['LOG(x)', Math.log10, 1e-6, 1e6],
      ['SQRT(x)', Math.sqrt, 0, 1e9],
      ['SIN(x)', Math.sin, -50, 50],
      ['COS(x)', Math.cos, -50, 50],
      ['TAN(x)', Math.tan, -1.5, 1.5],
      ['ASIN(x)', Math.asin, -0.99, 0.99],
      ['ACOS(x)', Math.acos, -0.99, 0.99],
      ['ATAN(x)', Math.atan, -1e3, 1e3],
    ];
    for (const [source, reference, min, max] of cases) {
      fc.assert(
        fc.property(fc.double({ min, max, noNaN: true }), (x) => {
          const got = Number(toJs(evaluate(source, { x })));
          const wanted = reference(x);
          expect(Math.abs(got - wanted)).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(wanted)));
        }),
        { numRuns: 100 },
      );
    }
  });
});

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const { pattern: patternText } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(
      'a',
      'b',
      'c',
      '.',
      '\\d',
      '\\w',
      '[ab]',
      '[^a]',
      '[a-c1]',
      '\\.',
      '^',
      '$',
      '\\b',
      '',
    ),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
    fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
    fc
      .tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '{0,}', '*?'))
      .map(([a, q]) => `(?:${a})${q}`),
  ),
}));

describe('REGEX', () => {
  it('matches what the engine of JavaScript matches', () => {
    fc.assert(
      fc.property(
        patternText,
        fc.string({ unit: fc.constantFrom('a', 'b', 'c', '1', '.', ' '), maxLength: 8 }),
        (source, text) => {
          const compiled = compilePattern(source, 2_000);
          if ('problem' in compiled) throw new Error(`${source} ${compiled.problem}`);
          const wanted = new RegExp(`^(?:${source})$`, 'u').test(text);
          expect(compiled.matches(text, () => undefined)).toBe(wanted);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
