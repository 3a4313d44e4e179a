import type {
  ConditionalColumn,
  DerivedColumn,
  RelatedColumn,
  RowStep,
} from '@objectql/core/driver';
import type { Bind } from './dialect.js';
import { storageFailed } from './errors.js';
import { filterSql } from './filter.js';
import { planSelection, qualified, type ColumnPlan, type Planner, type TablePlan } from './plan.js';

/** What a statement reads from: text after FROM, and the columns that it has. */
export interface Source {
  readonly text: string;
  readonly table: TablePlan;
}

/** Where a source is being written; its values are bound in the place where its text stands. */
export interface SourceScope {
  readonly planner: Planner;
  readonly values: unknown[];
  readonly bind: Bind;
}

/**
 * The table of a statement with its derived columns. They are columns of a subquery that bears the
 * table's name, so that everything else of the statement is as it is without them; databases merge
 * such a subquery into the statement.
 *
 * @throws `storage_failed` for an alias that is no derived name, and unknown columns
 */
export function sourceOf(
  table: TablePlan,
  derived: readonly DerivedColumn[] | undefined,
  scope: SourceScope,
): Source {
  if (derived === undefined || derived.length === 0) return { text: table.quoted, table };
  const columns = derived.map((column, index): ColumnPlan & { readonly text: string } => {
    const { text, type } =
      column.kind === 'related'
        ? relatedSql(column, table, scope)
        : conditionalSql(column, table, scope);
    const quoted = `"d${index}:"`;
    return {
      table: table.name,
      name: column.alias,
      type,
      quoted,
      required: false,
      key: false,
      text,
    };
  });
  const list = columns.map(({ text, quoted }) => `${text} AS ${quoted}`).join(', ');
  return {
    text: `(SELECT *, ${list} FROM ${table.quoted}) AS ${table.quoted}`,
    table: withColumns(table, columns),
  };
}

function withColumns(table: TablePlan, columns: readonly ColumnPlan[]): TablePlan {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const column = (name: string) => byName.get(name) ?? table.column(name);
  return { ...table, column, select: (names) => planSelection(names.map(column)) };
}

interface Expression {
  readonly text: string;
  readonly type: ColumnPlan['type'];
}

/** Subqueries inside each other, one for each step; only the outer column is qualified. */
function relatedSql(related: RelatedColumn, table: TablePlan, scope: SourceScope): Expression {
  const [first] = related.via;
  if (first === undefined) throw storageFailed(scope.planner.dialect.name, 'a path without steps');
  return stepSql(related, 0, { table, alias: table.quoted, scope });
}

function stepSql(
  related: RelatedColumn,
  at: number,
  outer: { readonly table: TablePlan; readonly alias: string; readonly scope: SourceScope },
): Expression {
  const { scope } = outer;
  const { planner } = scope;
  const step = related.via[at] as RowStep;
  const table = planner.plan(step.table);
  // A colon cannot be part of a table's name, so an alias never hides one.
  const alias = `"s:${at + 1}"`;
  const value =
    at + 1 < related.via.length
      ? stepSql(related, at + 1, { table, alias, scope })
      : ownColumn(table, alias, related.column);
  const own = table.column(step.on.inner);
  const other = outer.table.column(step.on.outer);
  const terms = [`${alias}.${own.quoted} = ${outer.alias}.${other.quoted}`];
  if (step.where !== undefined) {
    const where = filterSql(step.where, { ...scope, table, alias, depth: at + 1 });
    if (where !== 'TRUE') terms.push(where);
  }
  const text = `(SELECT ${value.text} FROM ${table.quoted} AS ${alias} WHERE ${terms.join(' AND ')})`;
  return { text, type: value.type };
}

function ownColumn(table: TablePlan, alias: string, name: string): Expression {
  const column = table.column(name);
  return { text: qualified(column, alias), type: column.type };
}

function conditionalSql(
  { when, column: name }: ConditionalColumn,
  table: TablePlan,
  scope: SourceScope,
): Expression {
  const condition = filterSql(when, { ...scope, table, alias: table.quoted, depth: 0 });
  if (name === undefined) return { text: `CASE WHEN ${condition} THEN 1 END`, type: 'integer' };
  const column = table.column(name);
  return { text: `CASE WHEN ${condition} THEN ${column.quoted} END`, type: column.type };
}
