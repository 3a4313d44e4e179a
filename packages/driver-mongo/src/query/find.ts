import type { FindStatement, Row, RowFilter } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { KEY_FIELD } from '../schema/catalog.js';
import { decoderOf } from '../values/decode.js';
import { derivedColumns, mentions, type Derived } from './derived.js';
import { valueOf } from './expression.js';
import { filterStages, statementScope } from './filter.js';
import { pageSize, pageStages, sortOf, sortStages } from './page.js';
import type { FilterScope } from './scope.js';
import type { Columns, ColumnView, Views } from './view.js';

/** A pipeline over a collection, and how its answer becomes rows. */
export interface Query {
  readonly collection: string;
  readonly pipeline: readonly Document[];
  readonly toRows: (documents: readonly Document[]) => Row[];
}

/** @throws `storage_failed`, `unsupported_value` */
export function findQuery(statement: FindStatement, views: Views): Query {
  const table = views(statement.table);
  const scope = statementScope(table, views);
  const derived = derivedColumns(statement.derived, scope);
  if (statement.lock !== undefined) checkLock(statement);
  const { columns } = derived;
  const sort = sortOf(statement.orderBy, columns);
  const selected = statement.columns.map((name) => columns.column(name));
  const rows = sourceStages(statement, derived, scope);
  const { collection } = table.stored;
  if (statement.distinct === true) {
    return { collection, ...distinctQuery(statement, { selected, columns, rows: rows.before }) };
  }
  const pipeline = [
    ...rows.before,
    ...rankStages(statement, columns, sort),
    ...sortStages(sort),
    ...pageStages(statement),
    ...rows.after,
    { $project: projection(selected) },
  ];
  return { collection, pipeline, toRows: rowMaker(selected, (column) => column.path) };
}

/**
 * The rows that match. Derived columns that only the answer shows are computed for the rows of the
 * page alone.
 */
function sourceStages(
  statement: FindStatement,
  { stages, columns }: Derived,
  scope: FilterScope,
): { readonly before: Document[]; readonly after: readonly Document[] } {
  const names = new Set((statement.derived ?? []).map(({ alias }) => alias));
  const { where, orderBy = [], perValue, distinct } = statement;
  const late =
    distinct !== true &&
    !orderBy.some(({ field }) => names.has(field)) &&
    !(perValue !== undefined && names.has(perValue.column)) &&
    !(where !== undefined && mentions(where, names));
  if (late) return { before: filterStages(where, scope), after: stages };
  return { before: filteredStages(where, { names, stages, columns }, scope), after: [] };
}

/** Conditions on derived columns come after these, all others before. */
export function filteredStages(
  where: RowFilter | undefined,
  derived: Derived & { readonly names: ReadonlySet<string> },
  scope: FilterScope,
): Document[] {
  const terms = where === undefined ? [] : where.op === 'and' ? where.args : [where];
  const own = terms.filter((term) => !mentions(term, derived.names));
  const other = terms.filter((term) => mentions(term, derived.names));
  return [
    ...filterStages({ op: 'and', args: own }, scope),
    ...derived.stages,
    ...filterStages({ op: 'and', args: other }, { ...scope, columns: derived.columns }),
  ];
}

/** Numbers the rows of each value in their order, and keeps the first ones. */
function rankStages(
  { perValue }: FindStatement,
  columns: Columns,
  sort: Record<string, 1 | -1>,
): Document[] {
  if (perValue === undefined) return [];
  const sortBy = Object.keys(sort).length === 0 ? { [KEY_FIELD]: 1 } : sort;
  const partitionBy = valueOf(columns.column(perValue.column));
  const output = { 'rank:': { $documentNumber: {} } };
  return [
    { $setWindowFields: { partitionBy, sortBy, output } },
    { $match: { 'rank:': { $lte: pageSize(perValue.limit) } } },
  ];
}

function distinctQuery(
  statement: FindStatement,
  {
    selected,
    columns,
    rows,
  }: {
    readonly selected: readonly ColumnView[];
    readonly columns: Columns;
    readonly rows: readonly Document[];
  },
): Omit<Query, 'collection'> {
  const { columns: names, orderBy = [] } = statement;
  const other = orderBy.find(({ field }) => !names.includes(field));
  if (other !== undefined) throw storageFailed(`distinct rows sorted by "${other.field}"`);
  const json = selected.find(({ type }) => type === 'json');
  if (json !== undefined) throw storageFailed(`distinct rows of the json column "${json.name}"`);
  const place = (column: ColumnView) =>
    `c${selected.findIndex(({ name }) => name === column.name)}`;
  const group = Object.fromEntries(selected.map((column) => [place(column), valueOf(column)]));
  const sort = Object.fromEntries(
    orderBy.map(({ field, direction }) => [
      `_id.${place(columns.column(field))}`,
      direction === 'asc' ? (1 as const) : (-1 as const),
    ]),
  );
  const toRows = rowMaker(selected, place);
  return {
    pipeline: [...rows, { $group: { _id: group } }, ...sortStages(sort), ...pageStages(statement)],
    toRows: (documents) => toRows(documents.map(({ _id }) => _id as Document)),
  };
}

/** Writers run one after another, so a lock has nothing to do; it is checked all the same. */
function checkLock({ distinct, derived, perValue }: FindStatement): void {
  if (distinct === true || derived !== undefined || perValue !== undefined) {
    throw storageFailed('distinct, derived or ranked rows that are locked');
  }
}

/** The fields of an answer. */
export function projection(selected: readonly ColumnView[]): Document {
  const fields = Object.fromEntries(selected.map(({ path }) => [path, 1]));
  return Object.hasOwn(fields, KEY_FIELD) ? fields : { ...fields, [KEY_FIELD]: 0 };
}

/** Makes rows of documents. */
export function rowMaker(
  selected: readonly ColumnView[],
  placeOf: (column: ColumnView) => string,
): Query['toRows'] {
  const parts = selected.map((column) => ({
    name: column.name,
    place: placeOf(column),
    decode: decoderOf(column.type),
  }));
  return (documents) =>
    documents.map((document) => {
      const row: Row = {};
      for (const { name, place, decode } of parts) row[name] = decode(document[place]);
      return row;
    });
}
