import { describe, expect, it } from 'vitest';
import { compileFormula, toJs, type FormulaOptions } from './index.js';

function run(source: string, record: Record<string, unknown> = {}, options: FormulaOptions = {}) {
  const scope = { record, isNew: false, now: new Date('2026-03-15T12:00:00Z'), timezone: 'UTC' };
  return toJs(compileFormula(source, options).evaluate(scope));
}

describe('compileFormula', () => {
  it('computes with exact decimals', () => {
    expect(run('0.1 + 0.2')).toBe(0.3);
    expect(run('(3 / 11) * 11 = 3')).toBe(true);
    expect(run('amount * 1.1', { amount: 19.99 })).toBe(21.989);
  });

  it('answers a condition over a record', () => {
    const source = 'status = "open" AND amount > 100 AND NOT ISBLANK(owner)';
    expect(run(source, { status: 'open', amount: 101, owner: 'u1' })).toBe(true);
    expect(run(source, { status: 'open', amount: 101, owner: '' })).toBe(false);
  });

  it('refuses an unknown field with its place and a suggestion', () => {
    const options: FormulaOptions = {
      fields: ([name]) => (name === 'amount' ? 'number' : undefined),
      names: ['amount'],
    };
    expect(() => run('1 +\n amonut', {}, options)).toThrow(
      expect.objectContaining({
        code: 'formula_unknown_field',
        details: expect.objectContaining({ line: 2, column: 2, position: 6, suggestion: 'amount' }),
      }),
    );
  });
});
