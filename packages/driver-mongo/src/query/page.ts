import type { SortKey } from '@objectos/spec/contracts';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import type { Columns } from './view.js';

/** The number of rows that a statement asks for. @throws `storage_failed` for what is none */
export function pageSize(value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw storageFailed(`a page of ${value} rows`);
}

/** The stages that leave out what is on other pages. */
export function pageStages({
  limit,
  offset,
}: {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}): Document[] {
  const most = pageSize(limit);
  const skipped = pageSize(offset) ?? 0;
  return [
    ...(skipped === 0 ? [] : [{ $skip: skipped }]),
    ...(most === undefined
      ? []
      : [most === 0 ? { $match: { _id: { $in: [] } } } : { $limit: most }]),
  ];
}

/**
 * What rows are sorted by. The server sorts empty values first, text by bytes, which is the order of
 * code points. The first of two keys with the same column decides.
 */
export function sortOf(
  orderBy: readonly SortKey[] | undefined,
  columns: Columns,
): Record<string, 1 | -1> {
  const sort: Record<string, 1 | -1> = {};
  for (const { field, direction } of orderBy ?? []) {
    const { path, type, name } = columns.column(field);
    if (type === 'json') throw storageFailed(`a sort by the json column "${name}"`);
    if (!Object.hasOwn(sort, path)) sort[path] = direction === 'asc' ? 1 : -1;
  }
  return sort;
}

/** The stage that sorts, or none. */
export function sortStages(sort: Record<string, 1 | -1>): Document[] {
  return Object.keys(sort).length === 0 ? [] : [{ $sort: sort }];
}
