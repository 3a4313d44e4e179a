import type { RowFilter } from '@objectql/core/driver';
import type { Comparison } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { expectRefused, idsOf, insertThings, type CurrentDriver } from '../fixture.js';
import { matches } from '../naive-filter.js';

const rows = [
  { id: 'a', name: 'Apple', size: 1, ratio: 0.5, active: true, tags: ['red', 'x'] },
  { id: 'b', name: 'apple pie', size: 2, ratio: 1.5, active: false, tags: [] },
  { id: 'c', name: '50% off_\\o/', size: 3, ratio: -1, active: true, tags: ['Red'] },
  { id: 'd', name: 'ÄPFEL äpfel', size: 10, ratio: 2, active: false, tags: [1, true] },
  { id: 'e', name: 'a*p[p]le?', size: -1, ratio: 0, active: null, tags: ['1', 'true'] },
  { id: 'f', name: '', size: 0, ratio: 1e6, active: true, tags: { red: 'red' } },
  { id: 'g', name: null, size: null, ratio: null, active: null, tags: null, seen: null },
  { id: 'h', name: '😀 end', size: 1, ratio: 0.1, seen: '2026-01-31T09:30:00.000Z' },
];

const is = (op: Comparison['op'], field: string, value: Comparison['value']): Comparison => ({
  op,
  field,
  value,
});

/** What each comparison finds in {@link rows}; the same filter negated must find all the others. */
const table: readonly (readonly [RowFilter, string])[] = [
  [is('eq', 'name', 'Apple'), 'a'],
  [is('eq', 'name', null), 'g'],
  [is('eq', 'active', true), 'acf'],
  [is('eq', 'ratio', 0.1), 'h'],
  [is('ne', 'name', 'Apple'), 'bcdefgh'],
  [is('ne', 'name', null), 'abcdefh'],
  [is('ne', 'active', true), 'bdegh'],
  [is('gt', 'size', 1), 'bcd'],
  [is('gt', 'size', 1.5), 'bcd'],
  [is('gt', 'size', null), ''],
  [is('gte', 'size', 1), 'abcdh'],
  [is('lt', 'size', 1), 'ef'],
  [is('lte', 'size', 1), 'aefh'],
  [is('lt', 'seen', '2027'), 'h'],
  [is('gt', 'name', 'a'), 'bdeh'],
  [is('in', 'size', [1, 3]), 'ach'],
  [is('in', 'size', [1, null]), 'agh'],
  [is('in', 'size', [null]), 'g'],
  [is('in', 'size', []), ''],
  [is('in', 'active', [false]), 'bd'],
  [is('nin', 'size', [1, 3]), 'bdefg'],
  [is('nin', 'size', [1, null]), 'bcdef'],
  [is('nin', 'size', []), 'abcdefgh'],
  [is('between', 'size', [1, 3]), 'abch'],
  [is('between', 'size', [3, 1]), ''],
  [is('between', 'size', [null, 3]), ''],
  [is('isNull', 'size', true), 'g'],
  [is('isNull', 'size', false), 'abcdefh'],
  [is('contains', 'name', 'APPLE'), 'ab'],
  [is('contains', 'name', '%'), 'c'],
  [is('contains', 'name', '_'), 'c'],
  [is('contains', 'name', '\\'), 'c'],
  [is('contains', 'name', ''), 'abcdefh'],
  [is('contains', 'name', 'äpfel'), 'd'],
  [is('contains', 'name', 'äpfel ä'), ''],
  [is('notContains', 'name', 'apple'), 'cdefgh'],
  [is('startsWith', 'name', 'aPPle'), 'ab'],
  [is('startsWith', 'name', '50%'), 'c'],
  [is('startsWith', 'name', '5_'), ''],
  [is('startsWith', 'name', '😀'), 'h'],
  [is('endsWith', 'name', 'PIE'), 'b'],
  [is('endsWith', 'name', '\\o/'), 'c'],
  [is('like', 'name', 'apple%'), 'b'],
  [is('like', 'name', 'A%e'), 'a'],
  [is('like', 'name', '_pple'), 'a'],
  [is('like', 'name', '_ end'), 'h'],
  [is('like', 'name', '50\\% off\\_\\\\o/'), 'c'],
  [is('like', 'name', 'a*p[p]le?'), 'e'],
  [is('like', 'name', 'a*'), ''],
  [is('like', 'name', ''), 'f'],
  [is('ilike', 'name', 'APPLE%'), 'ab'],
  [is('ilike', 'name', '%[P]%'), 'e'],
  [is('ilike', 'name', '%\\'), ''],
  [is('contains', 'tags', 'red'), 'a'],
  [is('contains', 'tags', 'Red'), 'c'],
  [is('contains', 'tags', 1), 'd'],
  [is('contains', 'tags', '1'), 'e'],
  [is('contains', 'tags', true), 'd'],
  [is('contains', 'tags', null), ''],
  [is('notContains', 'tags', 'red'), 'bcdefgh'],
  [is('isNull', 'tags', true), 'gh'],
  [{ op: 'and', args: [] }, 'abcdefgh'],
  [{ op: 'or', args: [] }, ''],
  [{ op: 'and', args: [is('eq', 'active', true), { op: 'or', args: [] }] }, ''],
  [{ op: 'or', args: [is('eq', 'size', 2), is('eq', 'name', null)] }, 'bg'],
  [{ op: 'and', args: [is('gt', 'size', 0), is('contains', 'name', 'apple')] }, 'ab'],
];

