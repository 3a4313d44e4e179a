import type { Row, RowExists, RowFilter } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectRefused, idsOf, insertThings, part, thing, type CurrentDriver } from '../fixture.js';
import { matches } from '../naive-filter.js';

const things: readonly Row[] = [
  { id: 'a', name: 'x', code: 'x', size: 1, ratio: 1 },
  { id: 'b', name: 'x', code: 'y', size: 2, ratio: 2.5 },
  { id: 'c', name: null, code: null, size: 3, ratio: null },
  { id: 'd', name: null, code: 'z', size: null, ratio: 2, born: '2026-01-01' },
];
const parts: readonly Row[] = [
  { id: 'p1', thing: 'a', name: 'x', size: 1 },
  { id: 'p2', thing: 'a', name: 'wheel', size: 5 },
  { id: 'p3', thing: 'b', name: 'wheel', size: 2 },
  { id: 'p4', thing: null, name: 'lost', size: 9 },
];

const fields = (left: string, operator: 'eq' | 'ne' | 'gt' | 'gte' | 'lt' | 'lte', right: string) =>
  ({ op: 'compareFields', operator, left, right }) as const;
const hasPart = (where?: RowFilter): RowExists => ({
  op: 'exists',
  table: part,
  on: [{ outer: 'id', inner: 'thing' }],
  where,
});
const ofThing = (where?: RowFilter): RowExists => ({
  op: 'exists',
  table: thing,
  on: [{ outer: 'thing', inner: 'id' }],
  where,
});
const bigger = (size: number): RowFilter => ({ op: 'gt', field: 'size', value: size });
const namesake: RowExists = {
  op: 'exists',
  table: thing,
  on: [{ outer: 'name', inner: 'code' }],
};

const is = (field: string, value: string): RowFilter => ({ op: 'eq', field, value });
const few = (...args: RowFilter[]): RowFilter => ({ op: 'or', args, hint: 'narrow' });

/** What each condition finds among the things; the same negated must find all the others. */
const table: readonly (readonly [RowFilter, string])[] = [
  [fields('name', 'eq', 'code'), 'ac'],
  [fields('name', 'ne', 'code'), 'bd'],
  [fields('size', 'eq', 'ratio'), 'a'],
  [fields('size', 'lt', 'ratio'), 'b'],
  [fields('ratio', 'gt', 'size'), 'b'],
  [fields('size', 'gte', 'ratio'), 'a'],
  [fields('size', 'lte', 'ratio'), 'ab'],
  [hasPart(), 'ab'],
  [hasPart(bigger(4)), 'a'],
  [hasPart(bigger(5)), ''],
  [hasPart({ op: 'not', arg: bigger(1) }), 'a'],
  [hasPart({ op: 'or', args: [] }), ''],
  [{ op: 'and', args: [hasPart(bigger(1)), { op: 'eq', field: 'name', value: 'x' }] }, 'ab'],
  [hasPart(ofThing({ op: 'eq', field: 'code', value: 'y' })), 'b'],
  [hasPart(ofThing(hasPart(bigger(4)))), 'a'],
  [{ ...hasPart(), on: [...hasPart().on, { outer: 'name', inner: 'name' }] }, 'a'],
  [namesake, 'ab'],
  [{ ...namesake, where: { op: 'not', arg: hasPart(bigger(4)) } }, ''],
  [{ op: 'or', args: [hasPart(bigger(4)), fields('name', 'eq', 'code')] }, 'ac'],
  // Hints change how rows are found, never which.
  [{ ...hasPart(bigger(4)), hint: 'narrow' }, 'a'],
  [{ ...hasPart(), hint: 'narrow' }, 'ab'],
  [few({ ...hasPart(bigger(4)), hint: 'narrow' }, is('code', 'z')), 'ad'],
  [few({ ...namesake, hint: 'narrow' }, is('id', 'a'), is('id', 'd')), 'abd'],
  [few({ op: 'and', args: [few(is('id', 'a'), is('id', 'b')), is('code', 'y')] }), 'b'],
  [few(is('id', 'c'), hasPart(few({ ...ofThing(is('code', 'y')), hint: 'narrow' }))), 'bc'],
  [few(), ''],
  [few({ op: 'or', args: [] }, { op: 'and', args: [] }), 'abcd'],
  [{ ...hasPart(bigger(4)), hint: 'listed' }, 'a'],
  [{ op: 'or', args: [{ ...hasPart(bigger(4)), hint: 'listed' }, is('code', 'z')] }, 'ad'],
  [{ op: 'or', args: [is('id', 'd'), { ...namesake, hint: 'listed' }] }, 'abd'],
  [{ op: 'and', args: [{ ...hasPart(bigger(1)), hint: 'listed' }], hint: 'broad' }, 'ab'],
  [hasPart({ ...ofThing(is('code', 'y')), hint: 'listed' }), 'b'],
  [{ op: 'and', args: [is('name', 'x')], hint: 'broad' }, 'ab'],
  [{ op: 'and', args: [{ op: 'isNull', field: 'name', value: true }], hint: 'broad' }, 'cd'],
  [{ op: 'and', args: [few(is('id', 'a'), is('name', 'x'))], kept: true }, 'ab'],
];

