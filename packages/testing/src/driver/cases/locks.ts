import { describe, expect, it } from 'vitest';
import { expectRefused, insertThings, thing, type CurrentDriver } from '../fixture.js';

/** Rows and keys that are locked. */
export function lockCases(driver: CurrentDriver): void {
  describe('locked rows', () => {
    it('let writers of one row follow each other, none losing what another wrote', async () => {
      await insertThings(driver(), [{ id: 'a', size: 0 }]);
      const where = { op: 'eq', field: 'id', value: 'a' } as const;
      const add = () =>
        driver().transaction(async (session) => {
          const [row] = await session.find({
            table: thing,
            columns: ['size'],
            where,
            lock: 'wait',
          });
          const size = (row?.['size'] as number) + 1;
          await session.update({ table: thing, set: { size }, where });
        });
      await Promise.all(Array.from({ length: 30 }, add));
      expect(await driver().reader.find({ table: thing, columns: ['size'] })).toEqual([
        { size: 30 },
      ]);
    });

    it('can be keys that no row has yet: who names one waits for the others', async () => {
      const add = () =>
        driver().transaction(async (session) => {
          await session.lockKey(`the only "one"`);
          const where = { op: 'eq', field: 'code', value: 'one' } as const;
          if ((await session.count({ table: thing, where })) > 0) return 0;
          await session.insert(thing, [{ id: 'x', revision: 1, code: 'one' }]);
          return 1;
        });
      const added = await Promise.all(Array.from({ length: 12 }, add));
      expect(added.reduce<number>((sum, one) => sum + one, 0)).toBe(1);
      await expectRefused(() => driver().reader.lockKey('x'), 'storage_failed');
    });

    it('that something refers to are not removed meanwhile', async () => {
      await insertThings(driver(), [{ id: 'a', size: 0 }]);
      const where = { op: 'eq', field: 'id', value: 'a' } as const;
      const order: string[] = [];
      let removed: Promise<unknown> = Promise.resolve();
      await driver().transaction(async (session) => {
        await session.find({ table: thing, columns: ['id'], where, lock: 'reference' });
        removed = driver().transaction(async (other) => {
          await other.find({ table: thing, columns: ['id'], where, lock: 'remove' });
          order.push('removed');
        });
        await new Promise((resolve) => setTimeout(resolve, 50));
        order.push('referred');
      });
      await removed;
      expect(order).toEqual(['referred', 'removed']);
    });
  });
}
