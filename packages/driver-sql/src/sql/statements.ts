import type {
  Aggregation,
  AggregateStatement,
  FindStatement,
  Row,
  UpdateStatement,
} from '@objectql/core/driver';
import type { Filter } from '@objectos/spec/contracts';
import type { Bind } from './dialect.js';
import { storageFailed } from './errors.js';
import { filterSql } from './filter.js';
import type { ColumnPlan, Planner, TablePlan } from './plan.js';
import { decoderOf, encodeStored } from './values.js';

/** SQL text with the values it binds, in order. */
export interface SqlStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A select of the rows of a {@link FindStatement}. */
export function findSql(statement: FindStatement, planner: Planner): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  let text = `SELECT ${table.select(statement.columns).text} FROM ${table.quoted}`;
  text += whereSql(statement.where, { table, values, bind, planner });
  if (statement.orderBy !== undefined && statement.orderBy.length > 0) {
    text += ` ORDER BY ${orderSql(statement.orderBy, table, planner)}`;
  }
  const limit = pageSize(statement.limit, planner);
  const offset = pageSize(statement.offset, planner);
  if (limit === undefined && offset === undefined) return { text, values };
  const page = planner.dialect.page(
    limit === undefined ? undefined : bind(limit),
    offset === undefined ? undefined : bind(offset),
  );
  return { text: text + page, values };
}

/** A count of matching rows. */
export function countSql(
  statement: Pick<FindStatement, 'table' | 'where'>,
  planner: Planner,
): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const where = whereSql(statement.where, { table, values, bind, planner });
  return { text: `SELECT COUNT(*) FROM ${table.quoted}${where}`, values };
}

/** An update of all matching rows. */
export function updateSql(statement: UpdateStatement, planner: Planner): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const assignments: string[] = [];
  for (const [name, value] of Object.entries(statement.set)) {
    const column = table.column(name);
    assignments.push(`${column.quoted} = ${bind(stored(value, column, planner))}`);
  }
  if (assignments.length === 0) {
    throw storageFailed(planner.dialect.name, `an update of "${table.name}" that sets nothing`);
  }
  const where = whereSql(statement.where, { table, values, bind, planner });
  return { text: `UPDATE ${table.quoted} SET ${assignments.join(', ')}${where}`, values };
}

/** A removal of all matching rows. */
export function deleteSql(
  statement: { readonly table: FindStatement['table']; readonly where: Filter },
  planner: Planner,
): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const where = whereSql(statement.where, { table, values, bind, planner });
  return { text: `DELETE FROM ${table.quoted}${where}`, values };
}

/** The values of rows to insert, each row in the order of the table's columns. */
export function insertValues(table: TablePlan, rows: readonly Row[], planner: Planner): unknown[] {
  const values: unknown[] = [];
  for (const row of rows) {
    let known = 0;
    for (const column of table.columns) {
      const given = Object.hasOwn(row, column.name);
      if (given) known += 1;
      values.push(stored(given ? row[column.name] : null, column, planner));
    }
    // Finds the unknown name, which refuses the row; the check itself costs only a count.
    const names = Object.keys(row);
    if (names.length !== known) names.forEach((name) => table.column(name));
  }
  return values;
}

/** An aggregate statement, with the conversion of each result column. */
export function aggregateSql(
  statement: AggregateStatement,
  planner: Planner,
): SqlStatement & { readonly toRows: (stored: readonly unknown[][]) => Row[] } {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const groups = (statement.groupBy ?? []).map((name) => table.column(name));
  const outputs = [
    ...groups.map((column) => ({
      alias: column.name,
      text: column.quoted,
      decode: decoderOf(column.type),
    })),
    ...statement.aggregations.map((aggregation) => aggregateOutput(aggregation, table, planner)),
  ];
  let text = `SELECT ${outputs.map((output) => output.text).join(', ')} FROM ${table.quoted}`;
  text += whereSql(statement.where, { table, values, bind, planner });
  if (groups.length > 0) {
    text += ` GROUP BY ${groups.map((column) => column.quoted).join(', ')} ORDER BY ${groups
      .map((column) => planner.dialect.sortKey(column.quoted, 'asc'))
      .join(', ')}`;
  }
  const toRow = (stored: unknown[]): Row => {
    // Aliases may come from a request, so the row has no prototype they could reach.
    const row = Object.create(null) as Row;
    outputs.forEach(({ alias, decode }, index) => {
      row[alias] = decode === undefined ? stored[index] : decode(stored[index]);
    });
    return row;
  };
  return { text, values, toRows: (stored) => stored.map(toRow) };
}

interface Output {
  readonly alias: string;
  readonly text: string;
  readonly decode: ((stored: unknown) => unknown) | undefined;
}

function aggregateOutput(aggregation: Aggregation, table: TablePlan, planner: Planner): Output {
  const { alias, function: name } = aggregation;
  if (aggregation.column === undefined) {
    if (name !== 'count') throw storageFailed(planner.dialect.name, `"${name}" without a column`);
    return { alias, text: 'COUNT(*)', decode: Number };
  }
  const column = table.column(aggregation.column);
  const { quoted, type } = column;
  switch (name) {
    case 'count':
      return { alias, text: `COUNT(${quoted})`, decode: Number };
    case 'countDistinct':
      return { alias, text: `COUNT(DISTINCT ${quoted})`, decode: Number };
    case 'min':
    case 'max':
      return { alias, text: `${name.toUpperCase()}(${quoted})`, decode: decoderOf(type) };
    case 'sum':
    case 'avg':
      if (type !== 'integer' && type !== 'real' && type !== 'decimal') {
        throw storageFailed(
          planner.dialect.name,
          `"${name}" of the ${type} column "${column.name}"`,
        );
      }
      return {
        alias,
        text: name === 'avg' ? `AVG(${quoted})` : planner.dialect.sum(column),
        decode: undefined,
      };
  }
}

function binding(planner: Planner): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  const { dialect } = planner;
  return { values, bind: (value) => dialect.parameter(values.push(value)) };
}

function whereSql(
  where: Filter | undefined,
  scope: { table: TablePlan; values: unknown[]; bind: Bind; planner: Planner },
): string {
  if (where === undefined) return '';
  const { table, values, bind, planner } = scope;
  const condition = filterSql(where, { table, values, bind, dialect: planner.dialect });
  return condition === 'TRUE' ? '' : ` WHERE ${condition}`;
}

function orderSql(
  keys: NonNullable<FindStatement['orderBy']>,
  table: TablePlan,
  planner: Planner,
): string {
  let text = '';
  for (const key of keys) {
    const column = table.column(key.field);
    if (column.type === 'json') {
      throw storageFailed(planner.dialect.name, `a sort by the json column "${column.name}"`);
    }
    if (text !== '') text += ', ';
    text += planner.dialect.sortKey(column.quoted, key.direction);
  }
  return text;
}

/** A negative limit means "all" to some databases, so it must not get that far. */
function pageSize(value: number | undefined, planner: Planner): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw storageFailed(planner.dialect.name, `a page of ${value} rows`);
}

function stored(value: unknown, column: ColumnPlan, planner: Planner): unknown {
  const encoded = encodeStored(value, column);
  if (encoded === null && column.required) {
    throw storageFailed(
      planner.dialect.name,
      `a row without a value for "${column.table}.${column.name}"`,
    );
  }
  return encoded;
}
