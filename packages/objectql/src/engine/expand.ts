import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import { conjunction } from './conjunction.js';
import { MAX_EXPANDED, type ExpandPlan, type RecordsPlan } from './expand-plan.js';
import { afterFind } from './hooks.js';
import type { EngineParts } from './parts.js';
import { wait, type Steps } from './steps.js';
import { localizeRecords } from './translation/localize.js';

/** What loading relations needs. */
interface LoadScope {
  readonly parts: EngineParts;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

type PlanOf<K extends ExpandPlan['kind']> = Extract<ExpandPlan, { readonly kind: K }>;

/**
 * Loads the relations into the records: one query per relation, two where links lie in between, one
 * per object for a polymorphic lookup, whatever the number of records.
 */
export function* expandRecords(
  scope: LoadScope,
  records: readonly RecordData[],
  plans: readonly ExpandPlan[],
): Steps<void> {
  for (const plan of plans) {
    switch (plan.kind) {
      case 'reference':
        yield* expandReference(scope, records, plan);
        break;
      case 'children':
        yield* expandChildren(scope, records, plan);
        break;
      case 'through':
        yield* expandLinks(scope, records, plan);
        break;
      case 'any':
        yield* expandAny(scope, records, plan);
        break;
    }
  }
}

/** A field that holds the id of a record, or a list of ids. */
function* expandReference(
  scope: LoadScope,
  records: readonly RecordData[],
  { name, limit, many, records: plan }: PlanOf<'reference'>,
): Steps<void> {
  const ids = records.flatMap((record) => idsIn(record[name]));
  const found = yield* loadByIds(scope, plan, ids);
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
  plan: PlanOf<'children'>,
): Steps<void> {
  const { name, via, hidden, limit } = plan;
  const lists = listsFor(records);
  if (lists.size > 0 && limit !== 0) {
    const link: RowFilter = { op: 'in', field: via, value: [...lists.keys()] };
    const parents: unknown[] = [];
    const perValue = limit === undefined ? undefined : { column: via, limit };
    const loaded = yield* load(scope, plan.records, {
      link,
      perValue,
      // Told before the field itself may be expanded.
      seen: (rows) => parents.push(...rows.map((row) => row[via])),
    });
    loaded.forEach((row, index) => {
      for (const column of hidden) Reflect.deleteProperty(row, column);
      lists.get(parents[index] as string)?.push(row);
    });
  }
  for (const record of records) record[name] = lists.get(record['id'] as string) ?? [];
}

/** The records at the other end of links: the links tell who belongs to whom, and the order. */
function* expandLinks(
  scope: LoadScope,
  records: readonly RecordData[],
  { name, near, far, links, limit, records: plan }: PlanOf<'through'>,
): Steps<void> {
  const lists = listsFor(records);
  if (lists.size > 0 && limit !== 0) {
    const link: RowFilter = { op: 'in', field: near, value: [...lists.keys()] };
    const found = yield* wait(
      scope.session.find({
        ...links,
        where: conjunction(link, links.where),
        ...(limit === undefined ? {} : { perValue: { column: near, limit } }),
      }),
    );
    checkCount(found);
    const byId = yield* loadByIds(
      scope,
      plan,
      found.map((row) => row[far] as string),
    );
    for (const row of found) {
      const record = byId.get(row[far] as string);
      if (record !== undefined) lists.get(row[near] as string)?.push(record);
    }
  }
  for (const record of records) record[name] = lists.get(record['id'] as string) ?? [];
}

/** A lookup with several objects to point to. */
function* expandAny(
  scope: LoadScope,
  records: readonly RecordData[],
  { name, objectField, records: plans }: PlanOf<'any'>,
): Steps<void> {
  const found = new Map<string, ReadonlyMap<string, RecordData>>();
  for (const [object, plan] of plans) {
    const pointing = records.filter((record) => record[objectField] === object);
    const ids = pointing.flatMap((record) => idsIn(record[name]));
    if (ids.length > 0) found.set(object, yield* loadByIds(scope, plan, ids));
  }
  for (const record of records) {
    record[name] = found.get(record[objectField] as string)?.get(record[name] as string) ?? null;
  }
}

function* loadByIds(
  scope: LoadScope,
  plan: RecordsPlan,
  ids: readonly string[],
): Steps<Map<string, RecordData>> {
  const found = new Map<string, RecordData>();
  const different = [...new Set(ids)];
  if (different.length === 0) return found;
  const link: RowFilter = { op: 'in', field: 'id', value: different };
  for (const row of yield* load(scope, plan, { link })) found.set(row['id'] as string, row);
  const missing = different.filter((id) => !found.has(id));
  if (plan.named === undefined || missing.length === 0) return found;
  const others: RowFilter = { op: 'in', field: 'id', value: missing };
  for (const row of yield* load(scope, plan.named, { link: others }))
    found.set(row['id'] as string, row);
  return found;
}

/** What ties the rows to load to the records that are there. */
interface Link {
  readonly link: RowFilter;
  readonly perValue?: { readonly column: string; readonly limit: number } | undefined;
  readonly seen?: (rows: readonly Row[]) => void;
}

function* load(
  scope: LoadScope,
  { admission, statement, children }: RecordsPlan,
  { link, perValue, seen }: Link,
): Steps<RecordData[]> {
  const where = conjunction(link, statement.where);
  const rows = yield* wait(
    scope.session.find({ ...statement, where, ...(perValue === undefined ? {} : { perValue }) }),
  );
  checkCount(rows);
  seen?.(rows);
  localizeRecords(admission, rows);
  if (children.length > 0) yield* expandRecords(scope, rows, children);
  yield* afterFind(scope.parts, admission.meta.name, rows, scope.ctx);
  return rows;
}

function checkCount(rows: readonly Row[]): void {
  if (rows.length <= MAX_EXPANDED) return;
  const actual = rows.length;
  throw createError('limit_exceeded', { limit: 'expanded records', max: MAX_EXPANDED, actual });
}

function listsFor(records: readonly RecordData[]): Map<string, RecordData[]> {
  return new Map(records.map((record) => [record['id'] as string, []]));
}

function idsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((id) => typeof id === 'string') : [];
}
