import type {
  CountStatement,
  DeleteStatement,
  FindStatement,
  Row,
  RowFilter,
  UpdateStatement,
} from '@objectql/core/driver';
import type { Bind } from './dialect.js';
import { sourceOf } from './derived.js';
import { storageFailed } from './errors.js';
import { filterSql } from './filter.js';
import type { Planner, Selection, StoredColumn, TablePlan } from './plan.js';

/** SQL text with the values it binds, in order. */
export interface SqlStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** A statement whose answer has rows, with the conversion of each. */
export interface SelectStatement extends SqlStatement {
  readonly toRows: Selection['toRows'];
}

/** A select of the rows of a {@link FindStatement}. */
export function findSql(statement: FindStatement, planner: Planner): SelectStatement {
  const { values, bind } = binding(planner);
  const plain = planner.plan(statement.table);
  const { distinct = false, lock, perValue } = statement;
  if (distinct) checkDistinct(statement, plain, planner);
  const source = sourceOf(plain, statement.derived, { planner, values, bind });
  const { table } = source;
  const rows = source.text() + whereSql(statement.where, { table, values, bind, planner });
  const order = orderSql(statement.orderBy ?? [], table, planner);
  const from = perValue === undefined ? rows : rankedSql(rows, perValue, { table, order, bind });
  const selection = table.select(statement.columns);
  let text = `SELECT ${distinct ? 'DISTINCT ' : ''}${selection.text} FROM ${from}`;
  if (order !== '') text += ` ORDER BY ${order}`;
  text += pageSql(statement, planner, bind);
  if (lock !== undefined) text += planner.dialect.lockRows(lock);
  return { text, values, toRows: selection.toRows };
}

/** Numbers the rows of each value in their order, and keeps the first ones. */
function rankedSql(
  from: string,
  { column, limit }: NonNullable<FindStatement['perValue']>,
  scope: { readonly table: TablePlan; readonly order: string; readonly bind: Bind },
): string {
  const { table, order, bind } = scope;
  const window = `PARTITION BY ${table.column(column).quoted}${order === '' ? '' : ` ORDER BY ${order}`}`;
  const ranked = `SELECT *, ROW_NUMBER() OVER (${window}) AS "n:" FROM ${from}`;
  return `(${ranked}) AS ${table.quoted} WHERE "n:" <= ${bind(limit)}`;
}

/** The paging clause of a statement, or nothing. */
export function pageSql(
  statement: Pick<FindStatement, 'limit' | 'offset'>,
  planner: Planner,
  bind: Bind,
): string {
  const limit = pageSize(statement.limit, planner);
  const offset = pageSize(statement.offset, planner);
  if (limit === undefined && offset === undefined) return '';
  return planner.dialect.page(limit, offset, bind);
}

/** Databases disagree about what other sorts of distinct rows mean, and json has no equality. */
function checkDistinct(
  { columns, orderBy = [], lock }: FindStatement,
  table: TablePlan,
  planner: Planner,
): void {
  const other = orderBy.find(({ field }) => !columns.includes(field));
  const json = columns.find((name) => table.column(name).type === 'json');
  if (other === undefined && json === undefined && lock === undefined) return;
  const problem =
    lock !== undefined
      ? 'that are locked'
      : json === undefined
        ? `sorted by "${other?.field}"`
        : `of the json column "${json}"`;
  throw storageFailed(planner.dialect.name, `distinct rows ${problem}`);
}

/** A count of matching rows. */
export function countSql(statement: CountStatement, planner: Planner): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const where = whereSql(statement.where, { table, values, bind, planner });
  const { atMost } = statement;
  if (atMost === undefined) return { text: `SELECT COUNT(*) FROM ${table.source}${where}`, values };
  const rows = `SELECT 1 FROM ${table.source}${where}${planner.dialect.page(pageSize(atMost, planner), undefined, bind)}`;
  return { text: `SELECT COUNT(*) FROM (${rows}) AS "counted"`, values };
}

/** An update of all matching rows. */
export function updateSql(statement: UpdateStatement, planner: Planner): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const assignments: string[] = [];
  for (const [name, value] of Object.entries(statement.set)) {
    const column = table.stored(name);
    assignments.push(`${column.quoted} = ${bind(column.store(value))}`);
  }
  if (assignments.length === 0) {
    throw storageFailed(planner.dialect.name, `an update of "${table.name}" that sets nothing`);
  }
  const where = whereSql(statement.where, { table, values, bind, planner });
  return { text: `UPDATE ${table.source} SET ${assignments.join(', ')}${where}`, values };
}

/** A removal of all matching rows. */
export function deleteSql(statement: DeleteStatement, planner: Planner): SqlStatement {
  const table = planner.plan(statement.table);
  const { values, bind } = binding(planner);
  const where = whereSql(statement.where, { table, values, bind, planner });
  return { text: `DELETE FROM ${table.source}${where}`, values };
}

/** The values of rows to insert, each row in the order of the table's columns. */
export function insertValues(table: TablePlan, rows: readonly Row[], planner: Planner): unknown[] {
  const values: unknown[] = [];
  const { inserted } = table;
  const width = inserted.length;
  /** What the row before gave: stamps and the like come again, and need not be checked again. */
  const before: unknown[] = [];
  for (const row of rows) {
    let known = 0;
    for (let index = 0; index < width; index += 1) {
      const { name, store } = inserted[index] as StoredColumn;
      const given = row[name];
      // Every object has a `constructor`; a row has one only where a column is called so.
      const value = typeof given === 'function' && !Object.hasOwn(row, name) ? undefined : given;
      if (value !== undefined) known += 1;
      const isSame = values.length >= width && Object.is(before[index], value);
      values.push(isSame ? values[values.length - width] : store(value));
      before[index] = value;
    }
    // Finds the unknown name, which refuses the row; the check itself costs only a count.
    const names = Object.keys(row);
    if (names.length !== known) names.forEach((name) => refuseName(table, row, name, planner));
  }
  return values;
}

function refuseName(table: TablePlan, row: Row, name: string, planner: Planner): void {
  const column = table.column(name);
  const isInserted = table.inserted.some((one) => one.name === column.name);
  if (isInserted || (row[name] ?? null) === null) return;
  throw storageFailed(planner.dialect.name, `a row that brings its own "${table.name}.${name}"`);
}

/** Collects the values of a statement. */
export function binding(planner: Planner): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  const { dialect } = planner;
  return { values, bind: (value) => dialect.parameter(values.push(value)) };
}

/** The where clause of a statement, or nothing. */
export function whereSql(
  where: RowFilter | undefined,
  scope: { table: TablePlan; values: unknown[]; bind: Bind; planner: Planner },
): string {
  if (where === undefined) return '';
  const { table, values, bind, planner } = scope;
  const condition = filterSql(where, {
    table,
    values,
    bind,
    planner,
    alias: table.quoted,
    depth: 0,
  });
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
    text += planner.dialect.sortKey(column, key.direction);
  }
  return text;
}

/** A negative limit means "all" to some databases, so it must not get that far. */
function pageSize(value: number | undefined, planner: Planner): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return value;
  throw storageFailed(planner.dialect.name, `a page of ${value} rows`);
}
