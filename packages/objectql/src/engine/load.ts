import type { Query } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Row } from '../driver/contract.js';
import type { RowFilter } from '../driver/row-filter.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { whereId, whereIds } from './query-plan.js';
import { viewOf, type View } from './relations.js';
import { wait, type Steps } from './steps.js';
import type { WriteScope } from './write-scope.js';

const BY_ID = [{ field: 'id', direction: 'asc' }] as const;

/**
 * Reads the whole stored record that a write is about, as far as the principal may touch it.
 *
 * @throws `record_not_found`; `record_not_accessible` for one that the principal sees all the same
 */
export function* loadForWrite(
  scope: WriteScope,
  admission: Admission,
  id: string,
  deleted: NonNullable<Query['deleted']> = 'exclude',
): Steps<Row> {
  const { meta } = admission;
  const [row] = yield* wait(
    scope.transaction.session.find({
      table: meta.table,
      columns: meta.stored,
      where: whereId(admission, id, deleted),
      limit: 1,
      lock: 'wait',
    }),
  );
  if (row === undefined) throw yield* untouchable(scope, admission, id, deleted);
  return row;
}

/**
 * Reads the stored records that a write is about with one statement, in the order of the ids.
 *
 * @throws like `loadForWrite`, for the first that is not among them
 */
export function* loadAllForWrite(
  scope: WriteScope,
  admission: Admission,
  ids: readonly string[],
  deleted: NonNullable<Query['deleted']> = 'exclude',
): Steps<Row[]> {
  const [only] = ids;
  if (only !== undefined && ids.length === 1) {
    return [yield* loadForWrite(scope, admission, only, deleted)];
  }
  const { meta } = admission;
  const found = yield* wait(
    scope.transaction.session.find({
      table: meta.table,
      columns: meta.stored,
      where: whereIds(admission, ids, deleted),
      // In one order for all writers, so that they wait for each other but never in a circle.
      orderBy: BY_ID,
      lock: 'wait',
    }),
  );
  const byId = new Map(found.map((row) => [row['id'] as string, row]));
  const missing = ids.find((id) => !byId.has(id));
  if (missing !== undefined) throw yield* untouchable(scope, admission, missing, deleted);
  return ids.map((id) => byId.get(id) as Row);
}

/**
 * What is said of a record that a write does not find. One that the principal sees is no secret, so
 * it is not told to be missing; nothing is asked for where every row may be written.
 */
function* untouchable(
  scope: WriteScope,
  { meta, restricted }: Admission,
  id: string,
  deleted: NonNullable<Query['deleted']>,
): Steps<Error> {
  const object = meta.name;
  const reading =
    restricted && deleted === 'exclude'
      ? scope.parts.gate.admitQuietly(scope.snapshot, object, 'read', scope.ctx)
      : undefined;
  const isSeen =
    reading !== undefined &&
    (yield* wait(
      scope.transaction.session.find({
        table: meta.table,
        columns: ['id'],
        where: whereId(reading, id, deleted),
        limit: 1,
      }),
    )).length > 0;
  return createError(isSeen ? 'record_not_accessible' : 'record_not_found', { object, id });
}

/**
 * Waits for writers that are about to refer to the records, whose rows are then found, and keeps
 * others from it. Nothing to do where writers run one after another.
 */
export function* lockForRemoval(
  scope: WriteScope,
  { table }: ObjectMeta,
  ids: readonly string[],
): Steps<void> {
  if (scope.parts.options.driver.capabilities.serialWrites) return;
  const where: RowFilter = { op: 'in', field: 'id', value: ids };
  const { session } = scope.transaction;
  yield* wait(session.find({ table, columns: ['id'], where, orderBy: BY_ID, lock: 'remove' }));
}

/** What the principal of a write sees of an object it was admitted to. */
export function viewIn({ parts, snapshot, ctx }: WriteScope, admission: Admission): View {
  const { driver } = parts.options;
  return viewOf({ gate: parts.gate, snapshot, ctx, driver }, admission);
}
