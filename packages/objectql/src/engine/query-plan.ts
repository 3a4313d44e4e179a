import type { Query, SortKey } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FindStatement } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { planFilter, readableField } from './filter-plan.js';
import { isId } from './ids.js';

/** Most records of one page. */
export const MAX_PAGE = 1_000;
/** Records of a page when the query does not say. */
export const DEFAULT_PAGE = 50;

const LIVE: RowFilter = { op: 'isNull', field: 'deleted_at', value: true };
const DELETED: RowFilter = { op: 'isNull', field: 'deleted_at', value: false };
const BY_ID: SortKey = { field: 'id', direction: 'asc' };
const STABLE: readonly SortKey[] = [BY_ID];

/** A query that passed the gate, ready for the driver. */
export interface PlannedQuery {
  /** Asks for one row more than the page, to know whether there is another page. */
  readonly statement: FindStatement;
  readonly limit: number;
  readonly offset: number;
}

/** Plans a query: every name is checked, every value typed, permission and trash filters added. */
export function planQuery(
  admission: Admission,
  query: Query,
  extraColumns: readonly string[] = [],
): PlannedQuery {
  const { meta } = admission;
  const limit = pageSize(query.limit);
  const offset = query.offset ?? 0;
  const statement: FindStatement = {
    table: meta.table,
    columns: planColumns(admission, query.fields, extraColumns),
    where: planWhere(admission, query),
    orderBy: planSort(admission, query.orderBy),
    limit: limit + 1,
    ...(offset > 0 ? { offset } : {}),
  };
  return { statement, limit, offset };
}

/** The filter of a query together with the row filter of the principal and the trash. */
export function planWhere(
  admission: Admission,
  query: Pick<Query, 'where' | 'deleted'>,
): RowFilter | undefined {
  const asked = query.where === undefined ? undefined : planFilter(admission, query.where);
  return conjunction(asked, admission.rows, trashFilter(admission.meta, query.deleted));
}

/**
 * The filter for one record by id, as the principal may see it.
 *
 * @throws `record_not_found` for text that is no id, without asking the database
 */
export function whereId(
  admission: Admission,
  id: string,
  deleted: Query['deleted'] = 'exclude',
): RowFilter {
  if (!isId(id)) throw createError('record_not_found', { object: admission.meta.name, id });
  const byId: RowFilter = { op: 'eq', field: 'id', value: id };
  return conjunction(byId, admission.rows, trashFilter(admission.meta, deleted)) ?? byId;
}

/** The filter for records by ids, as the principal may see them. */
export function whereIds(admission: Admission, ids: readonly string[]): RowFilter {
  const byIds: RowFilter = { op: 'in', field: 'id', value: ids };
  return conjunction(byIds, admission.rows, trashFilter(admission.meta, 'exclude')) ?? byIds;
}

/** `and` of the filters that are there, flat. */
export function conjunction(...filters: readonly (RowFilter | undefined)[]): RowFilter | undefined {
  const present = filters.filter((filter) => filter !== undefined);
  return present.length > 1 ? { op: 'and', args: present } : present[0];
}

/** Columns of the answer: what was asked for, else everything the principal sees; `id` always. */
export function planColumns(
  admission: Admission,
  fields: readonly string[] | undefined,
  extraColumns: readonly string[],
): readonly string[] {
  if (fields === undefined) return admission.visible;
  const columns = new Set(['id']);
  for (const name of fields) columns.add(readableField(admission, name).name);
  for (const name of extraColumns) columns.add(name);
  return [...columns];
}

/** Sort keys, checked; `id` is always last so that pages never overlap. */
export function planSort(
  admission: Admission,
  orderBy: readonly SortKey[] | undefined,
): readonly SortKey[] {
  if (orderBy === undefined || orderBy.length === 0) return STABLE;
  for (const key of orderBy) {
    const field = readableField(admission, key.field);
    if (field.column === 'json') {
      throw createError('invalid_sort', { reason: `"${field.name}" has no order` });
    }
  }
  return orderBy.some((key) => key.field === 'id') ? orderBy : [...orderBy, BY_ID];
}

function trashFilter(
  meta: ObjectMeta,
  deleted: Query['deleted'] = 'exclude',
): RowFilter | undefined {
  if (!meta.softDelete || deleted === 'include') return undefined;
  return deleted === 'only' ? DELETED : LIVE;
}

function pageSize(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_PAGE;
  if (!Number.isInteger(limit) || limit < 0) {
    throw createError('invalid_parameter', { parameter: 'limit', reason: 'expected 0 or more' });
  }
  if (limit > MAX_PAGE) {
    throw createError('limit_exceeded', { limit: 'page size', max: MAX_PAGE, actual: limit });
  }
  return limit;
}
