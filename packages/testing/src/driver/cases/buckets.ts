import type { AggregateStatement, BucketUnit, FindStatement, Row } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import { expectRefused, insertThings, thing, type CurrentDriver } from '../fixture.js';

const all = { function: 'count', alias: 'all' } as const;

/** Instants around the edges of days, years and daylight saving time, with their first days. */
const spans: readonly (readonly [string, BucketUnit, string | undefined, string])[] = [
  ['2026-01-31T23:30:00.000Z', 'day', undefined, '2026-01-31'],
  ['2026-01-31T23:30:00.000Z', 'day', 'Europe/Berlin', '2026-02-01'],
  ['2026-01-31T23:30:00.000Z', 'month', 'Europe/Berlin', '2026-02-01'],
  ['2026-01-31T23:30:00.000Z', 'month', 'America/New_York', '2026-01-01'],
  ['2026-03-29T00:59:59.999Z', 'day', 'Europe/Berlin', '2026-03-29'],
  ['2026-03-29T21:59:59.999Z', 'day', 'Europe/Berlin', '2026-03-29'],
  ['2026-03-29T22:00:00.000Z', 'day', 'Europe/Berlin', '2026-03-30'],
  ['2026-03-28T22:30:00.000Z', 'day', 'Europe/Berlin', '2026-03-28'],
  ['2026-10-25T22:59:59.999Z', 'day', 'Europe/Berlin', '2026-10-25'],
  ['2026-10-25T23:00:00.000Z', 'day', 'Europe/Berlin', '2026-10-26'],
  ['2026-06-30T18:15:00.000Z', 'quarter', 'Asia/Kathmandu', '2026-07-01'],
  ['2026-06-30T18:14:59.999Z', 'quarter', 'Asia/Kathmandu', '2026-04-01'],
  ['2025-12-31T23:00:00.000Z', 'year', 'Europe/Paris', '2026-01-01'],
  ['2025-12-31T23:00:00.000Z', 'year', 'UTC', '2025-01-01'],
  ['2026-01-01T00:00:00.000Z', 'week', undefined, '2025-12-29'],
  ['2026-01-04T23:59:59.999Z', 'week', undefined, '2025-12-29'],
  ['2026-01-05T00:00:00.000Z', 'week', undefined, '2026-01-05'],
  ['2026-01-04T23:59:59.999Z', 'week', 'Europe/Berlin', '2026-01-05'],
  ['2024-03-31T12:00:00.000Z', 'quarter', undefined, '2024-01-01'],
  ['2024-12-31T12:00:00.000Z', 'quarter', undefined, '2024-10-01'],
  ['0999-07-15T12:00:00.000Z', 'month', undefined, '0999-07-01'],
  ['1969-07-20T20:17:40.000Z', 'week', 'America/Chicago', '1969-07-14'],
];