/** Every operator, with its negation. */
export function filterCases(driver: CurrentDriver): void {
  describe('filters', () => {
    it('find what they mean, and their negation finds the rest', async () => {
      await insertThings(driver(), rows);
      const all = rows.map(({ id }) => id);
      for (const [filter, expected] of table) {
        const found = Array.from(expected);
        const label = JSON.stringify(filter);
        expect(await idsOf(driver(), filter), label).toEqual(found);
        const rest = all.filter((id) => !found.includes(id));
        expect(await idsOf(driver(), { op: 'not', arg: filter }), `not ${label}`).toEqual(rest);
        expect(rows.filter((row) => matches(filter, row)).map(({ id }) => id)).toEqual(found);
      }
    });

    it.each(['size', 'ratio', 'name'])('take long lists of %s', async (field) => {
      const count = 3000;
      const valueOf = (index: number) => (field === 'name' ? `n${index}` : index / 2);
      const things = Array.from({ length: count }, (_, index) => ({
        [field]: field === 'size' ? index : valueOf(index),
      }));
      await insertThings(driver(), things);
      const stored = things.map((row) => row[field] ?? null);
      for (const length of [1, 2, 7, 9, 100, 2999]) {
        const value = stored.slice(0, length);
        expect(await idsOf(driver(), { op: 'in', field, value })).toHaveLength(length);
        expect(await idsOf(driver(), { op: 'nin', field, value })).toHaveLength(count - length);
      }
      const many = Array.from({ length: 40_000 }, (_, index) => stored[index % count] ?? null);
      expect(await idsOf(driver(), { op: 'in', field, value: many })).toHaveLength(count);
    });

    it('compare fractions to the last bit, in columns and in lists', async () => {
      const fractions = [0.1 + 0.2, 0.3, 1 / 3, 5.551115123125783e-17, 1e21, 123456.789e-30];
      await insertThings(
        driver(),
        fractions.map((ratio) => ({ ratio, tags: [ratio] })),
      );
      for (const [index, value] of fractions.entries()) {
        const id = String(index + 1);
        expect(await idsOf(driver(), is('eq', 'ratio', value))).toEqual([id]);
        expect(await idsOf(driver(), is('in', 'ratio', [value]))).toEqual([id]);
        expect(await idsOf(driver(), is('contains', 'tags', value))).toEqual([id]);
      }
    });

    it('may be very wide and very deep', async () => {
      await insertThings(driver(), rows);
      const wide: RowFilter = {
        op: 'or',
        args: Array.from({ length: 5000 }, (_, index) => is('eq', 'size', index + 3)),
      };
      expect(await idsOf(driver(), wide)).toEqual(['c', 'd']);
      let deep: RowFilter = is('eq', 'size', 3);
      for (let level = 0; level < 200; level += 1) {
        deep = { op: level % 2 === 0 ? 'and' : 'or', args: [deep, is('eq', 'name', 'Apple')] };
      }
      expect(await idsOf(driver(), deep)).toEqual(['a']);
    });

    it.each<readonly [string, RowFilter]>([
      ['an unknown column', is('eq', 'nowhere', 1)],
      ['an inherited name', is('eq', 'constructor', 1)],
      ['an unknown operator', is('near' as Comparison['op'], 'name', 'x')],
      ['a comparison of a json column', is('eq', 'tags', 'x')],
      ['a search in numbers', is('contains', 'size', '1')],
      ['a list for one value', is('eq', 'size', [1])],
      ['one value for a list', is('in', 'size', 1)],
      ['half a range', is('between', 'size', [1])],
    ])('refuse %s', async (_, filter) => {
      await expectRefused(() => idsOf(driver(), filter), 'storage_failed');
    });
  });
}
