import fc from 'fast-check';
import type { Row } from '@objectql/core/driver';
import { isObjectOSError } from '@objectos/spec/errors';
import { describe, expect, it } from 'vitest';
import {
  allColumns,
  emptyThing,
  expectRefused,
  idsOf,
  insertThings,
  thing,
  type CurrentDriver,
} from '../fixture.js';

const hostileTexts = [
  '',
  ' ',
  `'; DROP TABLE thing; --`,
  `" OR 1=1 --`,
  `\\'\\"`,
  '%_*?[]^$1:name@p',
  '__proto__',
  'null',
  '0',
  'Ünïcödé ñ 漢字 😀 e\u0301',
  '\u202eright to left\u200b',
  'line\r\nline\ttab\u0001\u007f\uffff',
  'x'.repeat(100_000),
];

/** What comes back is what was written. */
export function valueCases(driver: CurrentDriver): void {
  const readBack = async (row: Row): Promise<Row | undefined> => {
    await insertThings(driver(), [row]);
    return (await driver().reader.find({ table: thing, columns: allColumns }))[0];
  };

  describe('values', () => {
    it('of every type come back as they were', async () => {
      const row = {
        ...emptyThing('a'),
        name: 'text',
        size: -42,
        ratio: 0.1,
        price: 1234.56,
        active: false,
        born: '2026-01-31',
        opens: '09:30:00',
        seen: '2026-01-31T09:30:00.000Z',
        tags: ['a', 1, true, null, { b: [] }],
      };
      expect(await readBack(row)).toEqual(row);
    });

    it.each([
      ['size', Number.MAX_SAFE_INTEGER],
      ['size', Number.MIN_SAFE_INTEGER],
      ['size', 0],
      ['ratio', 1e308],
      ['ratio', 5e-324],
      ['ratio', 1e-17],
      ['ratio', -0.9999999999999999],
      ['ratio', 3],
      ['price', 0.1 + 0.2],
      ['active', true],
      ['tags', {}],
      ['tags', 'plain'],
      ['tags', 0],
      ['tags', false],
      ['tags', { 'a\0b': '\0', ['__proto__']: 1 }],
    ])('keeps %s = %j', async (field, value) => {
      expect((await readBack({ [field]: value }))?.[field]).toEqual(value);
    });

    it('keeps hostile texts, and finds them again by their value', async () => {
      await insertThings(
        driver(),
        hostileTexts.map((name) => ({ name, tags: [name] })),
      );
      for (const [index, value] of hostileTexts.entries()) {
        const id = String(index + 1);
        expect(await idsOf(driver(), { op: 'eq', field: 'name', value })).toEqual([id]);
        expect(await idsOf(driver(), { op: 'contains', field: 'tags', value })).toEqual([id]);
      }
    });

    it('keeps any text, or refuses it by name', async () => {
      const session = driver();
      const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));
      await fc.assert(
        fc.asyncProperty(text, async (name) => {
          await session.transaction((writer) =>
            writer.delete({ table: thing, where: { op: 'and', args: [] } }),
          );
          try {
            expect((await readBack({ name }))?.['name']).toBe(name);
          } catch (error) {
            if (!isObjectOSError(error, 'unsupported_value')) throw error;
            expect(await idsOf(session)).toEqual([]);
          }
        }),
        { numRuns: 200 },
      );
    });

    it.each([
      ['name', 'a\0b'],
      ['name', '\ud800'],
      ['name', {}],
      ['name', true],
      ['seen', new Date(0)],
      ['size', 0.5],
      ['size', 2 ** 53],
      ['size', 'twelve'],
      ['ratio', Number.NaN],
      ['price', Number.POSITIVE_INFINITY],
      ['active', 'yes'],
      ['tags', () => 1],
    ])('never stores %s = %s as something else: it is refused', async (field, value) => {
      await expectRefused(() => insertThings(driver(), [{ [field]: value }]), 'unsupported_value');
      expect(await idsOf(driver())).toEqual([]);
    });

    it('refuses such a value in a filter as well', async () => {
      for (const value of ['a\0b', true]) {
        await expectRefused(
          () => idsOf(driver(), { op: 'eq', field: 'name', value }),
          'unsupported_value',
        );
      }
    });
  });
}
