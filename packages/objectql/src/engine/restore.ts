import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import { requireObject } from './access.js';
import { inEachPlace } from './places.js';
import type { RecordChange } from './change-log.js';
import { onlyOf } from './follow.js';
import { referenceScope } from './insert.js';
import { checkReferences } from './references.js';
import { updateStamp } from './stored.js';
import { wait, type Steps } from './steps.js';
import { setRows } from './store-rows.js';
import { recordChanges, type WriteScope } from './write-scope.js';

/**
 * Takes a record out of the trash, and with it what its deletion cascaded to: the dependants that
 * bear the same moment of deletion. Fields that the deletion emptied in other records stay empty.
 *
 * @throws `invalid_reference` when the record points to one that is gone meanwhile
 */
export function* restoreRecord(scope: WriteScope, meta: ObjectMeta, row: Row): Steps<Row> {
  if (!meta.softDelete) {
    throw createError('method_not_enabled', { object: meta.name, method: 'restore' });
  }
  yield* checkReferences(referenceScope(scope), meta, [row]);
  const revision = (row['revision'] as number) + 1;
  const set: Row = { deleted_at: null, ...updateStamp(revision, scope.at, scope.ctx) };
  yield* setRows(scope, meta, [{ previous: row, set }]);
  const change: RecordChange = {
    object: meta.name,
    id: row['id'] as string,
    operation: 'restore',
    revision,
    changed: [],
    before: { deleted_at: row['deleted_at'] },
    after: { deleted_at: null },
    tenantId: (row['organization_id'] ?? null) as string | null,
    at: scope.at,
  };
  yield* recordChanges(scope, [change], [{ before: row, after: { ...row, ...set } }]);
  yield* restoreDetails(scope, meta, row);
  return { ...row, ...set };
}

function* restoreDetails(scope: WriteScope, meta: ObjectMeta, row: Row): Steps<void> {
  for (const relation of meta.incoming) {
    if (relation.deleteBehavior !== 'cascade') continue;
    const dependant = requireObject(scope.snapshot, relation.object);
    if (!dependant.softDelete) continue;
    const where: RowFilter = {
      op: 'and',
      args: [
        { op: 'eq', field: relation.field, value: row['id'] as string },
        { op: 'eq', field: 'deleted_at', value: row['deleted_at'] as string },
        onlyOf(relation.only) ?? { op: 'and', args: [] },
      ],
    };
    const { table, stored: columns } = dependant;
    yield* inEachPlace(scope, meta, dependant, function* (there) {
      const { session } = there.transaction;
      const details = yield* wait(session.find({ table, columns, where, lock: 'wait' }));
      for (const detail of details) yield* restoreRecord(there, dependant, detail);
    });
  }
}
