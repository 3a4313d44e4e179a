import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { FieldMeta, IncomingRelation, ObjectMeta } from '../metadata/compiled.js';
import { requireObject } from './access.js';
import type { Deletion } from './delete.js';
import { conjunction } from './conjunction.js';
import { onlyOf } from './follow.js';
import { project, updateStamp } from './stored.js';
import { wait, type Steps } from './steps.js';
import { setRows } from './store-rows.js';
import { recordChanges, type WriteScope } from './write-scope.js';

/** Records that are being deleted, and one relation that points to them. */
export interface Released {
  readonly meta: ObjectMeta;
  readonly ids: readonly string[];
  readonly relation: IncomingRelation;
}

/** Deletes the dependants of a cascade. */
type Cascade = (deletion: Deletion, meta: ObjectMeta, rows: readonly Row[]) => Steps<void>;

/** Does with the dependants of deleted records what their relation says. @throws `delete_restricted` */
export function* releaseDependants(
  deletion: Deletion,
  released: Released,
  cascade: Cascade,
): Steps<void> {
  const { scope, deleting } = deletion;
  const { relation } = released;
  const dependant = requireObject(scope.snapshot, relation.object);
  const field = dependant.fields.get(relation.field);
  if (field === undefined) return;
  const { only } = relation;
  const found = yield* dependantsOf(deletion, { dependant, field, ids: released.ids, only });
  const rows = found.filter((row) => !deleting.has(`${dependant.name} ${row['id'] as string}`));
  if (rows.length === 0) return;
  switch (relation.deleteBehavior) {
    case 'restrict':
      throw restricted(released, field, rows);
    case 'cascade':
      return yield* cascade(deletion, dependant, rows);
    case 'set_null':
      return yield* unlink(scope, { dependant, field, ids: new Set(released.ids), only }, rows);
  }
}

const BY_ID = [{ field: 'id', direction: 'asc' }] as const;

/** A field that points to records. */
interface Pointing {
  readonly dependant: ObjectMeta;
  readonly field: FieldMeta;
  readonly only: IncomingRelation['only'];
}

/**
 * Rows that point to the records. Not filtered by the principal: integrity holds for everybody. Who
 * purges takes the trash with it; a record in the trash restricts nobody.
 */
function* dependantsOf(
  { scope, purge }: Deletion,
  { dependant, field, ids, only }: Pointing & { readonly ids: readonly string[] },
): Steps<Row[]> {
  const includeTrash = purge && field.deleteBehavior !== 'restrict';
  const live: RowFilter | undefined =
    dependant.softDelete && !includeTrash
      ? { op: 'isNull', field: 'deleted_at', value: true }
      : undefined;
  return yield* wait(
    scope.transaction.session.find({
      table: dependant.table,
      columns: dependant.stored,
      where: conjunction(pointsTo(field, ids), onlyOf(only), live),
      orderBy: BY_ID,
      lock: 'remove',
    }),
  );
}

function pointsTo({ name, multiple }: FieldMeta, ids: readonly string[]): RowFilter {
  const [only = ''] = ids;
  if (!multiple) {
    return ids.length === 1
      ? { op: 'eq', field: name, value: only }
      : { op: 'in', field: name, value: ids };
  }
  const args = ids.map((value): RowFilter => ({ op: 'contains', field: name, value }));
  return args.length === 1 && args[0] !== undefined ? args[0] : { op: 'or', args };
}

function restricted({ meta, relation, ids }: Released, field: FieldMeta, rows: readonly Row[]) {
  const held = ids.find((id) => rows.some((row) => pointsAt(row[field.name], id))) ?? '';
  const count = rows.filter((row) => pointsAt(row[field.name], held)).length;
  const params = { object: meta.name, id: held, by: relation.object, count };
  return createError('delete_restricted', params);
}

function pointsAt(value: unknown, id: string): boolean {
  return value === id || (Array.isArray(value) && value.includes(id));
}

function* unlink(
  scope: WriteScope,
  link: Pointing & { readonly ids: ReadonlySet<string> },
  rows: readonly Row[],
): Steps<void> {
  const { dependant, field, ids, only } = link;
  const changed = only === undefined ? [field.name] : [field.name, only.field];
  const sets = rows.map((previous) => {
    const revision = (previous['revision'] as number) + 1;
    const emptied: Row = { [field.name]: withoutIds(previous[field.name], ids) };
    if (only !== undefined) emptied[only.field] = null;
    const set = { ...emptied, ...updateStamp(revision, scope.at, scope.ctx) };
    return { previous, set, revision, emptied };
  });
  yield* setRows(scope, dependant, sets);
  yield* recordChanges(
    scope,
    sets.map(({ previous, revision, emptied }) => ({
      object: dependant.name,
      id: previous['id'] as string,
      operation: 'update',
      revision,
      changed,
      before: project(previous, changed),
      after: emptied,
      tenantId: (previous['organization_id'] ?? null) as string | null,
      at: scope.at,
    })),
    sets.map(({ previous, set }) => ({ before: previous, after: { ...previous, ...set } })),
  );
}

function withoutIds(value: unknown, ids: ReadonlySet<string>): unknown {
  if (!Array.isArray(value)) return null;
  const rest = (value as string[]).filter((other) => !ids.has(other));
  return rest.length === 0 ? null : rest;
}
