import type { AggregateStatement } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectRefused, insertThings, thing, type CurrentDriver } from '../fixture.js';

/** Aggregates, where the driver can do them. */
export function aggregateCases(driver: CurrentDriver): void {
  const aggregate = (statement: Omit<AggregateStatement, 'table'>) =>
    Promise.resolve(driver().reader.aggregate({ table: thing, ...statement }));

  describe('aggregates', () => {
    beforeEach(({ skip }) => {
      skip(!driver().capabilities.aggregate, 'the driver does not declare "aggregate"');
    });

    it('count, sum, average, least and greatest, without empty values', async () => {
      await insertThings(driver(), [
        { name: 'x', size: 1, price: 0.5, active: true, seen: '2026-01-31T09:30:00.000Z' },
        { name: 'x', size: 5, price: 1.5, active: false },
        { name: null, size: null, price: null },
      ]);
      const [row] = await aggregate({
        aggregations: [
          { function: 'count', alias: 'all' },
          { function: 'count', column: 'size', alias: 'sizes' },
          { function: 'countDistinct', column: 'name', alias: 'names' },
          { function: 'sum', column: 'size', alias: 'total' },
          { function: 'avg', column: 'price', alias: 'mean' },
          { function: 'min', column: 'seen', alias: 'first' },
          { function: 'max', column: 'active', alias: 'any' },
        ],
      });
      expect({ ...row }).toEqual({
        all: 3,
        sizes: 2,
        names: 1,
        total: 6,
        mean: 1,
        first: '2026-01-31T09:30:00.000Z',
        any: true,
      });
    });

    it('of nothing are zero for counts and empty for the rest', async () => {
      const rows = await aggregate({
        aggregations: [
          { function: 'count', alias: 'all' },
          { function: 'sum', column: 'size', alias: 'total' },
          { function: 'max', column: 'name', alias: 'last' },
        ],
      });
      expect(rows.map((row) => ({ ...row }))).toEqual([{ all: 0, total: null, last: null }]);
    });

    it('group by columns, empty values being a group, in the order of the groups', async () => {
      await insertThings(driver(), [
        { active: true, size: 1 },
        { active: null, size: 2 },
        { active: true, size: 3 },
        { active: false, size: 4 },
        { active: false, size: 100 },
      ]);
      const rows = await aggregate({
        groupBy: ['active'],
        aggregations: [{ function: 'sum', column: 'size', alias: 'total' }],
        where: { op: 'lt', field: 'size', value: 50 },
      });
      expect(rows.map((row) => ({ ...row }))).toEqual([
        { active: null, total: 2 },
        { active: false, total: 4 },
        { active: true, total: 4 },
      ]);
    });

    it('sum integers beyond what fits into one', async () => {
      const size = Number.MAX_SAFE_INTEGER;
      await insertThings(
        driver(),
        Array.from({ length: 3000 }, () => ({ size })),
      );
      const [row] = await aggregate({
        aggregations: [{ function: 'sum', column: 'size', alias: 'total' }],
      });
      expect(Number(row?.['total']) / (3000 * size)).toBeCloseTo(1, 12);
    });

    it('take any alias, which reaches nothing but the row', async () => {
      const aliases = ['__proto__', 'constructor', `"; DROP TABLE thing; --`];
      const [row] = await aggregate({
        aggregations: aliases.map((alias) => ({ function: 'count', alias })),
      });
      expect(Object.keys(row ?? {})).toEqual(aliases);
      expect(Object.getPrototypeOf({})).toBe(Object.prototype);
    });

    it('refuse columns that have no sum', async () => {
      for (const column of ['name', 'tags', 'active', 'nowhere']) {
        await expectRefused(
          () => aggregate({ aggregations: [{ function: 'sum', column, alias: 'x' }] }),
          'storage_failed',
        );
      }
      await expectRefused(
        () => aggregate({ aggregations: [{ function: 'sum', alias: 'x' }] }),
        'storage_failed',
      );
    });
  });
}
