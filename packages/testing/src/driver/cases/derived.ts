import type { DerivedColumn, RelatedColumn, Row, RowFilter } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  allColumns,
  expectRefused,
  idsOf,
  insertThings,
  part,
  thing,
  type CurrentDriver,
} from '../fixture.js';
import { matches } from '../naive-filter.js';

const things: readonly Row[] = [
  { id: 'a', name: 'Anvil', code: 'b', size: 1, active: true },
  { id: 'b', name: 'Bolt', code: null, size: 2, active: false },
  { id: 'c', name: 'Clamp', code: 'a', size: 3, deleted_at: '2026-01-01T00:00:00.000Z' },
];
const parts: readonly Row[] = [
  { id: 'p1', thing: 'b', name: 'x', size: 1 },
  { id: 'p2', thing: 'a', name: 'x', size: 5 },
  { id: 'p3', thing: 'b', name: 'y', size: 2 },
  { id: 'p4', thing: null, name: 'y', size: 9 },
  { id: 'p5', thing: 'c', name: 'y', size: 3 },
  { id: 'p6', thing: 'b', name: 'x', size: 7 },
];

const toThing = {
  table: thing,
  on: { outer: 'thing', inner: 'id' },
  where: { op: 'isNull', field: 'deleted_at', value: true },
} as const;
const thingName: RelatedColumn = {
  kind: 'related',
  alias: 'd:0',
  via: [toThing],
  column: 'name',
};
/** The name of the thing whose id is the code of the part's thing. */
const codeName: RelatedColumn = {
  kind: 'related',
  alias: 'd:1',
  via: [toThing, { table: thing, on: { outer: 'code', inner: 'id' } }],
  column: 'name',
};

