import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { requireObject } from './access.js';
import { releaseDependants } from './dependants.js';
import { lockForRemoval } from './load.js';
import { inEachPlace } from './places.js';
import { hasRules } from './rules/index.js';
import { projectForLog, updateStamp } from './stored.js';
import type { Steps } from './steps.js';
import { loggedNames, withTranslations } from './translation/rows.js';
import { chunksOf, removeRows, setRows } from './store-rows.js';
import { invalid } from './write-plan.js';
import { hookScope, recordChanges, validateRules, type WriteScope } from './write-scope.js';

/** What the steps of one deletion share. */
export interface Deletion {
  readonly scope: WriteScope;
  /** What is being deleted already, as `object id`, so that cycles of references end. */
  readonly deleting: Set<string>;
  /** For good, and the trash with it. */
  readonly purge: boolean;
}

/**
 * Deletes stored records and applies the `deleteBehavior` of every relation that points to them:
 * `restrict` refuses, `cascade` deletes the dependants, `set_null` empties their field. Everything
 * happens in the transaction of the write; a dependant that refuses undoes all of it. Hooks run for
 * each record, statements for 200.
 */
export function* deleteRecords(
  deletion: Deletion,
  meta: ObjectMeta,
  records: readonly Row[],
): Steps<void> {
  for (const chunk of chunksOf(records)) {
    // A sibling's cascade may have reached a record first.
    const rows = chunk.filter((row) => !deletion.deleting.has(deletingKey(meta, row)));
    if (rows.length > 0) yield* deleteChunk(deletion, meta, rows);
  }
}

/** Deletes one stored record: {@link deleteRecords} for a single one. */
export function* deleteRecord(scope: WriteScope, meta: ObjectMeta, row: Row): Steps<void> {
  yield* deleteRecords({ scope, deleting: new Set(), purge: false }, meta, [row]);
}

function deletingKey(meta: ObjectMeta, row: Row): string {
  return `${meta.name} ${row['id'] as string}`;
}

function* deleteChunk(deletion: Deletion, meta: ObjectMeta, rows: readonly Row[]): Steps<void> {
  const { scope, deleting } = deletion;
  for (const row of rows) deleting.add(deletingKey(meta, row));
  for (const row of rows) yield* beforeDelete(scope, meta, row);
  if (meta.incoming.length > 0) yield* lockForRemoval(scope, meta, rows.map(idOf));
  for (const relation of meta.incoming) {
    const released = { meta, relation, ids: rows.map(idOf) };
    const dependant = requireObject(scope.snapshot, relation.object);
    yield* inEachPlace(scope, meta, dependant, (there) =>
      releaseDependants({ ...deletion, scope: there }, released, deleteRecords),
    );
  }
  yield* remove(deletion, meta, rows);
  if (!scope.parts.hooks.has('afterDelete', meta.name)) return;
  const ctx = hookScope(scope, meta.name, 'delete');
  for (const previous of rows) {
    const context = { object: meta.name, id: idOf(previous), previous, ctx };
    yield* scope.parts.hooks.run('afterDelete', context);
  }
}

function* beforeDelete(scope: WriteScope, meta: ObjectMeta, previous: Row): Steps<void> {
  const id = idOf(previous);
  if (scope.parts.hooks.has('beforeDelete', meta.name)) {
    const ctx = hookScope(scope, meta.name, 'delete');
    yield* scope.parts.hooks.run('beforeDelete', { object: meta.name, id, previous, ctx });
  }
  if (!hasRules(meta, 'delete')) return;
  const problems = yield* validateRules(scope, meta, 'delete', { id, record: previous, previous });
  if (problems.length > 0) throw invalid(meta, problems);
}

function* remove({ scope, purge }: Deletion, meta: ObjectMeta, rows: readonly Row[]): Steps<void> {
  const keep = meta.softDelete && !purge;
  if (keep) {
    const sets = rows.map((previous) => {
      const stamp = updateStamp(nextRevision(previous), scope.at, scope.ctx);
      return { previous, set: { ...stamp, deleted_at: scope.at } };
    });
    yield* setRows(scope, meta, sets);
  } else {
    yield* removeRows(scope, meta, rows);
  }
  const before = (row: Row): RecordData =>
    keep
      ? { deleted_at: null }
      : projectForLog(meta, withTranslations(meta, row), loggedNames(meta));
  yield* recordChanges(
    scope,
    rows.map((row) => ({
      object: meta.name,
      id: idOf(row),
      operation: keep ? 'delete' : 'purge',
      revision: nextRevision(row),
      changed: [],
      before: before(row),
      after: null,
      tenantId: (row['organization_id'] ?? null) as string | null,
      at: scope.at,
    })),
    rows.map((row) => ({
      before: row,
      after: keep ? { ...row, deleted_at: scope.at } : undefined,
    })),
  );
}

function nextRevision(row: Row): number {
  return (row['revision'] as number) + 1;
}

function idOf(row: Row): string {
  return row['id'] as string;
}