/** Conditions on other columns and on rows of other tables. */
export function relatedCases(driver: CurrentDriver): void {
  describe('conditions on other columns and rows', () => {
    beforeEach(async () => {
      await insertThings(driver(), things);
      await driver().transaction((session) => session.insert(part, parts));
    });

    it('find what they mean, and their negation finds the rest', async () => {
      const all = things.map(({ id }) => id);
      for (const [filter, expected] of table) {
        const found = Array.from(expected);
        const label = JSON.stringify(filter);
        expect(await idsOf(driver(), filter), label).toEqual(found);
        const rest = all.filter((id) => !found.includes(id as string));
        expect(await idsOf(driver(), { op: 'not', arg: filter }), `not ${label}`).toEqual(rest);
        const naive = things.filter((row) =>
          matches(filter, row, (name) => (name === 'part' ? parts : things)),
        );
        expect(naive.map(({ id }) => id)).toEqual(found);
      }
    });

    it('are the same in one place after another, when they are kept', async () => {
      const kept: RowFilter = { op: 'and', args: [is('name', 'x')], kept: true };
      const inside = (code: string): RowFilter => ({ op: 'and', args: [is('code', code), kept] });
      for (let time = 0; time < 3; time += 1) {
        expect(await idsOf(driver(), kept)).toEqual(['a', 'b']);
        expect(await idsOf(driver(), inside('y'))).toEqual(['b']);
        expect(await idsOf(driver(), inside('z'))).toEqual([]);
        expect(await idsOf(driver(), { op: 'not', arg: kept })).toEqual(['c', 'd']);
        expect(await driver().reader.count({ table: thing, where: kept })).toBe(2);
        expect(await idsOf(driver(), hasPart(ofThing(kept)))).toEqual(['a', 'b']);
      }
    });

    it('choose what is updated, deleted and counted', async () => {
      const where = hasPart(bigger(4));
      expect(await driver().reader.count({ table: thing, where })).toBe(1);
      await driver().transaction(async (session) => {
        expect(await session.update({ table: thing, set: { name: 'found' }, where })).toBe(1);
        expect(await session.delete({ table: thing, where: { op: 'not', arg: where } })).toBe(3);
      });
      expect(await idsOf(driver(), { op: 'eq', field: 'name', value: 'found' })).toEqual(['a']);
    });

    it.each<readonly [string, RowFilter]>([
      ['an unknown column', fields('name', 'eq', 'nowhere')],
      ['columns of two kinds', fields('name', 'eq', 'size')],
      ['a date with an instant', fields('born', 'lt', 'seen')],
      ['json columns', fields('tags', 'eq', 'tags')],
      ['an unknown inner column', { ...hasPart(), on: [{ outer: 'id', inner: 'nowhere' }] }],
      ['an unknown outer column', { ...hasPart(), on: [{ outer: 'nowhere', inner: 'thing' }] }],
      ['related columns of two types', { ...hasPart(), on: [{ outer: 'size', inner: 'thing' }] }],
      ['no relation at all', { ...hasPart(), on: [] }],
      ['an unknown column inside', hasPart({ op: 'eq', field: 'code', value: 'x' })],
    ])('refuse %s', async (_, filter) => {
      await expectRefused(() => idsOf(driver(), filter), 'storage_failed');
    });
  });
}
