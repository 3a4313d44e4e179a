import { updateEach, type Row } from '@objectql/core/driver';
import { describe, expect, it } from 'vitest';
import { expectRefused, insertThings, thing, type CurrentDriver } from '../fixture.js';

/** Rows that are changed to values of their own. */
export function updateEachCases(driver: CurrentDriver): void {
  const change = (rows: readonly { readonly match: Row; readonly set: Row }[]) =>
    driver().transaction((session) => updateEach(session, { table: thing, rows }));
  const stored = (...columns: readonly string[]) =>
    driver().reader.find({
      table: thing,
      columns,
      orderBy: [{ field: 'id', direction: 'asc' }],
    });
  const at = (id: string, revision = 1) => ({ id, revision });

  describe('updates of each row', () => {
    it('set values of every type, and empty ones', async () => {
      await insertThings(driver(), [{ id: 'a' }, { id: 'b', name: 'b' }, { id: 'c', size: 1 }]);
      const full = {
        name: 'é "{,}" \\ NULL',
        code: '',
        size: -7,
        ratio: 0.25,
        price: 19.99,
        active: false,
        born: '2026-01-31',
        opens: '09:30:00',
        seen: '2026-01-31T09:30:00.000Z',
        tags: { list: ['a"b', null, 1], text: '\\' },
      };
      const empty = Object.fromEntries(Object.keys(full).map((name) => [name, null]));
      const count = await change([
        { match: at('a'), set: full },
        { match: at('b'), set: { ...empty, active: true } },
      ]);
      expect(count).toBe(2);
      const columns = Object.keys(full);
      const [first, second, third] = await stored(...columns);
      expect(first).toEqual(full);
      expect(second).toEqual({ ...empty, active: true });
      expect(third).toEqual({ ...empty, size: 1 });
    });

    it('change those that match in every column, whatever the number', async () => {
      const rows = Array.from({ length: 250 }, (_, index) => ({ id: `r${index}`, size: index }));
      await insertThings(driver(), rows);
      const changes = rows.map(({ id, size }) => ({
        match: at(id, size % 5 === 0 ? 2 : 1),
        set: { size: -size, revision: 2 },
      }));
      expect(await change(changes)).toBe(200);
      const sizes = (await stored('id', 'size')).map(({ id, size }) => [id, size]);
      expect(new Map(sizes as [string, number][])).toEqual(
        new Map(rows.map(({ id, size }) => [id, size % 5 === 0 ? size : -size])),
      );
      expect(await change([])).toBe(0);
    });

    it('are refused together where a value is taken, and others can be tried then', async () => {
      await insertThings(driver(), [{ id: 'a', code: 'a' }, { id: 'b', code: 'b' }, { id: 'c' }]);
      await driver().transaction(async (session) => {
        const rows = [
          { match: at('c'), set: { code: 'c' } },
          { match: at('b'), set: { code: 'a' } },
        ];
        const refused = async () =>
          session.nested((inner) => updateEach(inner, { table: thing, rows }));
        await expectRefused(refused, 'duplicate_value');
        expect(await updateEach(session, { table: thing, rows: rows.slice(0, 1) })).toBe(1);
      });
      expect((await stored('code')).map(({ code }) => code)).toEqual(['a', 'b', 'c']);
    });

    it('take columns of the table, and all of them for each row', async () => {
      await insertThings(driver(), [{ id: 'a' }]);
      await expectRefused(
        () => change([{ match: at('a'), set: { nothing: 1 } }]),
        'storage_failed',
      );
      await expectRefused(
        () => change([{ match: at('a'), set: { size: Number.NaN } }]),
        'unsupported_value',
      );
      expect(await stored('size')).toEqual([{ size: null }]);
    });
  });
}
