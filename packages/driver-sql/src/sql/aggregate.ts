import type {
  AggregateStatement,
  Aggregation,
  ColumnType,
  GroupKey,
  Row,
  TimeBucket,
} from '@objectql/core/driver';
import { isTimeZone } from '@objectql/core/driver';
import type { Bind } from './dialect.js';
import { sourceOf } from './derived.js';
import { storageFailed } from './errors.js';
import { filterSql } from './filter.js';
import type { ColumnPlan, Planner, TablePlan } from './plan.js';
import { binding, pageSql, whereSql, type SqlStatement } from './statements.js';
import { decodeNumber, decodeRounded, decoderOf } from './values.js';

/** One column of the answer. Aliases may come from a request, so they never become SQL. */
interface Output {
  readonly alias: string;
  readonly text: string;
  readonly type: ColumnType;
  readonly decode: ((stored: unknown) => unknown) | undefined;
}

/** Where an aggregate is being written. */
interface AggregateScope {
  readonly table: TablePlan;
  readonly planner: Planner;
  readonly bind: Bind;
}

/**
 * An aggregate statement, with the conversion of its rows. Groups and sort keys are named by
 * position, and conditions on results see them as columns of a subquery: expressions with bound
 * values may then stand in one place only.
 *
 * @throws `storage_failed`, `unsupported_value`
 */
export function aggregateSql(
  statement: AggregateStatement,
  planner: Planner,
): SqlStatement & { readonly toRows: (stored: readonly unknown[][]) => Row[] } {
  const { values, bind } = binding(planner);
  const plain = planner.plan(statement.table);
  const source = sourceOf(plain, statement.derived, { planner, values, bind });
  const { table } = source;
  const scope: AggregateScope = { table, planner, bind };
  const groups = (statement.groupBy ?? []).map((key) => groupOutput(key, scope));
  const outputs = [
    ...groups,
    ...statement.aggregations.map((aggregation) => aggregateOutput(aggregation, scope)),
  ];
  const select = outputs.map(({ text }, index) => `${text} AS ${positionName(index)}`).join(', ');
  let text = `SELECT ${select} FROM ${source.text()}`;
  text += whereSql(statement.where, { table, values, bind, planner });
  if (groups.length > 0) text += ` GROUP BY ${groups.map((_, index) => index + 1).join(', ')}`;
  text = havingSql(text, statement, { outputs, values, scope });
  text += orderSql(statement, outputs, groups.length, planner);
  text += pageSql(statement, planner, bind);
  return { text, values, toRows: rowMaker(outputs) };
}

function positionName(index: number): string {
  return `"c${index}"`;
}

function havingSql(
  text: string,
  { having }: AggregateStatement,
  parts: { outputs: readonly Output[]; values: unknown[]; scope: AggregateScope },
): string {
  if (having === undefined) return text;
  const { outputs, values, scope } = parts;
  const { planner, bind } = scope;
  const columns = new Map(
    outputs.map((output, index) => [output.alias, resultColumn(output, index)]),
  );
  const table = {
    name: 'result',
    source: '"result"',
    column(name: string): ColumnPlan {
      const column = columns.get(name);
      if (column === undefined) throw unknownOutput(name, planner);
      return column;
    },
  };
  const alias = '"result"';
  const where = filterSql(having, { planner, table, values, bind, alias, depth: 0 });
  return `SELECT * FROM (${text}) AS ${alias} WHERE ${where}`;
}

function resultColumn({ alias, type }: Output, index: number): ColumnPlan {
  return {
    table: 'result',
    name: alias,
    type,
    quoted: positionName(index),
    key: false,
  };
}

