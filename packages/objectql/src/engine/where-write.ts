import type {
  BulkOptions,
  ExecutionContext,
  Filter,
  RecordData,
  RowResult,
  WhereOptions,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Admission } from './access.js';
import { settleRows, MAX_BULK } from './bulk.js';
import { inChunks, updateAll } from './bulk-write.js';
import { conjunction } from './conjunction.js';
import { deleteRecord, deleteRecords } from './delete.js';
import { loadAllForWrite, loadForWrite, viewIn } from './load.js';
import { planWhere } from './query-plan.js';
import { wait, type Steps } from './steps.js';
import { updateRecord } from './nested/update-nested.js';
import type { WriteRunner } from './write-run.js';
import type { WriteScope } from './write-scope.js';

/** Which records a write by filter is about. */
export interface Target extends WhereOptions, BulkOptions {
  readonly where: Filter;
}

/** Writes of many records of one object, by filter. The rows are settled before the first is written. */
export function createWhereWriter({ write, admit, answer }: WriteRunner) {
  return {
    updateWhere(
      object: string,
      target: Target,
      data: RecordData,
      ctx: ExecutionContext,
    ): Promise<RowResult[]> {
      return write(object, 'update', ctx, function* (scope, admission) {
        const reading = admit(scope, object, 'read');
        const ids = yield* matching(scope, { reading, writing: admission }, target);
        const results = yield* inChunks(scope, ids, {
          *together(nested, chunk, first) {
            const updates = chunk.map((id) => ({ id, data }));
            const rows = yield* updateAll(nested, admission, updates);
            return rows.map((row, index) => ({
              index: first + index,
              id: row['id'] as string,
              success: true,
              record: answer(nested, admission.meta, row),
            }));
          },
          *one(nested, id) {
            const row = yield* updateRecord(nested, admission, { id, data, options: {} });
            return { id, record: answer(nested, admission.meta, row) };
          },
        });
        return settleRows(results, target);
      });
    },

    deleteWhere(object: string, target: Target, ctx: ExecutionContext): Promise<RowResult[]> {
      return write(object, 'delete', ctx, function* (scope, admission) {
        const reading = admit(scope, object, 'read');
        const ids = yield* matching(scope, { reading, writing: admission }, target);
        return settleRows(yield* removeAll(scope, admission, ids, false), target);
      });
    },

    /** Purges what is in the trash and matches, the oldest first. */
    emptyTrash(object: string, target: Target, ctx: ExecutionContext): Promise<RowResult[]> {
      return write(object, 'purge', ctx, function* (scope, admission) {
        if (!admission.meta.softDelete) return [];
        const reading = admit(scope, object, 'read');
        const ids = yield* matching(scope, { reading, writing: admission, trash: true }, target);
        return settleRows(yield* removeAll(scope, admission, ids, true), target);
      });
    },
  };
}

interface Access {
  /** The filter may only speak of what the principal may read. */
  readonly reading: Admission;
  readonly writing: Admission;
  readonly trash?: boolean;
}

/**
 * The ids of the records that match, in order. Counted first, so that nothing is loaded of a filter
 * that matches far more than anybody meant.
 *
 * @throws `unexpected_count`, `limit_exceeded`
 */
function* matching(scope: WriteScope, access: Access, target: Target): Steps<string[]> {
  const { session } = scope.transaction;
  const { table } = access.writing.meta;
  const deleted = access.trash === true ? 'only' : 'exclude';
  const asked = planWhere(viewIn(scope, access.reading), { where: target.where, deleted });
  const where = conjunction(asked, access.writing.rows);
  const actual = yield* wait(session.count({ table, where }));
  if (target.expected !== undefined && actual !== target.expected) {
    const params = { object: access.writing.meta.name, expected: target.expected, actual };
    throw createError('unexpected_count', params);
  }
  const max = Math.min(target.max ?? MAX_BULK, MAX_BULK);
  if (actual > max) throw createError('limit_exceeded', { limit: 'matching records', max, actual });
  const orderBy = [{ field: 'id', direction: 'asc' }] as const;
  const rows = yield* wait(session.find({ table, columns: ['id'], where, orderBy, limit: max }));
  return rows.map((row) => row['id'] as string);
}

function* removeAll(
  scope: WriteScope,
  admission: Admission,
  ids: readonly string[],
  purge: boolean,
): Steps<RowResult[]> {
  const { meta } = admission;
  const deleted = purge ? 'only' : 'exclude';
  return yield* inChunks(scope, ids, {
    *together(nested, chunk, first) {
      const rows = yield* loadAllForWrite(nested, admission, chunk, deleted);
      yield* deleteRecords({ scope: nested, deleting: new Set(), purge }, meta, rows);
      return chunk.map((id, index) => ({ index: first + index, id, success: true }));
    },
    *one(nested, id) {
      const row = yield* loadForWrite(nested, admission, id, deleted);
      if (purge) yield* deleteRecords({ scope: nested, deleting: new Set(), purge }, meta, [row]);
      else yield* deleteRecord(nested, meta, row);
      return { id };
    },
  });
}
