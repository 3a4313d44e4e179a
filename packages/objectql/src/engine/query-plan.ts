import type { Query, SortKey } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FindStatement } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { conjunction } from './conjunction.js';
import { planFilter, readableField } from './filter-plan.js';
import { DISTANCE, hasVector, planNear } from './near-plan.js';
import { LIVE } from './follow.js';
import { isId } from './ids.js';
import type { View } from './relations.js';
import { planRank, planSearch } from './search-plan.js';
import { planSort } from './sort-plan.js';
import { withTranslationColumns } from './translation/localize.js';

/** Most records of one page. */
export const MAX_PAGE = 1_000;
/** Records of a page when the query does not say. */
export const DEFAULT_PAGE = 50;

const DELETED: RowFilter = { op: 'isNull', field: 'deleted_at', value: false };

/** A query that passed the gate, ready for the driver. */
export interface PlannedQuery {
  /** Asks for one row more than the page, to know whether there is another page. */
  readonly statement: FindStatement & { readonly orderBy: readonly SortKey[] };
  readonly limit: number;
  readonly offset: number;
}

/** Plans a query: every name is checked, every value typed, permission and trash filters added. */
export function planQuery(
  view: View,
  query: Query,
  extraColumns: readonly string[] = [],
): PlannedQuery {
  const { admission } = view;
  const limit = pageSize(query.limit);
  const offset = query.offset ?? 0;
  const distance = query.near === undefined ? [] : [DISTANCE];
  const statement = {
    table: admission.meta.table,
    columns: planColumns(admission, query.fields, [...extraColumns, ...distance]),
    where: planWhere(view, query),
    ...(planNear(view, query) ?? planRank(view, query) ?? planSort(view, query.orderBy)),
    limit: limit + 1,
    ...(offset > 0 ? { offset } : {}),
  };
  return { statement, limit, offset };
}

/** The filter of a query together with the row filter of the principal and the trash. */
export function planWhere(
  view: View,
  query: Pick<Query, 'where' | 'search' | 'near' | 'deleted'>,
): RowFilter | undefined {
  const { admission } = view;
  const asked = query.where === undefined ? undefined : planFilter(view, query.where);
  return conjunction(
    asked,
    planSearch(view, query.search),
    hasVector(query.near),
    admission.rows,
    trashFilter(admission.meta, query.deleted),
  );
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
export function whereIds(
  admission: Admission,
  ids: readonly string[],
  deleted: Query['deleted'] = 'exclude',
): RowFilter {
  const byIds: RowFilter = { op: 'in', field: 'id', value: ids };
  return conjunction(byIds, admission.rows, trashFilter(admission.meta, deleted)) ?? byIds;
}

/** Columns of the answer: what was asked for, else everything the principal sees; `id` always. */
export function planColumns(
  admission: Admission,
  fields: readonly string[] | undefined,
  extraColumns: readonly string[],
): readonly string[] {
  return withTranslationColumns(admission, shownColumns(admission, fields, extraColumns));
}

function shownColumns(
  admission: Admission,
  fields: readonly string[] | undefined,
  extraColumns: readonly string[],
): readonly string[] {
  if (fields === undefined) {
    const further = extraColumns.filter((name) => name.includes(':'));
    return further.length === 0 ? admission.visible : [...admission.visible, ...further];
  }
  const columns = new Set(['id']);
  for (const name of fields) columns.add(readableField(admission, name).name);
  for (const name of extraColumns) columns.add(name);
  return [...columns];
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