/** The asked order, and by the groups where it leaves a choice. */
function orderSql(
  { orderBy = [] }: AggregateStatement,
  outputs: readonly Output[],
  groups: number,
  planner: Planner,
): string {
  const directions = new Map<number, 'asc' | 'desc'>();
  for (const { field, direction } of orderBy) {
    const index = outputs.findIndex(({ alias }) => alias === field);
    if (index === -1) throw unknownOutput(field, planner);
    if (!directions.has(index)) directions.set(index, direction);
  }
  for (let index = 0; index < groups; index += 1) {
    if (!directions.has(index)) directions.set(index, 'asc');
  }
  const keys = Array.from(directions, ([index, direction]) =>
    planner.dialect.sortKey({ quoted: positionName(index) }, direction),
  );
  return keys.length === 0 ? '' : ` ORDER BY ${keys.join(', ')}`;
}

function unknownOutput(name: string, { dialect }: Planner): Error {
  return storageFailed(dialect.name, `"${name}", which is no result of the aggregate`);
}

function groupOutput(key: GroupKey, scope: AggregateScope): Output {
  if (typeof key !== 'string') return bucketOutput(key, scope);
  const { name, quoted, type } = comparable(scope.table.column(key), 'groups', scope);
  return { alias: name, text: quoted, type, decode: decoderOf(type) };
}

function bucketOutput(bucket: TimeBucket, { table, planner, bind }: AggregateScope): Output {
  const { alias, unit, timeZone = 'UTC' } = bucket;
  const column = table.column(bucket.column);
  const { dialect } = planner;
  if (column.type !== 'date' && column.type !== 'datetime') {
    throw storageFailed(
      dialect.name,
      `a span of time of the ${column.type} column "${column.name}"`,
    );
  }
  if (!isTimeZone(timeZone)) throw storageFailed(dialect.name, `the time zone "${timeZone}"`);
  const text = dialect.timeBucket(column, unit, { timeZone, bind });
  return { alias, text, type: 'date', decode: undefined };
}

function aggregateOutput(aggregation: Aggregation, scope: AggregateScope): Output {
  const { alias, function: name } = aggregation;
  const { dialect } = scope.planner;
  if (aggregation.column === undefined) {
    if (name !== 'count') throw storageFailed(dialect.name, `"${name}" without a column`);
    return { alias, text: 'COUNT(*)', type: 'integer', decode: Number };
  }
  const column = scope.table.column(aggregation.column);
  const { quoted, type } = column;
  switch (name) {
    case 'count':
      return { alias, text: `COUNT(${quoted})`, type: 'integer', decode: Number };
    case 'countDistinct':
      comparable(column, name, scope);
      return { alias, text: `COUNT(DISTINCT ${quoted})`, type: 'integer', decode: Number };
    case 'min':
    case 'max':
      comparable(column, name, scope);
      return { alias, text: dialect.extreme(column, name), type, decode: decoderOf(type) };
    case 'sum':
    case 'avg':
      if (type !== 'integer' && type !== 'real' && type !== 'decimal') {
        throw storageFailed(dialect.name, `"${name}" of the ${type} column "${column.name}"`);
      }
      return { alias, ...sumOrAverage(name, column, scope) };
  }
}

function sumOrAverage(
  name: 'sum' | 'avg',
  column: ColumnPlan,
  { planner }: AggregateScope,
): Omit<Output, 'alias'> {
  const exact = name === 'sum' && column.type === 'integer';
  const text = name === 'sum' ? planner.dialect.sum(column) : planner.dialect.average(column);
  return { text, type: 'real', decode: exact ? decodeNumber : decodeRounded };
}

/** Json has no order, and no equality that databases agree about. */
function comparable(column: ColumnPlan, use: string, { planner }: AggregateScope): ColumnPlan {
  if (column.type !== 'json') return column;
  throw storageFailed(planner.dialect.name, `"${use}" of the json column "${column.name}"`);
}

function rowMaker(outputs: readonly Output[]): (stored: readonly unknown[][]) => Row[] {
  const toRow = (stored: unknown[]): Row => {
    // Aliases may come from a request, so the row has no prototype they could reach.
    const row = Object.create(null) as Row;
    outputs.forEach(({ alias, decode }, index) => {
      row[alias] = decode === undefined ? stored[index] : decode(stored[index]);
    });
    return row;
  };
  return (stored) => stored.map(toRow);
}
