import { describe, expect, it } from 'vitest';
import { expectRefused, insertThings, thing, type CurrentDriver } from '../fixture.js';
import type { SortKey } from '@objectos/spec/contracts';

/** Order and paging. */
export function sortCases(driver: CurrentDriver): void {
  const ordered = async (
    orderBy: readonly SortKey[],
    page: { limit?: number; offset?: number } = {},
  ): Promise<string> => {
    const statement = { table: thing, columns: ['id'], orderBy, ...page };
    const rows = await driver().reader.find(statement);
    return rows.map((row) => String(row['id'])).join('');
  };
  const byId: SortKey = { field: 'id', direction: 'asc' };

  describe('order and paging', () => {
    it('puts empty values first ascending and last descending', async () => {
      await insertThings(driver(), [
        { id: 'a', size: 2 },
        { id: 'b', size: null },
        { id: 'c', size: -1 },
      ]);
      expect(await ordered([{ field: 'size', direction: 'asc' }])).toBe('bca');
      expect(await ordered([{ field: 'size', direction: 'desc' }])).toBe('acb');
    });

    it('sorts by several keys, text by code points', async () => {
      await insertThings(driver(), [
        { id: 'a', name: '\uffff', active: true },
        { id: 'b', name: '😀', active: true },
        { id: 'c', name: 'Z', active: false },
        { id: 'd', name: 'a', active: false },
        { id: 'e', name: 'ä', active: false },
      ]);
      expect(await ordered([{ field: 'name', direction: 'asc' }])).toBe('cdeab');
      expect(
        await ordered([
          { field: 'active', direction: 'desc' },
          { field: 'name', direction: 'desc' },
        ]),
      ).toBe('baedc');
    });

    it('pages without a gap or a repetition', async () => {
      await insertThings(
        driver(),
        Array.from('abcdefg').map((id) => ({ id })),
      );
      expect(await ordered([byId], { limit: 3 })).toBe('abc');
      expect(await ordered([byId], { limit: 3, offset: 3 })).toBe('def');
      expect(await ordered([byId], { limit: 3, offset: 6 })).toBe('g');
      expect(await ordered([byId], { offset: 5 })).toBe('fg');
      expect(await ordered([byId], { limit: 0 })).toBe('');
      expect(await ordered([byId], { limit: 10, offset: 100 })).toBe('');
    });

    it('refuses pages that are no pages, and sorts that have no order', async () => {
      await expectRefused(() => ordered([byId], { limit: -1 }), 'storage_failed');
      await expectRefused(() => ordered([byId], { offset: 0.5 }), 'storage_failed');
      await expectRefused(() => ordered([{ field: 'tags', direction: 'asc' }]), 'storage_failed');
      await expectRefused(
        () => ordered([{ field: 'nowhere', direction: 'asc' }]),
        'storage_failed',
      );
    });
  });
}
