import type {
  ConditionalColumn,
  DerivedColumn,
  RelatedColumn,
  RowFilter,
  RowStep,
} from '@objectql/core/driver';
import type { Document } from 'mongodb';
import { storageFailed } from '../errors.js';
import { KEY_FIELD } from '../schema/catalog.js';
import { shallow } from './condition.js';
import { conditionExpression, noDistance, noFullText } from './expression.js';
import { filled, filterStages } from './filter.js';
import type { FilterScope } from './scope.js';
import type { Columns, ColumnView } from './view.js';

/** Columns that a statement makes for itself. */
export interface Derived {
  /** The columns of the table and these. */
  readonly columns: Columns;
  /** The stages that compute them. */
  readonly stages: readonly Document[];
}

/** @throws `storage_failed` for a path without steps, and unknown columns */
export function derivedColumns(
  derived: readonly DerivedColumn[] | undefined,
  scope: FilterScope,
): Derived {
  const made = new Map<string, ColumnView>();
  const stages: Document[] = [];
  for (const column of derived ?? []) {
    if (column.kind === 'rank') throw noFullText(column.match);
    if (column.kind === 'distance') throw noDistance(column.column);
    const path = scope.nextName('derived');
    const type =
      column.kind === 'related'
        ? relatedStages(column, path, { ...scope, stages })
        : conditionalStages(column, path, { ...scope, stages });
    const { alias: name } = column;
    made.set(name, { table: scope.columns.name, name, type, path, required: false, key: false });
  }
  const column = (name: string) => made.get(name) ?? scope.columns.column(name);
  return { stages, columns: { name: scope.columns.name, column } };
}

function relatedStages(related: RelatedColumn, path: string, scope: FilterScope) {
  if (related.via.length === 0) throw storageFailed('a path without steps');
  return stepStages(related, { at: 0, path }, scope);
}

/** The lookup of a step holds that of the next; what it brings along is the value. */
function stepStages(
  related: RelatedColumn,
  { at, path }: { readonly at: number; readonly path: string },
  scope: FilterScope,
): ColumnView['type'] {
  const step = related.via[at] as RowStep;
  const table = scope.views(step.table);
  const pair = {
    outer: scope.columns.column(step.on.outer),
    inner: table.column(step.on.inner),
  };
  const inner: FilterScope = { ...scope, columns: table, depth: scope.depth + 1, stages: [] };
  const pipeline: Document[] = [];
  const present = filled([pair]);
  if (Object.keys(present).length > 0) pipeline.push({ $match: present });
  pipeline.push(...filterStages(step.where, inner), { $limit: 1 });
  const value = scope.nextName('value');
  let type: ColumnView['type'];
  if (at + 1 < related.via.length) {
    const deeper = { ...inner, stages: pipeline };
    type = stepStages(related, { at: at + 1, path: value }, deeper);
  } else {
    const column = table.column(related.column);
    type = column.type;
    pipeline.push({ $set: { [value]: `$${column.path}` } });
  }
  if (type === 'json') throw storageFailed(`the related json column "${related.column}"`);
  pipeline.push({ $project: { [KEY_FIELD]: 0, [value]: 1 } });
  const as = scope.nextName('related');
  scope.stages.push(
    {
      $lookup: {
        from: table.stored.collection,
        localField: pair.outer.path,
        foreignField: pair.inner.path,
        pipeline,
        as,
      },
    },
    { $set: { [path]: { $first: `$${as}.${value}` } } },
  );
  return type;
}

function conditionalStages(
  { when, column: name }: ConditionalColumn,
  path: string,
  scope: FilterScope,
): ColumnView['type'] {
  const { condition, flags } = shallow(when, () => scope.nextName('flag'));
  for (const flag of flags) {
    const value = conditionExpression(flag.condition, scope);
    scope.stages.push({ $set: { [flag.field]: value } });
  }
  const holds = conditionExpression(condition, scope);
  const column = name === undefined ? undefined : scope.columns.column(name);
  const value = column === undefined ? 1 : `$${column.path}`;
  scope.stages.push({ $set: { [path]: { $cond: [holds, value, null] } } });
  return column?.type ?? 'integer';
}

/** True when a condition is about one of the columns. */
export function mentions(filter: RowFilter, names: ReadonlySet<string>): boolean {
  switch (filter.op) {
    case 'and':
    case 'or':
      return filter.args.some((arg) => mentions(arg, names));
    case 'not':
      return mentions(filter.arg, names);
    case 'compareFields':
      return names.has(filter.left) || names.has(filter.right);
    case 'exists':
      return filter.on.some(({ outer }) => names.has(outer));
    case 'tree':
    case 'match':
      return false;
    default:
      return names.has(filter.field);
  }
}
