import type { DataEngine, ExecutionContext, Scalar } from '@objectos/spec/contracts';
import type { FieldError } from '@objectos/spec/errors';
import type { ImportColumn } from './columns.js';

type LookupColumn = Extract<ImportColumn, { kind: 'lookup' }>;

/** What a key stands for: one record, none, or several. */
type Found = { readonly id: string } | 'none' | 'several';

/** Keys that are remembered from one list of rows to the next, for each column. */
const REMEMBERED = 10_000;
/** Keys of one query. */
const CHUNK = 200;

/** Finds related records by a key of their own, for many rows at once, as the principal sees them. */
export function createLookups(engine: DataEngine, ctx: () => ExecutionContext) {
  const caches = new Map<string, Map<unknown, Found>>();

  function cacheOf(column: LookupColumn): Map<unknown, Found> {
    const key = `${column.target.name} ${column.by.name}`;
    const cache = caches.get(key) ?? new Map<unknown, Found>();
    caches.set(key, cache);
    return cache;
  }

  async function query(column: LookupColumn, keys: readonly Scalar[]): Promise<void> {
    const cache = cacheOf(column);
    const { records, hasMore } = await engine.find(
      column.target.name,
      {
        fields: [column.by.name],
        where: { op: 'in', field: column.by.name, value: keys },
        limit: 1_000,
      },
      ctx(),
    );
    // A key that stands for very many records must not hide the others.
    if (hasMore && keys.length > 1) {
      for (const key of keys) await query(column, [key]);
      return;
    }
    for (const key of keys) cache.set(key, 'none');
    for (const record of records) {
      const key = record[column.by.name];
      cache.set(key, cache.get(key) === 'none' ? { id: record['id'] as string } : 'several');
    }
  }

  return {
    /** Loads the keys of a list of rows: one query for about 200 new ones. */
    async load(column: LookupColumn, keys: ReadonlySet<Scalar>): Promise<void> {
      const cache = cacheOf(column);
      if (cache.size > REMEMBERED) cache.clear();
      // What was not there may have been imported meanwhile.
      const missing = [...keys].filter((key) => (cache.get(key) ?? 'none') === 'none');
      for (let start = 0; start < missing.length; start += CHUNK) {
        await query(column, missing.slice(start, start + CHUNK));
      }
    },
    /** The id that a loaded key stands for, or what is wrong with it. */
    idOf(column: LookupColumn, key: Scalar): string | FieldError {
      const found = cacheOf(column).get(key) ?? 'none';
      if (found !== 'none' && found !== 'several') return found.id;
      const { field, target, by } = column;
      const what = found === 'none' ? 'no' : 'more than one';
      return {
        field: field.name,
        code: 'invalid_reference',
        message: `there is ${what} "${target.name}" with ${by.name} "${String(key).slice(0, 100)}"`,
      };
    },
  };
}
