import type {
  ConditionalColumn,
  DerivedColumn,
  RelatedColumn,
  RowStep,
} from '@objectql/core/driver';
import type { Bind } from './dialect.js';
import { storageFailed } from './errors.js';
import { filterSql } from './filter.js';
import { rankSql } from './full-text.js';
import { planSelection, qualified, type ColumnPlan, type Planner, type TablePlan } from './plan.js';

/** What a statement reads from: the columns that there are, and the text after FROM. */
export interface Source {
  readonly table: TablePlan;
  /** Binds its values, so it is asked for in the order in which the statement is written. */
  readonly text: () => string;
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
  if (derived === undefined || derived.length === 0) return { text: () => table.source, table };
  const columns = derived.map((column, index): ColumnPlan => ({
    table: table.name,
    name: column.alias,
    type: typeOf(column, table, scope.planner),
    quoted: `"d${index}:"`,
    key: false,
  }));
  return {
    table: withColumns(table, columns),
    text() {
      const joins: (() => string)[] = [];
      const list = derived.map((column, index) => {
        const name = columns[index]?.quoted ?? '';
        return `${derivedSql(column, { table, scope, joins })} AS ${name}`;
      });
      const from = [table.source, ...joins.map((join) => join())].join(' ');
      return `(SELECT ${table.quoted}.*, ${list.join(', ')} FROM ${from}) AS ${table.quoted}`;
    },
  };
}

function derivedSql(
  column: DerivedColumn,
  { table, scope, joins }: { table: TablePlan; scope: SourceScope; joins: (() => string)[] },
): string {
  switch (column.kind) {
    case 'related':
      return relatedSql(column, table, scope);
    case 'conditional':
      return conditionalSql(column, table, scope);
    case 'distance': {
      const text = qualified(table.column(column.column), table.quoted);
      return scope.planner.dialect.distance(text, column, scope.bind);
    }
    case 'rank': {
      const { join, value } = rankSql(column, { ...scope, table, rows: table.quoted });
      if (join !== undefined) joins.push(join);
      return value;
    }
  }
}

function typeOf(derived: DerivedColumn, table: TablePlan, planner: Planner): ColumnPlan['type'] {
  if (derived.kind === 'rank' || derived.kind === 'distance') return 'real';
  if (derived.kind === 'conditional') {
    return derived.column === undefined ? 'integer' : table.column(derived.column).type;
  }
  const last = derived.via.at(-1);
  if (last === undefined) throw storageFailed(planner.dialect.name, 'a path without steps');
  return planner.plan(last.table).column(derived.column).type;
}

function withColumns(table: TablePlan, columns: readonly ColumnPlan[]): TablePlan {
  const byName = new Map(columns.map((column) => [column.name, column]));
  const column = (name: string) => byName.get(name) ?? table.column(name);
  return { ...table, column, select: (names) => planSelection(names.map(column)) };
}

/** Subqueries inside each other, one for each step; only the outer column is qualified. */
function relatedSql(related: RelatedColumn, table: TablePlan, scope: SourceScope): string {
  return stepSql(related, 0, { table, alias: table.quoted, scope });
}

function stepSql(
  related: RelatedColumn,
  at: number,
  outer: { readonly table: TablePlan; readonly alias: string; readonly scope: SourceScope },
): string {
  const { scope } = outer;
  const { planner } = scope;
  const step = related.via[at] as RowStep;
  const table = planner.plan(step.table);
  // A colon cannot be part of a table's name, so an alias never hides one.
  const alias = `"s:${at + 1}"`;
  const value =
    at + 1 < related.via.length
      ? stepSql(related, at + 1, { table, alias, scope })
      : qualified(table.column(related.column), alias);
  const own = table.column(step.on.inner);
  const other = outer.table.column(step.on.outer);
  const terms = [`${alias}.${own.quoted} = ${outer.alias}.${other.quoted}`];
  if (step.where !== undefined) {
    const where = filterSql(step.where, { ...scope, table, alias, depth: at + 1 });
    if (where !== 'TRUE') terms.push(where);
  }
  return `(SELECT ${value} FROM ${table.source} AS ${alias} WHERE ${terms.join(' AND ')})`;
}

function conditionalSql(
  { when, column: name }: ConditionalColumn,
  table: TablePlan,
  scope: SourceScope,
): string {
  const condition = filterSql(when, { ...scope, table, alias: table.quoted, depth: 0 });
  const value = name === undefined ? '1' : table.column(name).quoted;
  return `CASE WHEN ${condition} THEN ${value} END`;
}
