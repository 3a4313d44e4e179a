import { describe, expect, it } from 'vitest';
import { add, divide, multiply } from './arithmetic.js';
import {
  compact,
  decimal,
  divideHalfEven,
  formatDecimal,
  parseDecimal,
  settle,
  toDecimal,
} from './decimal.js';
import { roundNumber } from './rounding.js';

const site = { name: 'test', source: '', offset: 0 };

describe('divideHalfEven', () => {
  it.each([
    [5n, 2n, 2n],
    [7n, 2n, 4n],
    [-5n, 2n, -2n],
    [-7n, 2n, -4n],
    [5n, -2n, -2n],
    [8n, 3n, 3n],
    [7n, 3n, 2n],
    [-8n, 3n, -3n],
    [6n, 3n, 2n],
  ])('%s / %s is %s', (dividend, divisor, wanted) => {
    expect(divideHalfEven(dividend, divisor)).toBe(wanted);
  });
});

describe('the fast path over doubles', () => {
  it.each([
    [999_999_999_999_999, 0.5, '999999999999999.5'],
    [99_999_999_999_999.9, 99_999_999_999_999.9, '199999999999999.8'],
    [999_999_999_999_999, 999_999_999_999_999, '1999999999999998'],
    [9_007_199_254_740_991, 2, '9007199254740993'],
    [0.000001, 999_999_999, '999999999.000001'],
    [1e-7, 1, '1.0000001'],
    [0.1, -0.1, '0'],
  ])('%s + %s is exactly %s', (left, right, wanted) => {
    expect(formatDecimal(add(left, right, site))).toBe(wanted);
    expect(formatDecimal(add(right, left, site))).toBe(wanted);
  });

  it.each([
    [999_999_999, 999_999_999, '999999998000000001'],
    [99_999_999.9, 99_999_999.9, '9999999980000000.01'],
    [0.000001, 0.000001, '0.000000000001'],
    [-1.1, 1.1, '-1.21'],
  ])('%s * %s is exactly %s', (left, right, wanted) => {
    expect(formatDecimal(multiply(left, right, site))).toBe(wanted);
  });
});

describe('guard digits', () => {
  it('are rounded away, half to even, before a value is shown', () => {
    const tie = decimal(10n ** 34n + 5n, 34, false);
    expect(settle(tie).coefficient).toBe(1n);
    expect(settle(decimal(10n ** 34n + 15n, 34, false)).coefficient).toBe(10n ** 33n + 2n);
  });

  it('stay with a value until a rounding makes it exact', () => {
    const third = divide(1, 3, site);
    expect(toDecimal(third).exact).toBe(false);
    expect(toDecimal(third).coefficient.toString()).toHaveLength(40);
    expect(toDecimal(roundNumber(third, 3, 'half-up')).exact).toBe(true);
    expect(divide(1, 8, site)).toBe(0.125);
  });
});

describe('parseDecimal', () => {
  it.each(['', '.', '-', '1e', '0x10', '1 2', 'NaN', 'Infinity', '1e9999', '１'])(
    'refuses %j',
    (text) => {
      expect(parseDecimal(text)).toBeUndefined();
    },
  );

  it('reads what a double prints', () => {
    for (const value of [1e21, 1.5e-7, -0.5, 5e-324, 1.7976931348623157e308]) {
      const read = parseDecimal(String(value));
      expect(read && Number(formatDecimal(compact(read)))).toBe(value);
    }
  });
});
