import type { RecordData } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { FieldMeta, ObjectMeta } from '../metadata/compiled.js';
import { requireObject } from './access.js';
import { updateStamp } from './stored.js';
import { wait, type Steps } from './steps.js';
import { setRows } from './store-rows.js';
import type { PendingUpdate } from './update.js';
import { recordChanges, type WriteScope } from './write-scope.js';

/** The field of a detail that says whose it is: its first master-detail field. */
function masterOf(meta: ObjectMeta): FieldMeta | undefined {
  return meta.relations.find((field) => field.type === 'master_detail');
}

/** Gives details the owner of their master: one query for all of them. */
export function* inheritOwners(
  scope: WriteScope,
  meta: ObjectMeta,
  rows: readonly Row[],
): Steps<void> {
  const field = masterOf(meta);
  if (field?.reference === undefined) return;
  const { table } = requireObject(scope.snapshot, field.reference);
  const ids = new Set(rows.map((row) => row[field.name]).filter((id) => typeof id === 'string'));
  const masters = yield* wait(
    scope.transaction.session.find({
      table,
      columns: ['id', 'owner_id'],
      where: { op: 'in', field: 'id', value: [...ids] },
    }),
  );
  const owners = new Map(masters.map((master) => [master['id'], master['owner_id']]));
  for (const row of rows) row['owner_id'] = owners.get(row[field.name]) ?? null;
}

/**
 * Refuses to give a detail another master where its metadata says that it stays with its own.
 *
 * @throws `read_only_field`
 */
export function refuseFixedMasters(meta: ObjectMeta, changes: RecordData): void {
  const fixed = meta.relations.filter(
    ({ definition, name }) =>
      definition.type === 'master_detail' && definition.reparentable === false && name in changes,
  );
  if (fixed.length === 0) return;
  throw createError('read_only_field', {
    object: meta.name,
    fields: fixed.map((field) => field.name),
    reason: 'a detail stays with the master it was made with',
  });
}

/** Details that get another master get its owner with it: one query for all of them. */
export function* withNewOwners(
  scope: WriteScope,
  meta: ObjectMeta,
  pending: readonly PendingUpdate[],
): Steps<readonly PendingUpdate[]> {
  const field = masterOf(meta);
  const moved = pending.filter(({ changes }) => field !== undefined && field.name in changes);
  if (moved.length === 0) return pending;
  const rows = new Map(moved.map((one) => [one, { ...one.previous, ...one.changes } as Row]));
  yield* inheritOwners(scope, meta, [...rows.values()]);
  return pending.map((one) => {
    const owner = rows.get(one)?.['owner_id'];
    if (owner === undefined || owner === one.previous['owner_id']) return one;
    const changes = { ...one.changes, owner_id: owner };
    return { ...one, changes, changed: Object.keys(changes) };
  });
}

/** Details follow their masters to new owners, those of theirs as well: a query for each relation. */
export function* passOnOwners(
  scope: WriteScope,
  meta: ObjectMeta,
  given: readonly Pick<PendingUpdate, 'id' | 'changes'>[],
): Steps<void> {
  const owners = new Map<unknown, unknown>(
    given.flatMap(({ id, changes }) => ('owner_id' in changes ? [[id, changes['owner_id']]] : [])),
  );
  if (owners.size === 0) return;
  for (const { object, field } of meta.incoming) {
    const detail = requireObject(scope.snapshot, object);
    if (masterOf(detail)?.name !== field) continue;
    const found = yield* wait(
      scope.transaction.session.find({
        table: detail.table,
        columns: detail.stored,
        where: { op: 'in', field, value: [...owners.keys()] as string[] },
      }),
    );
    const rows = found.filter((row) => row['owner_id'] !== owners.get(row[field]));
    if (rows.length === 0) continue;
    const ownerOf = (row: Row) => owners.get(row[field]) ?? null;
    yield* giveAway(scope, detail, rows, ownerOf);
    const passed = rows.map((row) => ({
      id: row['id'] as string,
      changes: { owner_id: ownerOf(row) },
    }));
    yield* passOnOwners(scope, detail, passed);
  }
}

function* giveAway(
  scope: WriteScope,
  meta: ObjectMeta,
  rows: readonly Row[],
  ownerOf: (row: Row) => unknown,
): Steps<void> {
  const revisionOf = (row: Row) => (row['revision'] as number) + 1;
  const sets = rows.map((previous) => {
    const stamp = updateStamp(revisionOf(previous), scope.at, scope.ctx);
    return { previous, set: { owner_id: ownerOf(previous), ...stamp } };
  });
  yield* setRows(scope, meta, sets);
  yield* recordChanges(
    scope,
    rows.map((row) => ({
      object: meta.name,
      id: row['id'] as string,
      operation: 'update',
      revision: revisionOf(row),
      changed: ['owner_id'],
      before: { owner_id: row['owner_id'] },
      after: { owner_id: ownerOf(row) },
      tenantId: (row['organization_id'] ?? null) as string | null,
      at: scope.at,
    })),
    sets.map(({ previous, set }) => ({ before: previous, after: { ...previous, ...set } })),
  );
}

/**
 * Undoes, by throwing, changes after which a record is its own ancestor: a query for each parent
 * that records got.
 *
 * @throws `hierarchy_circle`
 */
export function* checkHierarchy(
  scope: WriteScope,
  meta: ObjectMeta,
  pending: readonly PendingUpdate[],
): Steps<void> {
  for (const field of meta.relations) {
    if (field.type !== 'tree') continue;
    const moved = new Map<string, string[]>();
    for (const { id, changes } of pending) {
      const parent = changes[field.name];
      if (typeof parent === 'string') moved.set(parent, [...(moved.get(parent) ?? []), id]);
    }
    for (const [parent, ids] of moved) yield* checkAbove(scope, meta, { field, parent, ids });
  }
}

function* checkAbove(
  scope: WriteScope,
  meta: ObjectMeta,
  { field, parent, ids }: { field: FieldMeta; parent: string; ids: readonly string[] },
): Steps<void> {
  const { table } = meta;
  const found = ids.includes(parent)
    ? [{ id: parent }]
    : yield* wait(
        scope.transaction.session.find({
          table,
          columns: ['id'],
          where: {
            op: 'and',
            args: [
              { op: 'in', field: 'id', value: ids },
              { op: 'tree', table, parent: field.name, direction: 'up', root: parent },
            ],
          },
          limit: 1,
        }),
      );
  const [circular] = found;
  if (circular === undefined) return;
  const params = { object: meta.name, id: circular.id as string, field: field.name };
  throw createError('hierarchy_circle', params);
}
