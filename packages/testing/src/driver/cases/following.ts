import { describe, expect, it } from 'vitest';
import { expectRefused, journal, thing, type CurrentDriver } from '../fixture.js';

/** Reading on in tables that the database numbers. */
export function followCases(driver: CurrentDriver): void {
  const read = (after?: string, limit = 100) =>
    Promise.resolve(
      driver().reader.follow({ table: journal, columns: ['note'], after, limit }),
    ).then(({ rows, cursor }) => ({ cursor, notes: rows.map(({ note }) => note) }));
  const write = (...notes: string[]) =>
    driver().transaction((session) =>
      session.insert(
        journal,
        notes.map((note) => ({ note })),
      ),
    );

  describe('followed rows', () => {
    it('come once, in pages, and a cursor goes on where it stood', async () => {
      expect(await read()).toEqual({ notes: [], cursor: undefined });
      await write('a', 'b');
      await write('c');
      // Transactions of others on the same server may delay rows for a moment.
      await expect.poll(async () => (await read()).notes).toEqual(['a', 'b', 'c']);
      const first = await read(undefined, 2);
      expect(first.notes).toEqual(['a', 'b']);
      const second = await read(first.cursor);
      expect(second.notes).toEqual(['c']);
      expect(await read(second.cursor)).toEqual({ notes: [], cursor: second.cursor });
      await write('d');
      await expect.poll(async () => (await read(second.cursor)).notes).toEqual(['d']);
    });

    it('can be chosen among', async () => {
      await write('a', 'b', 'a');
      const where = { op: 'eq', field: 'note', value: 'a' } as const;
      const follow = async () =>
        (await driver().reader.follow({ table: journal, columns: ['sequence'], where, limit: 9 }))
          .rows;
      await expect.poll(follow).toEqual([{ sequence: 1 }, { sequence: 3 }]);
    });

    it('are never passed by a cursor, whatever the order in which writers commit', async () => {
      const writers = 12;
      const each = 15;
      let running = writers;
      const all = Array.from({ length: writers }, async (_, writer) => {
        for (let index = 0; index < each; index += 1) {
          await driver().transaction(async (session) => {
            await session.insert(journal, [{ note: `${writer}.${index}` }]);
            if (index % 3 === 0) await new Promise((resolve) => setTimeout(resolve, index));
          });
        }
        running -= 1;
      });
      const seen: unknown[] = [];
      let cursor: string | undefined;
      const deadline = Date.now() + 15_000;
      while ((running > 0 || seen.length < writers * each) && Date.now() < deadline) {
        const page = await read(cursor, 7);
        seen.push(...page.notes);
        cursor = page.cursor;
        if (page.notes.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      await Promise.all(all);
      expect(new Set(seen).size).toBe(seen.length);
      expect(seen).toHaveLength(writers * each);
    });

    it('are refused without numbers, and with a cursor that is none', async () => {
      const statement = { table: thing, columns: ['id'], limit: 1 };
      await expectRefused(() => driver().reader.follow(statement), 'storage_failed');
      for (const after of ['', 'x', '1;', '-1', '1.2.3']) {
        await expectRefused(() => read(after), 'storage_failed');
      }
    });
  });
}
