import type { AggregateStatement, FindStatement, TableSchema } from '../../driver/contract.js';
import type { DerivedColumn } from '../../driver/derived-column.js';
import type { RowFilter } from '../../driver/row-filter.js';

/** A statement that chooses, orders or groups rows. */
export type ChoosingStatement = Pick<FindStatement, 'table' | 'where'> &
  Partial<Pick<AggregateStatement, 'groupBy' | 'aggregations'>> &
  Pick<FindStatement, 'orderBy' | 'derived'>;

/** The columns by which a statement chooses, orders, groups or aggregates, with their tables. */
export function* columnsOf(
  statement: ChoosingStatement,
): Generator<readonly [TableSchema, string]> {
  const { table } = statement;
  if (statement.where !== undefined) yield* filterColumns(statement.where, table);
  for (const column of statement.derived ?? []) yield* derivedColumns(column, table);
  for (const key of statement.orderBy ?? []) yield [table, key.field];
  for (const key of statement.groupBy ?? []) {
    yield [table, typeof key === 'string' ? key : key.column];
  }
  for (const { column } of statement.aggregations ?? []) {
    if (column !== undefined) yield [table, column];
  }
}

function* derivedColumns(
  derived: DerivedColumn,
  table: TableSchema,
): Generator<readonly [TableSchema, string]> {
  if (derived.kind === 'conditional') {
    yield* filterColumns(derived.when, table);
    if (derived.column !== undefined) yield [table, derived.column];
    return;
  }
  if (derived.kind === 'rank' || derived.kind === 'distance') return;
  for (const step of derived.via) {
    if (step.where !== undefined) yield* filterColumns(step.where, step.table);
  }
  const last = derived.via.at(-1);
  if (last !== undefined) yield [last.table, derived.column];
}

function* filterColumns(
  filter: RowFilter,
  table: TableSchema,
): Generator<readonly [TableSchema, string]> {
  switch (filter.op) {
    case 'and':
    case 'or':
      for (const arg of filter.args) yield* filterColumns(arg, table);
      return;
    case 'not':
      yield* filterColumns(filter.arg, table);
      return;
    case 'compareFields':
      yield [table, filter.left];
      yield [table, filter.right];
      return;
    case 'exists':
      if (filter.where !== undefined) yield* filterColumns(filter.where, filter.table);
      return;
    case 'match':
      return;
    case 'tree':
      yield [filter.table, filter.parent];
      if (filter.where !== undefined) yield* filterColumns(filter.where, filter.table);
      return;
    default:
      yield [table, filter.field];
  }
}
