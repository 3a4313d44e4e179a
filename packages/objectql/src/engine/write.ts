import type {
  ExecutionContext,
  InsertOptions,
  RecordData,
  WriteOptions,
} from '@objectos/spec/contracts';
import { createRecords } from './create.js';
import { deleteRecord, deleteRecords } from './delete.js';
import { loadForWrite } from './load.js';
import { restoreRecord } from './restore.js';
import { hasNested } from './nested/parse.js';
import { updateRecord } from './nested/update-nested.js';
import { checkRevision, type UpdateRequest } from './update.js';
import type { WriteRunner } from './write-run.js';

type Condition = Pick<WriteOptions, 'ifRevision'>;

/** Writes of one record: each opens (or joins) a transaction and runs its steps in it. */
export function createWriter({ write, answer }: WriteRunner) {
  return {
    insert: (object: string, data: RecordData, ctx: ExecutionContext, options: InsertOptions) =>
      write(
        object,
        'create',
        ctx,
        function* (scope, admission) {
          const [row = {}] = yield* createRecords(scope, admission, [data], options);
          const stale = hasNested(admission.meta, data);
          return answer(scope, admission.meta, row, { stale });
        },
        [data],
      ),

    update: (object: string, request: UpdateRequest, ctx: ExecutionContext) =>
      write(
        object,
        'update',
        ctx,
        function* (scope, admission) {
          const row = yield* updateRecord(scope, admission, request);
          const stale = hasNested(admission.meta, request.data);
          return answer(scope, admission.meta, row, { stale });
        },
        [request.data],
      ),

    delete: (object: string, id: string, ctx: ExecutionContext, { ifRevision }: Condition) =>
      write(object, 'delete', ctx, function* (scope, admission) {
        const row = yield* loadForWrite(scope, admission, id);
        checkRevision(admission.meta, row, ifRevision);
        yield* deleteRecord(scope, admission.meta, row);
      }),

    restore: (object: string, id: string, ctx: ExecutionContext, { ifRevision }: Condition) =>
      write(object, 'restore', ctx, function* (scope, admission) {
        const row = yield* loadForWrite(scope, admission, id, 'only');
        checkRevision(admission.meta, row, ifRevision);
        return answer(scope, admission.meta, yield* restoreRecord(scope, admission.meta, row));
      }),

    purge: (object: string, id: string, ctx: ExecutionContext, { ifRevision }: Condition) =>
      write(object, 'purge', ctx, function* (scope, admission) {
        const row = yield* loadForWrite(scope, admission, id, 'include');
        checkRevision(admission.meta, row, ifRevision);
        const deletion = { scope, deleting: new Set<string>(), purge: true };
        yield* deleteRecords(deletion, admission.meta, [row]);
      }),
  };
}
