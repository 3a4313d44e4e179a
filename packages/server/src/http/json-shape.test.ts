import { isObjectOSError } from '@objectos/spec/errors';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkJsonShape } from './json-shape.js';

function codeOf(text: string, depth = 64): string | undefined {
  try {
    checkJsonShape(JSON.parse(text), depth);
    return undefined;
  } catch (error) {
    return isObjectOSError(error) ? error.code : 'another error';
  }
}

describe('checkJsonShape', () => {
  it('accepts 64 levels and refuses 65', () => {
    expect(codeOf('['.repeat(64) + ']'.repeat(64))).toBeUndefined();
    expect(codeOf('['.repeat(65) + ']'.repeat(65))).toBe('limit_exceeded');
    expect(codeOf('{"a":'.repeat(65) + '1' + '}'.repeat(65))).toBe('limit_exceeded');
  });

  it('survives 100,000 levels, which would overflow the stack of anything recursive', () => {
    expect(codeOf('['.repeat(100_000) + ']'.repeat(100_000))).toBe('limit_exceeded');
  });

  it.each([
    '{"__proto__":{"polluted":1}}',
    '{"a":[{"\\u005f_proto__":1}]}',
    '{"a.__proto__.x":1}',
    '{"constructor":{"prototype":{}}}',
    '{"constructor.prototype.x":1}',
    '[[{"a":{"__proto__":null}}]]',
  ])('refuses the hostile key of %s', (text) => {
    expect(codeOf(text)).toBe('body_invalid');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each(['{"constructor":"Acme Builders"}', '{"prototype":1}', '"__proto__"', 'null', '[]'])(
    'accepts the harmless %s',
    (text) => {
      expect(codeOf(text)).toBeUndefined();
    },
  );

  it('agrees with the nesting of any JSON', () => {
    const nested = (value: unknown): number =>
      typeof value === 'object' && value !== null
        ? 1 + Math.max(0, ...Object.values(value).map(nested))
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), (value) => {
        const text = JSON.stringify(value);
        if (/__proto__|constructor/.test(text)) return;
        expect(codeOf(text, 4)).toBe(nested(value) > 4 ? 'limit_exceeded' : undefined);
      }),
    );
  });
});
