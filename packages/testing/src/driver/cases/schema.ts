import {
  diffSchema,
  type ColumnSchema,
  type IndexSchema,
  type TableSchema,
} from '@objectql/core/driver';
import { describe, expect, it } from 'vitest';
import {
  emptyThing,
  expectRefused,
  insertThings,
  journal,
  part,
  thing,
  type CurrentDriver,
} from '../fixture.js';

const unchanged = { changes: [], destructive: [], unused: [] };

const withColumn = (table: TableSchema, column: ColumnSchema): TableSchema => ({
  ...table,
  columns: [...table.columns, column],
});

/** Reading the schema back and changing it. */
export function schemaCases(driver: CurrentDriver): void {
  const difference = async (target: readonly TableSchema[]) =>
    diffSchema(await driver().introspect(), target);

  describe('schema', () => {
    it('reads back what it made, so that applying twice changes nothing', async () => {
      expect(await difference([thing, journal, part])).toEqual(unchanged);
      const found = (await driver().introspect()).find(({ name }) => name === 'journal');
      expect(found?.sequence).toBe('sequence');
    });

    it('adds a column to a table with rows, even one that new rows must fill', async () => {
      await insertThings(driver(), [{ id: 'a' }]);
      const wider = withColumn(thing, { name: 'rank', type: 'integer', nullable: false });
      const { changes, destructive } = await difference([wider, journal, part]);
      expect(changes.map(({ kind }) => kind)).toEqual(['addColumn']);
      expect(destructive).toEqual([]);
      await driver().applySchema(changes);
      expect(await difference([wider, journal, part])).toEqual(unchanged);
      await driver().transaction((session) =>
        session.insert(wider, [{ ...emptyThing('b'), rank: 3 }]),
      );
      const where = { op: 'ne', field: 'rank', value: 3 } as const;
      const found = await driver().reader.find({ table: wider, columns: ['id', 'rank'], where });
      expect(found).toEqual([{ id: 'a', rank: null }]);
    });

    it('keeps values unique in each organization, and among rows without one', async () => {
      const index: IndexSchema = {
        name: 'badge_code_size',
        columns: ['code', 'size'],
        unique: true,
        liveOnly: true,
        perTenant: true,
      };
      const text = (name: string) => ({ name, type: 'text', nullable: true }) as const;
      const badge: TableSchema = {
        name: 'badge',
        columns: [
          { name: 'id', type: 'text', nullable: false },
          ...[text('code'), text('organization_id')],
          { name: 'size', type: 'integer', nullable: true },
          { name: 'deleted_at', type: 'datetime', nullable: true },
        ],
        indexes: [index],
      };
      const tables = [thing, journal, part, badge];
      await driver().applySchema((await difference(tables)).changes);
      expect(await difference(tables)).toEqual(unchanged);
      const insert = (id: string, organization: string | null, code: string | null = 'x') =>
        driver().transaction((session) =>
          session.insert(badge, [{ id, code, size: 1, organization_id: organization }]),
        );
      for (const organization of ['a', 'b', null]) await insert(`of ${organization}`, organization);
      for (const organization of ['a', 'b', null]) {
        await expect(insert('again', organization)).rejects.toMatchObject({
          code: 'duplicate_value',
          params: { object: 'badge', fields: ['code', 'size'] },
        });
      }
      await insert('empty', 'a', null);
      await insert('empty too', 'a', null);
      const where = { op: 'eq', field: 'id', value: 'of a' } as const;
      const move = driver().transaction((session) =>
        session.update({ table: badge, set: { organization_id: 'b' }, where }),
      );
      await expect(move).rejects.toMatchObject({ code: 'duplicate_value' });
      const shared = { ...badge, indexes: [{ ...index, perTenant: undefined }] };
      const kinds = (await difference([thing, journal, part, shared])).changes;
      expect(kinds.map(({ kind }) => kind)).toEqual(['dropIndex', 'createIndex']);
      await driver().applySchema([{ kind: 'dropTable', table: 'badge' }]);
    });

    it('adds, replaces and drops indexes', async () => {
      const index: IndexSchema = { name: 'thing_size', columns: ['size'], unique: false };
      const code: IndexSchema = { name: 'thing_code', columns: ['code'], unique: false };
      const changed = { ...thing, indexes: [index, code] };
      await driver().applySchema((await difference([changed, journal, part])).changes);
      expect(await difference([changed, journal, part])).toEqual(unchanged);
      await insertThings(driver(), [{ code: 'x' }, { code: 'x' }]);
    });

    it('leaves what nobody wants any more, and says so', async () => {
      const narrower = { ...thing, columns: thing.columns.filter(({ name }) => name !== 'ratio') };
      const { changes, unused } = await difference([narrower]);
      expect(changes).toEqual([]);
      expect(unused).toEqual(['thing.ratio', 'journal', 'part']);
      await driver().transaction((session) => session.insert(narrower, [{ id: 'a', revision: 1 }]));
    });

    it('calls a change of type destructive', async () => {
      const columns = thing.columns.map((column) =>
        column.name === 'name' ? { ...column, type: 'integer' as const } : column,
      );
      const { changes, destructive } = await difference([{ ...thing, columns }, journal, part]);
      expect(changes).toEqual([]);
      expect(destructive).toEqual([expect.stringContaining('"thing.name"')]);
    });

    it('applies all changes or none', async () => {
      await insertThings(driver(), [{ opens: '09:00:00' }, { opens: '09:00:00' }]);
      const index: IndexSchema = { name: 'thing_opens', columns: ['opens'], unique: true };
      const column: ColumnSchema = { name: 'extra', type: 'text', nullable: true };
      await expectRefused(
        () =>
          driver().applySchema([
            { kind: 'addColumn', table: thing, column },
            { kind: 'createIndex', table: thing, index },
          ]),
        'duplicate_value',
      );
      expect(await difference([thing, journal, part])).toEqual(unchanged);
    });

    it.each(['bad"name', 'a b', '', '1st', '__proto__', 'x'.repeat(200), 'naïve', 'a\0'])(
      'takes no name that is no plain identifier: %j',
      async (name) => {
        const column: ColumnSchema = { name, type: 'text', nullable: true };
        await expectRefused(
          () => driver().applySchema([{ kind: 'addColumn', table: thing, column }]),
          'storage_failed',
        );
        await expectRefused(
          () => driver().applySchema([{ kind: 'createTable', table: { ...thing, name } }]),
          'storage_failed',
        );
        expect(await difference([thing, journal, part])).toEqual(unchanged);
      },
    );
  });
}