/** Groups of time, conditions on groups, their order and pages; distinct rows. */
export function bucketCases(driver: CurrentDriver): void {
  const aggregate = async (statement: Omit<AggregateStatement, 'table'>): Promise<Row[]> =>
    (await driver().reader.aggregate({ table: thing, ...statement })).map((row) => ({ ...row }));

  describe('groups', () => {
    beforeEach(({ skip }) => {
      skip(!driver().capabilities.aggregate, 'the driver does not declare "aggregate"');
    });

    it('of time begin with the local day of each instant', async () => {
      await insertThings(
        driver(),
        spans.map(([seen], index) => ({ id: `t${index}`, seen })),
      );
      for (const [index, [seen, unit, timeZone, expected]] of spans.entries()) {
        const rows = await aggregate({
          where: { op: 'eq', field: 'id', value: `t${index}` },
          groupBy: [{ column: 'seen', unit, timeZone, alias: 'start' }],
          aggregations: [all],
        });
        expect(rows, `${seen} ${unit} ${timeZone}`).toEqual([{ start: expected, all: 1 }]);
      }
    });

    it.each<readonly [BucketUnit, string]>([
      ['day', '2026-05-17'],
      ['week', '2026-05-11'],
      ['month', '2026-05-01'],
      ['quarter', '2026-04-01'],
      ['year', '2026-01-01'],
    ])('of dates know no zone: %s', async (unit, start) => {
      await insertThings(driver(), [{ born: '2026-05-17' }, { born: null }]);
      const groupBy = [{ column: 'born', unit, timeZone: 'Pacific/Auckland', alias: 'start' }];
      const rows = await aggregate({ groupBy, aggregations: [all] });
      expect(rows).toEqual([
        { start: null, all: 1 },
        { start, all: 1 },
      ]);
    });

    it('of several keys are counted, filtered, sorted and paged by their results', async () => {
      await insertThings(driver(), [
        { name: 'a', born: '2026-01-05', size: 1, price: 0.1, active: true },
        { name: 'a', born: '2026-01-20', size: 2, price: 0.2, active: false },
        { name: 'a', born: '2026-02-01', size: 3, price: 5, active: null },
        { name: 'b', born: '2026-01-09', size: 4, price: 0.3, active: true },
        { name: null, born: null, size: 5, price: null, active: null },
      ]);
      const statement: Omit<AggregateStatement, 'table'> = {
        groupBy: ['name', { column: 'born', unit: 'month', alias: 'month' }],
        aggregations: [all, { function: 'sum', column: 'price', alias: 'total' }],
        orderBy: [
          { field: 'total', direction: 'desc' },
          { field: 'name', direction: 'desc' },
        ],
      };
      const rows = [
        { name: 'a', month: '2026-02-01', all: 1, total: 5 },
        { name: 'b', month: '2026-01-01', all: 1, total: 0.3 },
        { name: 'a', month: '2026-01-01', all: 2, total: 0.3 },
        { name: null, month: null, all: 1, total: null },
      ];
      expect(await aggregate(statement)).toEqual(rows);
      expect(await aggregate({ ...statement, limit: 2, offset: 1 })).toEqual(rows.slice(1, 3));
      const exact = { op: 'eq', field: 'total', value: 0.3 } as const;
      expect(await aggregate({ ...statement, having: exact })).toEqual(rows.slice(1, 3));
      const having = {
        op: 'and',
        args: [
          { op: 'in', field: 'name', value: ['a', null] },
          { op: 'not', arg: { op: 'gte', field: 'all', value: 2 } },
        ],
      } as const;
      expect(await aggregate({ ...statement, having })).toEqual([rows[0], rows[3]]);
      expect(await aggregate({ ...statement, having, limit: 1 })).toEqual([rows[0]]);
      const late = { op: 'gt', field: 'month', value: '2026-01-31' } as const;
      expect(await aggregate({ ...statement, having: late })).toEqual([rows[0]]);
    });

    it('are refused where they mean nothing', async () => {
      const bucket = { column: 'seen', unit: 'day', alias: 'day' } as const;
      for (const statement of [
        { groupBy: [{ ...bucket, column: 'name' }] },
        { groupBy: [{ ...bucket, timeZone: 'Mars/Base' }] },
        { groupBy: [{ ...bucket, timeZone: '+02:00' }] },
        { groupBy: ['tags'] },
        { orderBy: [{ field: 'nowhere', direction: 'asc' as const }] },
        { having: { op: 'eq', field: 'size', value: 1 } as const },
        { limit: -1 },
      ]) {
        await expectRefused(
          () => aggregate({ aggregations: [all], ...statement }),
          'storage_failed',
        );
      }
      const distinct = { function: 'countDistinct', column: 'tags', alias: 'x' } as const;
      await expectRefused(() => aggregate({ aggregations: [distinct] }), 'storage_failed');
    });
  });

  describe('distinct rows', () => {
    const distinct = (statement: Partial<FindStatement>) =>
      Promise.resolve(
        driver().reader.find({ table: thing, columns: ['name'], distinct: true, ...statement }),
      );
    const byName = { field: 'name', direction: 'desc' } as const;

    it('come once, and are sorted and paged as such', async () => {
      await insertThings(
        driver(),
        ['b', null, 'a', 'b', null, 'c'].map((name, index) => ({
          name,
          size: index === 5 ? null : index,
        })),
      );
      const names = ['c', 'b', 'a', null].map((name) => ({ name }));
      expect(await distinct({ orderBy: [byName] })).toEqual(names);
      expect(await distinct({ orderBy: [byName], limit: 2, offset: 1 })).toEqual(names.slice(1, 3));
      expect(await distinct({ columns: ['name', 'size'] })).toHaveLength(6);
    });

    it('are refused with other sort keys, of json, and locked', async () => {
      const size = { field: 'size', direction: 'asc' } as const;
      await expectRefused(() => distinct({ orderBy: [size] }), 'storage_failed');
      await expectRefused(() => distinct({ columns: ['tags'] }), 'storage_failed');
      const locked = () =>
        driver().transaction((session) =>
          session.find({ table: thing, columns: ['name'], distinct: true, lock: 'wait' }),
        );
      await expectRefused(locked, 'storage_failed');
    });
  });
}
