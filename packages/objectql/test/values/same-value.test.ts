import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameValue } from '../../src/values/same-value.js';

/** The same JSON, with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, inner]) => [name, turned(inner)]),
  );
}

describe('stored values', () => {
  it('are the same by content, whatever the order of keys', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const stored = JSON.parse(JSON.stringify(value)) as unknown;
        expect(sameValue(stored, turned(stored))).toBe(true);
      }),
    );
  });

  it('differ where JSON differs', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, other) => {
        const texts = [value, other].map((one) => JSON.stringify(sorted(one)));
        expect(sameValue(value, other) || Object.is(value, -0) || Object.is(other, -0)).toBe(
          texts[0] === texts[1] || Object.is(value, -0) || Object.is(other, -0),
        );
      }),
    );
  });

  it.each([
    [[1, 2], [2, 1], false],
    [[], {}, false],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: undefined }, { b: undefined }, true],
    [{ a: 1 }, { b: 1 }, false],
    [{ a: null }, {}, false],
    [[null], [0], false],
    [new Date(0), '1970-01-01T00:00:00.000Z', false],
    [{ at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }, true],
    ['1', 1, false],
    [null, {}, false],
    [{ toString: 1 }, { valueOf: 1 }, false],
  ])('%j and %j: %s', (one, other, same) => {
    expect(sameValue(one, other)).toBe(same);
    expect(sameValue(other, one)).toBe(same);
  });
});

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .map(([name, inner]) => [name, sorted(inner)])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
    .concat([['object']]);
}
