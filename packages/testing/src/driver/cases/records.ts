import { describe, expect, it } from 'vitest';
import {
  allColumns,
  emptyThing,
  expectRefused,
  idsOf,
  insertThings,
  journal,
  thing,
  type CurrentDriver,
} from '../fixture.js';

const equalId = (value: string) => ({ op: 'eq', field: 'id', value }) as const;

/** Writing and finding rows. */
export function recordCases(driver: CurrentDriver): void {
  describe('records', () => {
    it('finds the selected columns of what was inserted', async () => {
      await insertThings(driver(), [{ id: 'a', name: 'Ada' }]);
      const found = await driver().reader.find({ table: thing, columns: ['name', 'id', 'size'] });
      expect(found).toEqual([{ name: 'Ada', id: 'a', size: null }]);
      expect(Object.keys(found[0] ?? {})).toEqual(['name', 'id', 'size']);
    });

    it('takes an absent nullable column as empty', async () => {
      await driver().transaction((session) => session.insert(thing, [{ id: 'a', revision: 1 }]));
      const found = await driver().reader.find({ table: thing, columns: allColumns });
      expect(found).toEqual([emptyThing('a')]);
    });

    it('inserts many rows in order, however many there are', async () => {
      const rows = Array.from({ length: 1237 }, (_, index) => ({ note: `note ${index}` }));
      await driver().transaction((session) => session.insert(journal, rows));
      await driver().transaction((session) => session.insert(journal, []));
      const found = await driver().reader.find({
        table: journal,
        columns: ['note'],
        orderBy: [{ field: 'sequence', direction: 'asc' }],
      });
      expect(found).toEqual(rows);
    });

    it('never gives a number of a sequence twice', async () => {
      const insert = (note: string) =>
        driver().transaction((session) => session.insert(journal, [{ note }]));
      await insert('one');
      await driver().transaction((session) =>
        session.delete({ table: journal, where: { op: 'and', args: [] } }),
      );
      await insert('two');
      const found = await driver().reader.find({ table: journal, columns: ['sequence', 'note'] });
      expect(found).toEqual([{ sequence: 2, note: 'two' }]);
    });

    it('updates what matches, and says how many rows', async () => {
      await insertThings(driver(), [{ size: 1, code: 'x' }, { size: 1 }, { size: 2, code: 'y' }]);
      const where = { op: 'eq', field: 'size', value: 1 } as const;
      const set = { code: null, tags: ['x'], active: true };
      const changed = await driver().transaction((session) =>
        session.update({ table: thing, set, where }),
      );
      expect(changed).toBe(2);
      const found = await driver().reader.find({
        table: thing,
        columns: ['code', 'tags', 'active'],
        where,
      });
      expect(found).toEqual([set, set]);
      expect(await idsOf(driver(), { op: 'isNull', field: 'code', value: false })).toEqual(['3']);
    });

    it('counts a row as matched even when the update changes nothing in it', async () => {
      await insertThings(driver(), [{ id: 'a', size: 1 }]);
      const statement = { table: thing, set: { size: 1 }, where: equalId('a') };
      expect(await driver().transaction((session) => session.update(statement))).toBe(1);
      const nobody = { ...statement, where: equalId('b') };
      expect(await driver().transaction((session) => session.update(nobody))).toBe(0);
    });

    it('deletes what matches, and says how many rows', async () => {
      await insertThings(driver(), [{ size: 1 }, { size: 1 }, { size: 2 }]);
      const removed = await driver().transaction((session) =>
        session.delete({ table: thing, where: { op: 'eq', field: 'size', value: 1 } }),
      );
      expect(removed).toBe(2);
      expect(await idsOf(driver())).toEqual(['3']);
    });

    it.each([
      ['an insert', { nowhere: 1 }],
      ['an insert of an inherited name', { constructor: 'x' }],
    ])('refuses an unknown column in %s', async (_, extra) => {
      const row = { ...emptyThing('a'), ...extra };
      await expectRefused(
        () => driver().transaction((session) => session.insert(thing, [row])),
        'storage_failed',
      );
      expect(await idsOf(driver())).toEqual([]);
    });

    it('refuses a row without a value for a required column, and an update that empties one', async () => {
      const write = driver();
      await insertThings(write, [{ id: 'a' }]);
      await expectRefused(
        () => write.transaction((session) => session.insert(thing, [{ id: 'b' }])),
        'storage_failed',
      );
      await expectRefused(
        () =>
          write.transaction((session) =>
            session.update({ table: thing, set: { revision: null }, where: equalId('a') }),
          ),
        'storage_failed',
      );
      expect(await idsOf(write)).toEqual(['a']);
    });
  });
  duplicateCases(driver);
}

function duplicateCases(driver: CurrentDriver): void {
  describe('unique values', () => {
    const duplicate = async (row: Record<string, unknown>, fields: readonly string[]) => {
      const complete = { ...emptyThing('second'), ...row };
      await expect(
        driver().transaction((session) => session.insert(thing, [complete])),
      ).rejects.toMatchObject({ code: 'duplicate_value', params: { object: 'thing', fields } });
    };

    it('are refused with table and columns: key, one column, several', async () => {
      await insertThings(driver(), [{ id: 'first', code: 'x', name: 'n', size: 1 }]);
      await duplicate({ id: 'first' }, ['id']);
      await duplicate({ code: 'x' }, ['code']);
      await duplicate({ name: 'n', size: 1 }, ['name', 'size']);
      expect(await idsOf(driver())).toEqual(['first']);
    });

    it('are refused in an update', async () => {
      await insertThings(driver(), [
        { id: 'a', code: 'x' },
        { id: 'b', code: 'y' },
      ]);
      await expectRefused(
        () =>
          driver().transaction((session) =>
            session.update({ table: thing, set: { code: 'x' }, where: equalId('b') }),
          ),
        'duplicate_value',
      );
    });

    it('ignore rows with an empty column, and deleted rows where the index says so', async () => {
      await insertThings(driver(), [
        { name: 'n', size: null },
        { name: 'n', size: null },
        { code: 'x', deleted_at: '2026-01-31T09:30:00.000Z' },
        { code: 'x' },
      ]);
      await duplicate({ code: 'x' }, ['code']);
      expect(await idsOf(driver())).toHaveLength(4);
    });

    it('are refused in the middle of many rows, without any of them', async () => {
      const rows = Array.from({ length: 130 }, (_, index) => ({
        id: `row ${index}`,
        code: `code ${index % 120}`,
      }));
      await expectRefused(() => insertThings(driver(), rows), 'duplicate_value');
      expect(await idsOf(driver())).toEqual([]);
    });
  });
}
