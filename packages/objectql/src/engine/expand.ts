import type {
  ExecutionContext,
  ExpandNode,
  ExpandTree,
  Filter,
  RecordData,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { DriverSession } from '../driver/contract.js';
import type { FieldMeta, IncomingRelation, MetadataSnapshot } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { isReadable } from './filter-plan.js';
import { afterFind } from './hooks.js';
import type { EngineParts } from './parts.js';
import { conjunction, planColumns, planSort, planWhere } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** Deepest expansion. */
export const MAX_EXPAND_DEPTH = 5;
/** Most records that one relation may load for one request. */
export const MAX_EXPANDED = 10_000;

/** A relation of an object under the name that `expand` uses. */
type Relation =
  | { readonly kind: 'forward'; readonly field: FieldMeta; readonly target: Admission }
  | { readonly kind: 'reverse'; readonly via: IncomingRelation; readonly target: Admission };

/** One relation to load, checked before anything is read. */
export interface ExpandPlan {
  readonly name: string;
  readonly relation: Relation;
  readonly node: ExpandNode;
  readonly children: readonly ExpandPlan[];
}

/** What planning needs. */
interface ExpandScope {
  readonly parts: EngineParts;
  readonly snapshot: MetadataSnapshot;
  readonly ctx: ExecutionContext;
}

/** What loading relations needs. */
interface LoadScope {
  readonly parts: EngineParts;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/**
 * Checks an expand tree. A relation to an object the principal may not read is unknown to them.
 *
 * @throws `unknown_field`, `limit_exceeded`
 */
export function planExpand(
  scope: ExpandScope,
  admission: Admission,
  tree: ExpandTree,
  depth = 1,
): ExpandPlan[] {
  if (depth > MAX_EXPAND_DEPTH) {
    throw createError('limit_exceeded', {
      limit: 'expand depth',
      max: MAX_EXPAND_DEPTH,
      actual: depth,
    });
  }
  return Object.entries(tree).map(([name, node]) => {
    const relation = findRelation(scope, admission, name);
    const children =
      node.expand === undefined ? [] : planExpand(scope, relation.target, node.expand, depth + 1);
    return { name, relation, node, children };
  });
}

/** Columns that expansion needs although the query did not select them. */
export function expandColumns(plans: readonly ExpandPlan[]): string[] {
  return plans.flatMap(({ relation }) =>
    relation.kind === 'forward' ? [relation.field.name] : [],
  );
}

/** Loads the relations into the records: one query per relation, whatever the number of records. */
export function* expandRecords(
  scope: LoadScope,
  records: readonly RecordData[],
  plans: readonly ExpandPlan[],
): Steps<void> {
  for (const plan of plans) {
    if (plan.relation.kind === 'forward') yield* expandForward(scope, records, plan);
    else yield* expandReverse(scope, records, plan, plan.relation.via);
  }
}

function findRelation(scope: ExpandScope, admission: Admission, name: string): Relation {
  const relation = forward(scope, admission, name) ?? reverse(scope, admission, name);
  if (relation !== undefined) return relation;
  const { meta } = admission;
  const known = [
    ...meta.relations.map((field) => field.name),
    ...meta.incoming.map((via) => via.object),
  ];
  throw createError('unknown_field', {
    object: meta.name,
    field: name,
    suggestion: suggest(
      name,
      known.filter((other) => isRelation(scope, admission, other)),
    ),
  });
}

function isRelation(scope: ExpandScope, admission: Admission, name: string): boolean {
  return (forward(scope, admission, name) ?? reverse(scope, admission, name)) !== undefined;
}

function forward(scope: ExpandScope, admission: Admission, name: string): Relation | undefined {
  const field = admission.meta.fields.get(name);
  if (field?.reference === undefined || !isReadable(admission, name)) return undefined;
  const target = scope.parts.gate.admitQuietly(scope.snapshot, field.reference, 'read', scope.ctx);
  return target === undefined ? undefined : { kind: 'forward', field, target };
}

/** `contact` on an account: its contacts, or `contact.account` where several fields point here. */
function reverse(scope: ExpandScope, admission: Admission, name: string): Relation | undefined {
  const candidates = admission.meta.incoming.filter(
    (via) => via.object === name || `${via.object}.${via.field}` === name,
  );
  const [via] = candidates;
  if (via === undefined || candidates.length > 1) return undefined;
  const target = scope.parts.gate.admitQuietly(scope.snapshot, via.object, 'read', scope.ctx);
  if (target === undefined || !isReadable(target, via.field)) return undefined;
  return { kind: 'reverse', via, target };
}

function* expandForward(
  scope: LoadScope,
  records: readonly RecordData[],
  plan: ExpandPlan,
): Steps<void> {
  const name = plan.name;
  const ids = new Set<string>();
  for (const record of records) for (const id of idsIn(record[name])) ids.add(id);
  const found = new Map<string, RecordData>();
  if (ids.size > 0) {
    const byIds: Filter = { op: 'in', field: 'id', value: [...ids] };
    for (const row of yield* load(scope, plan, byIds, [])) found.set(row['id'] as string, row);
  }
  const multiple = plan.relation.kind === 'forward' && plan.relation.field.multiple;
  for (const record of records) {
    const value = record[name];
    record[name] = multiple
      ? idsIn(value).flatMap((id) => found.get(id) ?? [])
      : (found.get(value as string) ?? null);
  }
}

function* expandReverse(
  scope: LoadScope,
  records: readonly RecordData[],
  plan: ExpandPlan,
  via: IncomingRelation,
): Steps<void> {
  const lists = new Map(records.map((record) => [record['id'] as string, [] as RecordData[]]));
  if (lists.size > 0) {
    const byParents: Filter = { op: 'in', field: via.field, value: [...lists.keys()] };
    const asked = plan.node.fields;
    const dropParent = asked !== undefined && !asked.includes(via.field);
    for (const row of yield* load(scope, plan, byParents, [via.field])) {
      const list = lists.get(row[via.field] as string);
      if (list === undefined || list.length >= (plan.node.limit ?? Infinity)) continue;
      if (dropParent) delete row[via.field];
      list.push(row);
    }
  }
  for (const record of records) record[plan.name] = lists.get(record['id'] as string) ?? [];
}

function* load(
  scope: LoadScope,
  { relation, node, children }: ExpandPlan,
  link: Filter,
  linkColumns: readonly string[],
): Steps<RecordData[]> {
  const { target } = relation;
  const extra = [...linkColumns, ...expandColumns(children)];
  const rows = yield* wait(
    scope.session.find({
      table: target.meta.table,
      columns: planColumns(target, node.fields, extra),
      where: conjunction(
        link,
        planWhere(target, node.where === undefined ? {} : { where: node.where }),
      ),
      orderBy: planSort(target, node.orderBy),
      limit: MAX_EXPANDED + 1,
    }),
  );
  if (rows.length > MAX_EXPANDED) {
    throw createError('limit_exceeded', {
      limit: 'expanded records',
      max: MAX_EXPANDED,
      actual: rows.length,
    });
  }
  if (children.length > 0) yield* expandRecords(scope, rows, children);
  yield* afterFind(scope.parts, target.meta.name, rows, scope.ctx);
  return rows;
}

function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
