import type { ClaimStatement, FindStatement } from '@objectql/core/driver';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  expectRefused,
  idsOf,
  insertThings,
  journal,
  thing,
  type CurrentDriver,
} from '../fixture.js';

const claim: ClaimStatement = {
  table: thing,
  where: { op: 'eq', field: 'active', value: true },
  orderBy: [{ field: 'size', direction: 'desc' }],
  limit: 2,
  set: { active: false, opens: '09:30:00' },
  returning: ['id', 'opens', 'size'],
};

/** Locking and claiming rows. */
export function claimCases(driver: CurrentDriver): void {
  describe('claims', () => {
    beforeEach(() =>
      insertThings(
        driver(),
        [1, 2, 3, 4, 5].map((size) => ({ id: `t${size}`, size, active: size !== 5 })),
      ),
    );
    const take = (statement: ClaimStatement = claim) =>
      driver().transaction((session) => session.claim(statement));

    it('take the first rows that match, and answer with them as they are then', async () => {
      expect(await take()).toEqual([
        { id: 't4', opens: '09:30:00', size: 4 },
        { id: 't3', opens: '09:30:00', size: 3 },
      ]);
      expect(await idsOf(driver(), claim.where)).toEqual(['t1', 't2']);
      expect(await take({ ...claim, limit: 9, returning: ['size'] })).toEqual([
        { size: 2 },
        { size: 1 },
      ]);
      expect(await take()).toEqual([]);
    });

    it('never give a row to two takers', async () => {
      await insertThings(
        driver(),
        Array.from({ length: 60 }, (_, index) => ({ id: `n${index}`, size: index, active: true })),
      );
      const taken = await Promise.all(
        Array.from({ length: 20 }, () => take({ ...claim, limit: 5 })),
      );
      const ids = taken.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length + (await idsOf(driver(), claim.where)).length).toBe(64);
    });

    it('work on tables that the database numbers', async () => {
      await driver().transaction((session) =>
        session.insert(journal, [{ note: 'a' }, { note: 'b' }]),
      );
      const taken = await take({
        table: journal,
        where: { op: 'eq', field: 'note', value: 'b' },
        orderBy: [{ field: 'sequence', direction: 'asc' }],
        limit: 5,
        set: { note: 'taken' },
        returning: ['note'],
      });
      expect(taken).toEqual([{ note: 'taken' }]);
    });

    it('are undone with their transaction', async () => {
      const failing = driver().transaction(async (session) => {
        await session.claim(claim);
        throw new RangeError('on purpose');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await idsOf(driver(), claim.where)).toHaveLength(4);
    });

    it('are, like every lock, refused outside a transaction', async () => {
      await expectRefused(() => driver().reader.claim(claim), 'storage_failed');
      const statement: FindStatement = { table: thing, columns: ['id'], lock: 'wait' };
      await expectRefused(() => driver().reader.find(statement), 'storage_failed');
    });
  });
}
