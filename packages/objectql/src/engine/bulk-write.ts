import type {
  BulkOptions,
  ExecutionContext,
  InsertOptions,
  RecordData,
  RowResult,
} from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { Admission } from './access.js';
import { checkBulkSize, settleRows, type RowOutcome } from './bulk.js';
import { createRecords } from './create.js';
import { deleteRecord, deleteRecords } from './delete.js';
import { loadAllForWrite, loadForWrite } from './load.js';
import { checkDeadline } from './read.js';
import type { Steps } from './steps.js';
import { ROWS_PER_STATEMENT } from './store-rows.js';
import { updateRecord } from './nested/update-nested.js';
import { prepareUpdate, storeUpdates, type PendingUpdate } from './update.js';
import { eachRow, tryTogether, type WriteRunner } from './write-run.js';
import type { WriteScope } from './write-scope.js';

/** A change of one of many records. */
export interface RowUpdate {
  readonly id: string;
  readonly data: RecordData;
}

/** Writes of many records of one object, by list. */
export function createBulkWriter({ write, answer }: WriteRunner) {
  return {
    insertMany(
      object: string,
      data: readonly RecordData[],
      ctx: ExecutionContext,
      options: BulkOptions & InsertOptions,
    ): Promise<RowResult[]> {
      const steps = function* (scope: WriteScope, admission: Admission): Steps<RowResult[]> {
        checkBulkSize(data.length);
        const tell = (row: Row) => answer(scope, admission.meta, row);
        const rows = yield* tryTogether(scope, (nested) =>
          createRecords(nested, admission, data, options),
        );
        if (rows !== undefined) return rows.map((row, index) => succeeded(index, row, tell));
        const range = { first: 0, count: data.length };
        const results = yield* eachRow(scope, range, function* (index, nested) {
          const [row = {}] = yield* createRecords(nested, admission, [data[index] ?? {}], options);
          return { id: row['id'] as string, record: tell(row) };
        });
        return settleRows(results, options);
      };
      return write(object, 'create', ctx, steps, data);
    },

    updateMany(
      object: string,
      rows: readonly RowUpdate[],
      ctx: ExecutionContext,
      options: BulkOptions,
    ): Promise<RowResult[]> {
      const steps = function* (scope: WriteScope, admission: Admission): Steps<RowResult[]> {
        checkBulkSize(rows.length);
        const tell = (row: Row) => answer(scope, admission.meta, row);
        const results = yield* inChunks(scope, rows, {
          *together(nested, chunk, first) {
            const stored = yield* updateAll(nested, admission, chunk);
            return stored.map((row, index) => succeeded(first + index, row, tell));
          },
          *one(nested, { id, data }) {
            const row = yield* updateRecord(nested, admission, { id, data, options: {} });
            return { id, record: tell(row) };
          },
        });
        return settleRows(results, options);
      };
      const data = rows.map((row) => row.data);
      return write(object, 'update', ctx, steps, data);
    },

    deleteMany(
      object: string,
      ids: readonly string[],
      ctx: ExecutionContext,
      options: BulkOptions,
    ): Promise<RowResult[]> {
      return write(object, 'delete', ctx, function* (scope, admission) {
        checkBulkSize(ids.length);
        const results = yield* inChunks(scope, ids, {
          *together(nested, chunk, first) {
            const rows = yield* loadAllForWrite(nested, admission, chunk);
            const deletion = { scope: nested, deleting: new Set<string>(), purge: false };
            yield* deleteRecords(deletion, admission.meta, rows);
            return chunk.map((id, index) => ({ index: first + index, id, success: true }));
          },
          *one(nested, id) {
            const row = yield* loadForWrite(nested, admission, id);
            yield* deleteRecord(nested, admission.meta, row);
            return { id };
          },
        });
        return settleRows(results, options);
      });
    },
  };
}

/** How a chunk of a bulk write is done: all at once, or, when that fails, row by row. */
export interface ChunkWork<T> {
  together(scope: WriteScope, chunk: readonly T[], first: number): Steps<RowResult[]>;
  one(scope: WriteScope, item: T): Steps<RowOutcome>;
}

/** Works through a list in chunks of one statement each. */
export function* inChunks<T>(
  scope: WriteScope,
  list: readonly T[],
  work: ChunkWork<T>,
): Steps<RowResult[]> {
  const results: RowResult[] = [];
  for (let first = 0; first < list.length; first += ROWS_PER_STATEMENT) {
    const chunk = list.slice(first, first + ROWS_PER_STATEMENT);
    checkDeadline(scope.ctx, scope.parts.now(), 'bulk write');
    const together =
      chunk.length === 1
        ? undefined
        : yield* tryTogether(scope, (nested) => work.together(nested, chunk, first));
    const range = { first, count: chunk.length };
    const done =
      together ??
      (yield* eachRow(scope, range, (index, nested) => work.one(nested, list[index] as T)));
    for (const result of done) results.push(result);
  }
  return results;
}

/** Changes records with one statement to load them, and as few as there are kinds of change. */
export function* updateAll(
  scope: WriteScope,
  admission: Admission,
  updates: readonly RowUpdate[],
): Steps<Row[]> {
  const loaded = yield* loadAllForWrite(
    scope,
    admission,
    updates.map(({ id }) => id),
  );
  const pending: PendingUpdate[] = [];
  for (const [index, previous] of loaded.entries()) {
    const change = { data: updates[index]?.data ?? {}, options: {} };
    const one = yield* prepareUpdate(scope, admission, previous, change);
    if (one !== undefined) pending.push(one);
  }
  const stored = yield* storeUpdates(scope, admission, pending);
  const byId = new Map(stored.map((row) => [row['id'], row]));
  return loaded.map((row) => byId.get(row['id']) ?? row);
}

function succeeded(index: number, row: Row, tell: (row: Row) => RecordData): RowResult {
  return { index, id: row['id'] as string, success: true, record: tell(row) };
}
