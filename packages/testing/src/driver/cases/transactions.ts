import type { DriverSession } from '@objectql/core/driver';
import { describe, expect, it } from 'vitest';
import { emptyThing, expectRefused, idsOf, thing, type CurrentDriver } from '../fixture.js';

const add = (session: DriverSession, id: string, values: Record<string, unknown> = {}) =>
  session.insert(thing, [{ ...emptyThing(id), ...values }]);

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Transactions, nested work and shared commits. */
export function transactionCases(driver: CurrentDriver): void {
  describe.each(['own', 'shared'] as const)('transactions (%s commit)', (commit) => {
    it('answer with the result of their work', async () => {
      expect(await driver().transaction(() => 7, { commit })).toBe(7);
      expect(await driver().transaction(async () => 'later', { commit })).toBe('later');
    });

    it.each(['at once', 'later'])('are undone when the work throws %s', async (moment) => {
      const failing = driver().transaction(
        async (session) => {
          await add(session, 'a');
          if (moment === 'later') await turn();
          throw new RangeError('on purpose');
        },
        { commit },
      );
      await expect(failing).rejects.toThrow(RangeError);
      expect(await idsOf(driver())).toEqual([]);
    });

    it('see their own rows, which the reader sees only after the commit', async () => {
      await driver().transaction(
        async (session) => {
          await add(session, 'a');
          expect(await session.count({ table: thing })).toBe(1);
          expect(await idsOf(driver())).toEqual([]);
          await turn();
          expect(await idsOf(driver())).toEqual([]);
        },
        { commit },
      );
      expect(await idsOf(driver())).toEqual(['a']);
    });

    it('keep what succeeded before a statement that was refused and caught', async () => {
      await driver().transaction(
        async (session) => {
          await add(session, 'a');
          await expectRefused(() => add(session, 'a'), 'duplicate_value');
          await add(session, 'b');
        },
        { commit },
      );
      expect(await idsOf(driver())).toEqual(['a', 'b']);
    });

    it('end: their session is refused afterwards', async () => {
      const leaked = await driver().transaction((session) => session, { commit });
      await expectRefused(() => add(leaked, 'a'), 'storage_failed');
      await expectRefused(() => leaked.find({ table: thing, columns: ['id'] }), 'storage_failed');
      await expectRefused(() => leaked.nested(() => 1), 'storage_failed');
      expect(await idsOf(driver())).toEqual([]);
    });

    it('run one after another: each sees all before it', async ({ skip }) => {
      skip(!driver().capabilities.serialWrites, 'the driver does not declare "serialWrites"');
      const seen = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          driver().transaction(
            async (session) => {
              const before = await session.count({ table: thing });
              if (index % 3 === 0) await turn();
              await add(session, String(index));
              return before;
            },
            { commit },
          ),
        ),
      );
      expect([...seen].sort((one, other) => one - other)).toEqual(
        Array.from({ length: 50 }, (_, index) => index),
      );
      expect(await idsOf(driver())).toHaveLength(50);
    });

    it('fail alone: others of the same moment succeed', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          driver().transaction(
            async (session) => {
              await add(session, String(index), { code: `c${index % 30}` });
              if (index === 5) throw new Error('on purpose');
            },
            { commit },
          ),
        ),
      );
      const failed = outcomes.flatMap(({ status }, index) =>
        status === 'rejected' ? [index] : [],
      );
      // 30 to 39 repeat the codes of 0 to 9; that of 5 was undone, so 35 may have it.
      expect(failed).toHaveLength(10);
      expect(failed).toContain(5);
      if (driver().capabilities.serialWrites) {
        expect(failed).toEqual([5, 30, 31, 32, 33, 34, 36, 37, 38, 39]);
      }
      expect(await idsOf(driver())).toHaveLength(30);
    });
  });

  nestedCases(driver);
  mixedCases(driver);
}

