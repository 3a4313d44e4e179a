import type { ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DriverSession, ExpectedRows } from '../driver/contract.js';
import { insertTogether } from '../driver/insert-together.js';
import type { FieldMeta, MetadataSnapshot, ObjectMeta } from '../metadata/compiled.js';
import type { Admission, Gate } from './access.js';
import { comparisonOf } from './conjunction.js';
import { whereId, whereIds } from './query-plan.js';
import { wait, type Steps } from './steps.js';

/** What checking references needs. */
export interface ReferenceScope {
  readonly gate: Gate;
  readonly snapshot: MetadataSnapshot;
  readonly session: DriverSession;
  readonly ctx: ExecutionContext;
}

/**
 * Checks that every record the values point to exists and may be read by the principal: one query
 * per relation, whatever the number of rows. A record one may not see does not exist.
 *
 * @throws `invalid_reference`
 */
export function* checkReferences(
  scope: ReferenceScope,
  meta: ObjectMeta,
  rows: readonly RecordData[],
): Steps<void> {
  const expected = expectedReferences(scope, meta, rows);
  yield* wait(insertTogether(scope.session, { expected, inserts: [], later: false }));
}

/**
 * The records that the values point to, for {@link checkReferences} or for the statement that writes
 * the rows. Who deletes one of them waits for this transaction, and finds what it wrote.
 *
 * @throws `invalid_reference` where no record can be meant
 */
export function expectedReferences(
  scope: ReferenceScope,
  meta: ObjectMeta,
  rows: readonly RecordData[],
): ExpectedRows[] {
  const expected: ExpectedRows[] = [];
  for (const field of meta.relations) {
    const ids = new Set<string>();
    for (const row of rows) for (const id of idsOf(row[field.name])) ids.add(id);
    const reference = field.reference ?? '';
    expected.push(...expectationOf(scope, meta, { field, reference, ids, rows }));
  }
  for (const field of meta.polymorphic) {
    expected.push(...polymorphicReferences(scope, meta, { field, rows }));
  }
  return expected;
}

/** The two fields of a polymorphic lookup have a value both, or neither. */
function polymorphicReferences(
  scope: ReferenceScope,
  meta: ObjectMeta,
  { field, rows }: { readonly field: FieldMeta; readonly rows: readonly RecordData[] },
): ExpectedRows[] {
  const { polymorphic, name } = field;
  if (polymorphic === undefined) return [];
  const byObject = new Map<string, Set<string>>();
  for (const row of rows) {
    const [id, object] = [row[name] ?? null, row[polymorphic.objectField] ?? null];
    if (id === null && object === null) continue;
    if (typeof id !== 'string' || typeof object !== 'string') {
      const reference = [...polymorphic.objects].join(' or ');
      throw createError('invalid_reference', { object: meta.name, field: name, reference });
    }
    byObject.set(object, (byObject.get(object) ?? new Set()).add(id));
  }
  return [...byObject].flatMap(([reference, ids]) =>
    expectationOf(scope, meta, { field, reference, ids, rows }),
  );
}

/** A polymorphic lookup that is emptied names no object any more. */
export function emptyPairs(meta: ObjectMeta, changes: RecordData): void {
  for (const { name, polymorphic } of meta.polymorphic) {
    if (polymorphic !== undefined && changes[name] === null)
      changes[polymorphic.objectField] = null;
  }
}

/** A change for {@link checkReferences}: of a polymorphic lookup that changes, both fields count. */
export function withPairs(meta: ObjectMeta, changes: RecordData, previous: RecordData): RecordData {
  const pairs: RecordData = {};
  for (const { name, polymorphic } of meta.polymorphic) {
    const parts = polymorphic === undefined ? [] : [name, polymorphic.objectField];
    if (!parts.some((part) => part in changes)) continue;
    for (const part of parts) pairs[part] = part in changes ? changes[part] : previous[part];
  }
  return { ...changes, ...pairs };
}

/** The records of one object that a field of some rows points to. */
interface Pointing {
  readonly field: FieldMeta;
  readonly reference: string;
  readonly ids: Set<string>;
  readonly rows: readonly RecordData[];
}

function expectationOf(
  { gate, snapshot, ctx }: ReferenceScope,
  meta: ObjectMeta,
  { field, reference, ids, rows }: Pointing,
): ExpectedRows[] {
  // A row of the same batch may be the parent of another one.
  if (reference === meta.name) for (const row of rows) ids.delete(row['id'] as string);
  if (ids.size === 0) return [];
  const refused = (): Error =>
    createError('invalid_reference', { object: meta.name, field: field.name, reference });
  const target = gate.admitQuietly(snapshot, reference, 'read', ctx);
  if (target === undefined) throw refused();
  // One id has a text of its own: PostgreSQL plans a list anew each time, in hope of a short one.
  const admission = reachable(target, ctx);
  const [only = ''] = ids;
  const where = ids.size === 1 ? whereId(admission, only) : whereIds(admission, [...ids]);
  return [{ table: target.meta.table, where, count: ids.size, refused }];
}

/**
 * What the system does for an organization may point to records of the installation too, which have
 * no organization: users, price lists and the like. They belong to nobody else.
 */
function reachable(target: Admission, { principal }: ExecutionContext): Admission {
  const { kind, tenantId } = principal;
  if (kind !== 'system' || tenantId === null) return target;
  const args = [
    comparisonOf({ op: 'eq', field: 'organization_id', value: tenantId }),
    comparisonOf({ op: 'isNull', field: 'organization_id', value: true }),
  ];
  return { ...target, rows: { op: 'or', args } };
}

function idsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? (value as string[]) : [];
}
