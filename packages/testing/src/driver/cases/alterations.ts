import type { Driver, SchemaChange, TableSchema } from '@objectql/core/driver';
import { describe, expect, it } from 'vitest';
import {
  emptyThing,
  expectRefused,
  idsOf,
  insertThings,
  journal,
  thing,
  type CurrentDriver,
} from '../fixture.js';

const titled = renamed(thing, { from: 'name', to: 'title' });

/** A table as it is after a column was renamed; its indexes keep their names. */
function renamed(table: TableSchema, { from, to }: { from: string; to: string }): TableSchema {
  const name = (old: string) => (old === from ? to : old);
  return {
    ...table,
    columns: table.columns.map((column) => ({ ...column, name: name(column.name) })),
    indexes: table.indexes.map((index) => ({ ...index, columns: index.columns.map(name) })),
  };
}

const byName = (one: { readonly name: string }, other: { readonly name: string }) =>
  one.name < other.name ? -1 : 1;

async function tableNamed(driver: Driver, name: string) {
  const found = (await driver.introspect()).find((table) => table.name === name);
  return found && { ...found, indexes: [...found.indexes].sort(byName) };
}

/** Changes of what exists: renames and removals. */
export function alterationCases(driver: CurrentDriver): void {
  const find = (table: TableSchema, columns: readonly string[]) =>
    driver().reader.find({ table, columns, orderBy: [{ field: 'id', direction: 'asc' }] });

  describe('alterations of the schema', () => {
    it('rename a column with its values and indexes', async () => {
      await insertThings(driver(), [{ name: 'one', size: 1 }, { name: 'two' }]);
      await driver().applySchema([
        { kind: 'renameColumn', table: 'thing', from: 'name', to: 'title' },
      ]);
      expect(await find(titled, ['title', 'size'])).toEqual([
        { title: 'one', size: 1 },
        { title: 'two', size: null },
      ]);
      const indexes = [...titled.indexes].sort(byName);
      expect((await tableNamed(driver(), 'thing'))?.indexes).toEqual(indexes);
      const twice = { id: '3', revision: 1, title: 'one', size: 1 };
      await expectRefused(
        () => driver().transaction((session) => session.insert(titled, [twice])),
        'duplicate_value',
      );
    });

    it('rename a table with its rows and indexes', async () => {
      await insertThings(driver(), [{ code: 'x' }]);
      await driver().applySchema([{ kind: 'renameTable', from: 'thing', to: 'item' }]);
      const item = { ...thing, name: 'item' };
      expect(await find(item, ['id', 'code'])).toEqual([{ id: '1', code: 'x' }]);
      expect(await tableNamed(driver(), 'thing')).toBeUndefined();
      await expectRefused(
        () =>
          driver().transaction((session) =>
            session.insert(item, [{ ...emptyThing('2'), code: 'x' }]),
          ),
        'duplicate_value',
      );
    });

    it('rename a table that numbers its rows, which goes on counting', async () => {
      const add = (table: TableSchema) =>
        driver().transaction((session) => session.insert(table, [{ note: 'n' }]));
      await add(journal);
      await driver().applySchema([{ kind: 'renameTable', from: 'journal', to: 'diary' }]);
      const diary = { ...journal, name: 'diary' };
      await add(diary);
      const rows = await driver().reader.find({ table: diary, columns: ['sequence'] });
      expect(rows.map(({ sequence }) => sequence).sort()).toEqual([1, 2]);
    });

    it('drop a column, and the table can be used on', async () => {
      await insertThings(driver(), [{ ratio: 0.5, name: 'kept' }]);
      await driver().applySchema([{ kind: 'dropColumn', table: 'thing', column: 'ratio' }]);
      const columns = thing.columns.filter(({ name }) => name !== 'ratio');
      const narrower = { ...thing, columns };
      expect((await tableNamed(driver(), 'thing'))?.columns.map(({ name }) => name)).toEqual(
        columns.map(({ name }) => name),
      );
      expect(await find(narrower, ['name'])).toEqual([{ name: 'kept' }]);
      const ratio = { name: 'ratio', type: 'real', nullable: true } as const;
      await driver().applySchema([{ kind: 'addColumn', table: thing, column: ratio }]);
      expect(await find(thing, ['ratio'])).toEqual([{ ratio: null }]);
    });

    it('drop a table, which can be made again', async () => {
      await insertThings(driver(), [{ name: 'gone' }]);
      await driver().applySchema([{ kind: 'dropTable', table: 'thing' }]);
      expect(await tableNamed(driver(), 'thing')).toBeUndefined();
      await driver().applySchema([{ kind: 'createTable', table: thing }]);
      expect(await idsOf(driver())).toEqual([]);
    });

    it('swap a column for another in one step', async () => {
      await insertThings(driver(), [{ size: 7, name: 'seven' }]);
      const column = { name: 'size_text', type: 'text', nullable: true } as const;
      await driver().applySchema([
        { kind: 'dropIndex', table: 'thing', index: 'thing_name_size' },
        { kind: 'addColumn', table: thing, column },
      ]);
      const wider = { ...thing, columns: [...thing.columns, column] };
      await driver().transaction((session) =>
        session.update({
          table: wider,
          set: { size_text: 'seven' },
          where: { op: 'eq', field: 'id', value: '1' },
        }),
      );
      await driver().applySchema([
        { kind: 'dropColumn', table: 'thing', column: 'size' },
        { kind: 'renameColumn', table: 'thing', from: 'size_text', to: 'size' },
      ]);
      const asText: TableSchema = {
        ...thing,
        columns: thing.columns.map((one) => (one.name === 'size' ? { ...one, type: 'text' } : one)),
      };
      expect(await find(asText, ['id', 'size', 'name'])).toEqual([
        { id: '1', size: 'seven', name: 'seven' },
      ]);
    });

    it('are not applied when the guard throws, which sees the rows as they are', async () => {
      await insertThings(driver(), [{ name: 'one' }]);
      const changes: SchemaChange[] = [{ kind: 'dropTable', table: 'thing' }];
      const refused = driver().applySchema(changes, async (session) => {
        expect(await session.count({ table: thing })).toBe(1);
        throw new RangeError('on purpose');
      });
      await expect(refused).rejects.toThrow(RangeError);
      expect(await idsOf(driver())).toEqual(['1']);
      await driver().applySchema(changes, () => undefined);
      expect(await tableNamed(driver(), 'thing')).toBeUndefined();
    });

    it('are all applied or none', async () => {
      await expectRefused(
        () =>
          driver().applySchema([
            { kind: 'renameColumn', table: 'thing', from: 'name', to: 'title' },
            { kind: 'dropTable', table: 'nowhere' },
          ]),
        'storage_failed',
      );
      expect((await tableNamed(driver(), 'thing'))?.columns[2]?.name).toBe('name');
    });
  });

  describe('exclusive work', () => {
    it('waits for work of the same name, and not for another', async () => {
      const current = driver();
      if (current.exclusive === undefined) return;
      const order: string[] = [];
      const work = (name: string) => async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 60));
        order.push(`${name} ends`);
      };
      const first = current.exclusive('one', work('first'));
      const other = current.exclusive('other', work('other'));
      const second = current.exclusive('one', work('second'));
      await Promise.all([first, second, other]);
      const same = order.filter((entry) => !entry.startsWith('other'));
      expect([same[1], same[3]].every((entry) => entry?.endsWith('ends'))).toBe(true);
      expect(order.slice(0, 2).some((entry) => entry === 'other begins')).toBe(true);
    });

    it('is free again after work that failed', async () => {
      const current = driver();
      if (current.exclusive === undefined) return;
      const failed = current.exclusive('one', () => Promise.reject(new RangeError('on purpose')));
      await expect(failed).rejects.toThrow(RangeError);
      expect(await current.exclusive('one', async () => 7)).toBe(7);
    });
  });
}
