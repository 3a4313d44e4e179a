import type { AggregateStatement, Row } from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { derivedColumns } from './derived.js';
import { filterStages, statementScope } from './filter.js';
import { filteredStages, type Query } from './find.js';
import { aggregateOutput, groupOutput, type Output } from './outputs.js';
import { pageStages, sortStages } from './page.js';
import type { Columns, ColumnView, Views } from './view.js';

/**
 * An aggregate. Outputs are named by position, because their names may come from a request.
 *
 * @throws `storage_failed`, `unsupported_value`
 */
export function aggregateQuery(statement: AggregateStatement, views: Views): Query {
  const table = views(statement.table);
  const scope = statementScope(table, views);
  const derived = derivedColumns(statement.derived, scope);
  const names = new Set((statement.derived ?? []).map(({ alias }) => alias));
  const groups = (statement.groupBy ?? []).map((key, index) =>
    groupOutput(key, derived.columns, `c${index}`),
  );
  const aggregates = statement.aggregations.map((aggregation, index) =>
    aggregateOutput(aggregation, derived.columns, `c${groups.length + index}`),
  );
  const outputs: readonly Output[] = [...groups, ...aggregates];
  const results = resultColumns(outputs);
  const _id =
    groups.length === 0
      ? null
      : Object.fromEntries(groups.map(({ place, group }) => [place, group]));
  const accumulators = Object.assign({}, ...aggregates.map((one) => one.accumulators)) as Document;
  const counted = { $group: { _id, ...accumulators } };
  const empty = Object.assign({}, ...aggregates.map((one) => one.ofNothing)) as Document;
  const pipeline = [
    ...filteredStages(statement.where, { ...derived, names }, scope),
    ...(groups.length === 0 ? onlyGroup(counted, empty) : [counted]),
    {
      $project: {
        _id: 0,
        ...Object.fromEntries(outputs.map(({ place, value }) => [place, value])),
      },
    },
    ...filterStages(statement.having, statementScope(results, views)),
    ...sortStages(orderOf(statement, groups, results)),
    ...pageStages(statement),
  ];
  return { collection: table.stored.collection, pipeline, toRows: rowMaker(outputs) };
}

/** Without groups there is one row, even of nothing. */
function onlyGroup(counted: Document, ofNothing: Document): Document[] {
  return [
    { $facet: { rows: [counted] } },
    {
      $replaceRoot: { newRoot: { $mergeObjects: [{ $literal: ofNothing }, { $first: '$rows' }] } },
    },
  ];
}

function resultColumns(outputs: readonly Output[]): Columns {
  const byAlias = new Map(
    outputs.map(({ alias, place, type }): [string, ColumnView] => [
      alias,
      { table: 'result', name: alias, type, path: place, required: false, key: false },
    ]),
  );
  return {
    name: 'result',
    column(name) {
      const column = byAlias.get(name);
      if (column !== undefined) return column;
      throw storageFailed(`"${name}", which is no result of the aggregate`);
    },
  };
}

/** The asked order, and by the groups where it leaves a choice. */
function orderOf(
  { orderBy = [] }: AggregateStatement,
  groups: readonly Output[],
  results: Columns,
): Record<string, 1 | -1> {
  const sort: Record<string, 1 | -1> = {};
  for (const { field, direction } of orderBy) {
    const { path } = results.column(field);
    sort[path] ??= direction === 'asc' ? 1 : -1;
  }
  for (const { place } of groups) sort[place] ??= 1;
  return sort;
}

function rowMaker(outputs: readonly Output[]): Query['toRows'] {
  return (documents) =>
    documents.map((document) => {
      // Aliases may come from a request, so the row has no prototype they could reach.
      const row = Object.create(null) as Row;
      for (const { alias, place, decode } of outputs) row[alias] = decode(document[place]);
      return row;
    });
}