function nestedCases(driver: CurrentDriver): void {
  describe('nested work', () => {
    it.each(['at once', 'later'])('is undone alone when it throws %s', async (moment) => {
      await driver().transaction(async (session) => {
        await add(session, 'a');
        const nested = async () =>
          session.nested(async (inner) => {
            await add(inner, 'b');
            if (moment === 'later') await turn();
            throw new RangeError('on purpose');
          });
        await expect(nested()).rejects.toThrow(RangeError);
        await session.nested((inner) => add(inner, 'c'));
        expect(await session.count({ table: thing })).toBe(2);
      });
      expect(await idsOf(driver())).toEqual(['a', 'c']);
    });

    it('nests: the failure of an outer part undoes the inner parts that succeeded', async () => {
      await driver().transaction(async (session) => {
        const outer = async () =>
          session.nested(async (middle) => {
            await middle.nested(async (inner) => {
              await add(inner, 'a');
              await inner.nested((innermost) => add(innermost, 'b'));
            });
            expect(await middle.count({ table: thing })).toBe(2);
            throw new RangeError('on purpose');
          });
        await expect(outer()).rejects.toThrow(RangeError);
        await add(session, 'c');
      });
      expect(await idsOf(driver())).toEqual(['c']);
    });

    it('is undone with its transaction', async () => {
      const failing = driver().transaction(async (session) => {
        await session.nested((inner) => add(inner, 'a'));
        throw new RangeError('on purpose');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(await idsOf(driver())).toEqual([]);
    });

    it('has a session that ends with it, and the outer one waits for it', async () => {
      await driver().transaction(async (session) => {
        let leaked = session;
        await session.nested(async (inner) => {
          leaked = inner;
          await expectRefused(() => add(session, 'x'), 'storage_failed');
          await expectRefused(() => session.nested(() => 1), 'storage_failed');
          await add(inner, 'a');
        });
        await expectRefused(() => add(leaked, 'x'), 'storage_failed');
        await add(session, 'b');
      });
      expect(await idsOf(driver())).toEqual(['a', 'b']);
    });

    it('that outlives its transaction changes nothing any more', async () => {
      let release = (): void => undefined;
      const released = new Promise<void>((resolve) => (release = resolve));
      let late: Promise<unknown> = Promise.resolve();
      await driver().transaction((session) => {
        late = Promise.resolve(
          session.nested(async (inner) => {
            await released;
            await add(inner, 'late');
          }),
        ).catch((error: unknown) => error);
      });
      release();
      expect(await late).toMatchObject({ code: 'storage_failed' });
      await driver().transaction((session) => add(session, 'a'));
      expect(await idsOf(driver())).toEqual(['a']);
    });

    it('is refused outside a transaction', async () => {
      await expectRefused(() => driver().reader.nested(() => 1), 'storage_failed');
    });
  });
}

function mixedCases(driver: CurrentDriver): void {
  describe('transactions of both kinds', () => {
    it('keep their order and lose nothing', async () => {
      await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          driver().transaction(
            async (session) => {
              if (index % 7 === 0) await turn();
              await add(session, String(index), { size: await session.count({ table: thing }) });
            },
            { commit: index % 4 === 0 ? 'own' : 'shared' },
          ),
        ),
      );
      expect(await idsOf(driver())).toHaveLength(60);
      if (!driver().capabilities.serialWrites) return;
      const numbered = await driver().reader.find({
        table: thing,
        columns: ['size'],
        orderBy: [{ field: 'size', direction: 'asc' }],
      });
      expect(numbered.map((row) => row['size'])).toEqual(numbered.map((_, index) => index));
    });

    it('may be started from one another without being waited for', async () => {
      let second: Promise<unknown> = Promise.resolve();
      await driver().transaction(async (session) => {
        second = driver().transaction((other) => add(other, 'b'), { commit: 'shared' });
        await add(session, 'a');
      });
      await second;
      expect(await idsOf(driver())).toEqual(['a', 'b']);
    });

    it('are finished before the driver closes', async () => {
      const pending = ['a', 'b', 'c'].map((id) =>
        driver().transaction(
          async (session) => {
            await turn();
            await add(session, id);
            return id;
          },
          { commit: id === 'b' ? 'own' : 'shared' },
        ),
      );
      await driver().close();
      expect(await Promise.all(pending)).toEqual(['a', 'b', 'c']);
    });
  });
}
