import { describe, expect, it } from 'vitest';
import {
  compileFormula,
  FORMULA_LIMITS,
  parseFormula,
  toJs,
  type FormulaScope,
} from '../src/index.js';

const SCOPE: FormulaScope = {
  record: {},
  isNew: false,
  now: new Date('2026-03-15T12:00:00Z'),
  timezone: 'UTC',
};

function refuses(work: () => unknown, limit: string) {
  expect(work).toThrow(
    expect.objectContaining({ code: 'formula_limit', details: expect.objectContaining({ limit }) }),
  );
}

function evaluate(source: string, record: Record<string, unknown> = {}) {
  return compileFormula(source).evaluate({ ...SCOPE, record });
}

describe('limits', () => {
  it('takes 3,900 characters and refuses one more', () => {
    const source = `1${'+1'.repeat(1_949)} `;
    expect(source).toHaveLength(FORMULA_LIMITS.characters);
    expect(toJs(evaluate(source))).toBe(1_950);
    refuses(() => evaluate(`${source} `), 'characters');
  });

  it('refuses the 1,000,000-term expression without reading it', () => {
    refuses(() => compileFormula('1+'.repeat(1_000_000) + '1'), 'characters');
  });

  it('counts nesting, not length, as depth', () => {
    const nest = (depth: number) => '('.repeat(depth - 1) + '1' + ')'.repeat(depth - 1);
    expect(toJs(evaluate(nest(64)))).toBe(1);
    refuses(() => evaluate(nest(65)), 'depth');
    refuses(() => evaluate('!'.repeat(100) + 'TRUE'), 'depth');
    refuses(() => evaluate('NOT '.repeat(100) + 'TRUE'), 'depth');
    refuses(() => evaluate('ABS('.repeat(100) + '1' + ')'.repeat(100)), 'depth');
  });

  it('counts the nodes of the tree', () => {
    expect(parseFormula('1 + 2', { ...FORMULA_LIMITS, nodes: 3 }).braces).toEqual([]);
    refuses(() => parseFormula('1 + 2 + 3', { ...FORMULA_LIMITS, nodes: 4 }), 'nodes');
  });

  it('refuses text over 1 MiB before making it', () => {
    const half = 'x'.repeat(FORMULA_LIMITS.text / 2);
    expect(toJs(evaluate('LEN(s & s)', { s: half }))).toBe(FORMULA_LIMITS.text);
    refuses(() => evaluate('s & s & "y"', { s: half }), 'text');
    refuses(() => evaluate('s + s + "y"', { s: half }), 'text');
    refuses(() => evaluate('CONCAT(s, s, "y")', { s: half }), 'text');
    refuses(() => evaluate('RPAD("", 2000000)'), 'text');
    refuses(() => evaluate('SUBSTITUTE(s, "x", s)', { s: half }), 'text');
  });

  it('refuses text work without end, and no formula can catch that', () => {
    const s = 'x'.repeat(FORMULA_LIMITS.text);
    const source = `${'LEN(s) + '.repeat(50)}0`;
    refuses(() => evaluate(source, { s }), 'steps');
    refuses(() => evaluate(`IFERROR(${source}, 0)`, { s }), 'steps');
  });

  it('matches a hostile pattern in linear time, within the budget', () => {
    expect(evaluate('REGEX(s, "(a+)+b")', { s: 'a'.repeat(50_000) })).toBe(false);
    refuses(() => evaluate('REGEX(s, "(a|b|ab)*c")', { s: 'ab'.repeat(500_000) }), 'steps');
  });
});
