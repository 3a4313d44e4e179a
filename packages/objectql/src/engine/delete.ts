import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { IncomingRelation, ObjectMeta } from '../metadata/compiled.js';
import { requireObject } from './access.js';
import { conjunction } from './conjunction.js';
import { hasRules } from './rules/index.js';
import { project, updateStamp } from './stored.js';
import { wait, type Steps } from './steps.js';
import { setRow } from './update.js';
import { invalid } from './write-plan.js';
import { hookScope, recordChanges, validateRules, type WriteScope } from './write-scope.js';

/**
 * Deletes one stored record and applies the `deleteBehavior` of every relation that points to it:
 * `restrict` refuses, `cascade` deletes the dependants, `set_null` empties their field. Everything
 * happens in the transaction of the write; a dependant that refuses undoes all of it.
 *
 * `deleting` holds what is being deleted already, so that cycles of references end.
 */
export function* deleteRecord(
  scope: WriteScope,
  meta: ObjectMeta,
  previous: Row,
  deleting: Set<string> = new Set(),
): Steps<void> {
  const id = previous['id'] as string;
  deleting.add(`${meta.name} ${id}`);
  yield* beforeDelete(scope, meta, previous);
  for (const relation of meta.incoming) {
    yield* releaseDependants(scope, { meta, id, relation, deleting });
  }
  yield* remove(scope, meta, previous);
  if (scope.parts.hooks.has('afterDelete', meta.name)) {
    const ctx = hookScope(scope, meta.name, 'delete');
    yield* scope.parts.hooks.run('afterDelete', { object: meta.name, id, previous, ctx });
  }
}

function* beforeDelete(scope: WriteScope, meta: ObjectMeta, previous: Row): Steps<void> {
  const id = previous['id'] as string;
  if (scope.parts.hooks.has('beforeDelete', meta.name)) {
    const ctx = hookScope(scope, meta.name, 'delete');
    yield* scope.parts.hooks.run('beforeDelete', { object: meta.name, id, previous, ctx });
  }
  if (!hasRules(meta, 'delete')) return;
  const problems = yield* validateRules(scope, meta, 'delete', { id, record: previous, previous });
  if (problems.length > 0) throw invalid(meta, problems);
}

interface Release {
  readonly meta: ObjectMeta;
  readonly id: string;
  readonly relation: IncomingRelation;
  readonly deleting: Set<string>;
}

function* releaseDependants(scope: WriteScope, release: Release): Steps<void> {
  const { meta, id, relation, deleting } = release;
  const dependant = requireObject(scope.snapshot, relation.object);
  const rows = yield* dependantsOf(scope, dependant, { field: relation.field, id });
  const remaining = rows.filter((row) => !deleting.has(`${dependant.name} ${row['id'] as string}`));
  if (remaining.length === 0) return;
  switch (relation.deleteBehavior) {
    case 'restrict':
      throw createError('delete_restricted', {
        object: meta.name,
        id,
        by: relation.object,
        count: remaining.length,
      });
    case 'cascade':
      for (const row of remaining) {
        // A sibling's cascade may have reached this row first.
        if (deleting.has(`${dependant.name} ${row['id'] as string}`)) continue;
        yield* deleteRecord(scope, dependant, row, deleting);
      }
      return;
    case 'set_null':
      for (const row of remaining)
        yield* unlink(scope, dependant, row, { field: relation.field, id });
  }
}

/** Rows that point to the record. Not filtered by the principal: integrity holds for everybody. */
function* dependantsOf(
  scope: WriteScope,
  dependant: ObjectMeta,
  { field, id }: { field: string; id: string },
): Steps<Row[]> {
  const multiple = dependant.fields.get(field)?.multiple === true;
  const points: RowFilter = { op: multiple ? 'contains' : 'eq', field, value: id };
  const live: RowFilter | undefined = dependant.softDelete
    ? { op: 'isNull', field: 'deleted_at', value: true }
    : undefined;
  return yield* wait(
    scope.transaction.session.find({
      table: dependant.table,
      columns: dependant.table.columns.map((column) => column.name),
      where: conjunction(points, live),
    }),
  );
}

function* unlink(
  scope: WriteScope,
  dependant: ObjectMeta,
  row: Row,
  { field, id }: { field: string; id: string },
): Steps<void> {
  const revision = (row['revision'] as number) + 1;
  const value = withoutId(row[field], id);
  yield* setRow(scope, dependant, row, {
    [field]: value,
    ...updateStamp(revision, scope.at, scope.ctx),
  });
  yield* recordChanges(scope, [
    {
      object: dependant.name,
      id: row['id'] as string,
      operation: 'update',
      revision,
      changed: [field],
      before: project(row, [field]),
      after: { [field]: value },
      tenantId: (row['organization_id'] ?? null) as string | null,
      at: scope.at,
    },
  ]);
}

function* remove(scope: WriteScope, meta: ObjectMeta, previous: Row): Steps<void> {
  const id = previous['id'] as string;
  const revision = (previous['revision'] as number) + 1;
  if (meta.softDelete) {
    const stamp = updateStamp(revision, scope.at, scope.ctx);
    yield* setRow(scope, meta, previous, { ...stamp, deleted_at: scope.at });
  } else {
    yield* removeRow(scope, meta, previous);
  }
  const before: RecordData = meta.softDelete
    ? { deleted_at: null }
    : project(previous, meta.visible);
  yield* recordChanges(scope, [
    {
      object: meta.name,
      id,
      operation: meta.softDelete ? 'delete' : 'purge',
      revision,
      changed: [],
      before,
      after: null,
      tenantId: (previous['organization_id'] ?? null) as string | null,
      at: scope.at,
    },
  ]);
}

/** Deletes the row that was read: of several that delete it at once, one succeeds. */
function* removeRow({ transaction }: WriteScope, meta: ObjectMeta, row: Row): Steps<void> {
  const [id, expected] = [row['id'] as string, row['revision'] as number];
  const where: RowFilter = {
    op: 'and',
    args: [
      { op: 'eq', field: 'id', value: id },
      { op: 'eq', field: 'revision', value: expected },
    ],
  };
  const count = yield* wait(transaction.session.delete({ table: meta.table, where }));
  if (count === 1) return;
  throw createError('concurrent_modification', {
    object: meta.name,
    id,
    expected,
    actual: expected + 1,
  });
}

function withoutId(value: unknown, id: string): unknown {
  if (!Array.isArray(value)) return null;
  const rest = (value as string[]).filter((other) => other !== id);
  return rest.length === 0 ? null : rest;
}
