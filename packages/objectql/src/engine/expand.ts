import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { conjunction } from './conjunction.js';
import { MAX_EXPANDED, type ExpandPlan } from './expand-plan.js';
import { afterFind } from './hooks.js';
import type { EngineParts } from './parts.js';
import { wait, type Steps } from './steps.js';

/** What loading relations needs. */
interface LoadScope {
  readonly parts: EngineParts;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/** Loads the relations into the records: one query per relation, whatever the number of records. */
export function* expandRecords(
  scope: LoadScope,
  records: readonly RecordData[],
  plans: readonly ExpandPlan[],
): Steps<void> {
  for (const plan of plans) {
    const { meta } = plan.relation;
    if (meta.kind === 'children') yield* expandChildren(scope, records, { plan, via: meta.via });
    else yield* expandReference(scope, records, plan);
  }
}

/** A field that holds the id of a record, or a list of ids. */
function* expandReference(
  scope: LoadScope,
  records: readonly RecordData[],
  plan: ExpandPlan,
): Steps<void> {
  const { name, limit } = plan;
  const ids = new Set<string>();
  for (const record of records) for (const id of idsIn(record[name])) ids.add(id);
  const found = new Map<string, RecordData>();
  if (ids.size > 0) {
    const link: RowFilter = { op: 'in', field: 'id', value: [...ids] };
    for (const row of yield* load(scope, plan, { link })) found.set(row['id'] as string, row);
  }
  const many = plan.relation.meta.kind === 'list';
  // Ids stand in the list as they were written; with an order of its own, the rows tell theirs.
  for (const record of records) {
    const value = record[name];
    record[name] = many
      ? idsIn(value)
          .flatMap((id) => found.get(id) ?? [])
          .slice(0, limit)
      : (found.get(value as string) ?? null);
  }
}

/** The records that point to these. */
function* expandChildren(
  scope: LoadScope,
  records: readonly RecordData[],
  { plan, via }: { readonly plan: ExpandPlan; readonly via: string },
): Steps<void> {
  const { hidden, limit, name } = plan;
  const lists = new Map(records.map((record) => [record['id'] as string, [] as RecordData[]]));
  if (lists.size > 0 && limit !== 0) {
    const link: RowFilter = { op: 'in', field: via, value: [...lists.keys()] };
    const parents: unknown[] = [];
    const rows = yield* load(scope, plan, { link, via, parents });
    rows.forEach((row, index) => {
      for (const column of hidden) Reflect.deleteProperty(row, column);
      lists.get(parents[index] as string)?.push(row);
    });
  }
  for (const record of records) record[name] = lists.get(record['id'] as string) ?? [];
}

/** What ties the rows to load to the records that are there. */
interface Link {
  readonly link: RowFilter;
  /** The column that holds the parent's id. */
  readonly via?: string;
  /** Receives the parent's id of each row. */
  readonly parents?: unknown[];
}

function* load(
  scope: LoadScope,
  { relation, statement, children, limit }: ExpandPlan,
  { link, via, parents }: Link,
): Steps<RecordData[]> {
  const perValue = via === undefined || limit === undefined ? undefined : { column: via, limit };
  const rows = yield* wait(
    scope.session.find({
      ...statement,
      where: conjunction(link, statement.where),
      ...(perValue === undefined ? {} : { perValue }),
    }),
  );
  if (rows.length > MAX_EXPANDED) {
    throw createError('limit_exceeded', {
      limit: 'expanded records',
      max: MAX_EXPANDED,
      actual: rows.length,
    });
  }
  // Told before the field itself may be expanded.
  if (via !== undefined) parents?.push(...rows.map((row) => row[via]));
  if (children.length > 0) yield* expandRecords(scope, rows, children);
  yield* afterFind(scope.parts, relation.target.admission.meta.name, rows, scope.ctx);
  return rows;
}

function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