/** Columns that a statement makes for itself, limits for each value, and counts that stop. */
export function derivedCases(current: CurrentDriver): void {
  describe('derived columns', () => {
    beforeEach(async () => {
      await insertThings(current(), things);
      await current().transaction((session) => session.insert(part, parts));
    });
    const find = async (
      derived: readonly DerivedColumn[],
      rest: Partial<Parameters<ReturnType<CurrentDriver>['reader']['find']>[0]>,
    ) => {
      const rows = await current().reader.find({ table: part, columns: ['id'], derived, ...rest });
      return rows.map((row) => Object.values(row).join(' '));
    };
    const byId = { field: 'id', direction: 'asc' } as const;

    it('hold values of related rows, and are empty where there is none', async () => {
      const columns = ['id', 'd:0', 'd:1'];
      expect(await find([thingName, codeName], { columns, orderBy: [byId] })).toEqual([
        'p1 Bolt ',
        'p2 Anvil Bolt',
        'p3 Bolt ',
        'p4  ',
        'p5  ',
        'p6 Bolt ',
      ]);
    });

    it('sort and filter like other columns, bound values around them', async () => {
      const orderBy = [{ field: 'd:0', direction: 'asc' }, byId] as const;
      expect(await find([thingName], { orderBy })).toEqual(['p4', 'p5', 'p2', 'p1', 'p3', 'p6']);
      const where = {
        op: 'and',
        args: [
          { op: 'gt', field: 'size', value: 1 },
          { op: 'startsWith', field: 'd:0', value: 'B' },
        ],
      } as const;
      expect(await find([thingName], { where, orderBy, limit: 1, offset: 1 })).toEqual(['p6']);
    });

    it('group, and limit what is computed', async () => {
      const derived: DerivedColumn[] = [
        thingName,
        {
          kind: 'conditional',
          alias: 'd:2',
          when: {
            op: 'exists',
            table: thing,
            on: [{ outer: 'thing', inner: 'id' }],
            where: { op: 'eq', field: 'active', value: false },
          },
          column: 'size',
        },
        { kind: 'conditional', alias: 'd:3', when: { op: 'gt', field: 'size', value: 4 } },
      ];
      const rows = await current().reader.aggregate({
        table: part,
        derived,
        groupBy: ['d:0'],
        aggregations: [
          { function: 'sum', column: 'd:2', alias: 'inactive' },
          { function: 'count', column: 'd:3', alias: 'big' },
        ],
        where: { op: 'lt', field: 'size', value: 9 },
        having: { op: 'gte', field: 'big', value: 0 },
      });
      expect(rows.map((row) => ({ ...row }))).toEqual([
        { 'd:0': null, inactive: null, big: 0 },
        { 'd:0': 'Anvil', inactive: null, big: 1 },
        { 'd:0': 'Bolt', inactive: 10, big: 1 },
      ]);
    });

    it('group beside spans of time, whose zones are bound before them', async () => {
      const seen = { id: 's', seen: '2026-03-31T22:30:00.000Z', code: 'a' };
      await insertThings(current(), [seen]);
      const byCode: RelatedColumn = {
        kind: 'related',
        alias: 'd:0',
        via: [
          {
            table: thing,
            on: { outer: 'code', inner: 'id' },
            where: { op: 'eq', field: 'name', value: 'Anvil' },
          },
        ],
        column: 'name',
      };
      const rows = await current().reader.aggregate({
        table: thing,
        derived: [byCode],
        groupBy: [
          { column: 'seen', unit: 'month', timeZone: 'Europe/Berlin', alias: 'month' },
          'd:0',
        ],
        aggregations: [{ function: 'count', alias: 'count' }],
        where: { op: 'eq', field: 'id', value: 's' },
      });
      expect(rows.map((row) => ({ ...row }))).toEqual([
        { month: '2026-04-01', 'd:0': 'Anvil', count: 1 },
      ]);
    });

    it('refuse names that are not there', async () => {
      const wrong: DerivedColumn = { ...thingName, column: 'nothing' };
      await expectRefused(() => find([wrong], {}), 'storage_failed');
      await expectRefused(() => find([{ ...thingName, via: [] }], {}), 'storage_failed');
    });

    it('rows are limited for each value, in their order', async () => {
      const orderBy = [{ field: 'size', direction: 'desc' }, byId] as const;
      const perValue = { column: 'thing', limit: 2 };
      expect(await find([], { perValue, orderBy })).toEqual(['p4', 'p6', 'p2', 'p5', 'p3']);
      const where = { op: 'lt', field: 'size', value: 7 } as const;
      expect(await find([], { perValue, orderBy, where, limit: 2 })).toEqual(['p2', 'p5']);
      const byName = [{ field: 'd:0', direction: 'desc' }, ...orderBy] as const;
      const one = { column: 'd:0', limit: 1 };
      expect(await find([thingName], { perValue: one, orderBy: byName })).toEqual([
        'p6',
        'p2',
        'p4',
      ]);
    });

    it('hierarchies are walked down and up, and circles end', async () => {
      await insertThings(current(), [
        { id: 'r', name: 'r', code: 'y' },
        { id: 's', name: 's', code: 'r' },
        { id: 'x', name: 'x', code: 's' },
        { id: 'y', name: 'y', code: 'x' },
        { id: 'z', name: 'z', code: 's', deleted_at: '2026-01-01T00:00:00.000Z' },
      ]);
      const tree = async (direction: 'down' | 'up', root: string, where?: RowFilter) => {
        const filter: RowFilter = {
          op: 'tree',
          table: thing,
          parent: 'code',
          direction,
          root,
          where,
        };
        const all = await current().reader.find({ table: thing, columns: [...allColumns] });
        const found = await idsOf(current(), filter);
        const others = await idsOf(current(), { op: 'not', arg: filter });
        expect([...found, ...others].sort()).toEqual(all.map((row) => row['id']).sort());
        const naive = all.filter((row) => matches(filter, row, () => all));
        expect(found).toEqual(naive.map((row) => row['id']).sort());
        return found.join('');
      };
      const live: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };
      const notS: RowFilter = { op: 'ne', field: 'name', value: 's' };
      expect(await tree('down', 's')).toBe('rxyz');
      expect(await tree('down', 'r', live)).toBe('sxy');
      expect(await tree('up', 'z')).toBe('rsxy');
      expect(await tree('up', 'z', live)).toBe('');
      expect(await tree('up', 'x', notS)).toBe('s');
      expect(await tree('down', 'x', notS)).toBe('ry');
      expect(await tree('down', 'b')).toBe('ac');
      expect(await tree('down', 'nothing')).toBe('');
      const under: RowFilter = {
        op: 'exists',
        table: thing,
        on: [{ outer: 'thing', inner: 'id' }],
        where: { op: 'tree', table: thing, parent: 'code', direction: 'down', root: 'b' },
      };
      expect(await find([], { where: under })).toEqual(['p2', 'p5']);
    });

    it('counts stop where they are told to', async () => {
      const { reader } = current();
      const where = { op: 'gt', field: 'size', value: 1 } as const;
      expect(await reader.count({ table: part, where, atMost: 3 })).toBe(3);
      expect(await reader.count({ table: part, where, atMost: 30 })).toBe(5);
      expect(await reader.count({ table: part, atMost: 0 })).toBe(0);
    });
  });
}
