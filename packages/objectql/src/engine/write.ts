import type {
  BulkOptions,
  ExecutionContext,
  InsertOptions,
  RecordData,
  RowResult,
  WriteOptions,
} from '@objectos/spec/contracts';
import type { DriverSession, Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { checkBulkSize, isRowFailure, runRows, type RowOutcome } from './bulk.js';
import { deleteRecord } from './delete.js';
import { insertRecords, readNewRecord } from './insert.js';
import type { EngineParts } from './parts.js';
import { mayNameOwner } from './ownership.js';
import { checkDeadline } from './read.js';
import { restoreRecord } from './restore.js';
import { checkWrittenRows } from './row-check.js';
import { project } from './stored.js';
import { run, wait, type Steps } from './steps.js';
import { checkRevision, loadForWrite, updateRecord, type UpdateRequest } from './update.js';
import { checkRecursion, type WriteScope } from './write-scope.js';

type WriteKind = 'create' | 'update' | 'delete' | 'restore';

/** Hooks that a write of this kind may run. None: its commit can be shared with other writes. */
const HOOKS = {
  create: ['beforeInsert', 'afterInsert'],
  update: ['beforeUpdate', 'afterUpdate'],
  delete: ['beforeDelete', 'afterDelete'],
  restore: [],
} as const;

/** Writes of an engine: each opens (or joins) a transaction and runs its steps in it. */
export function createWriter(parts: EngineParts) {
  function write<T>(
    object: string,
    kind: WriteKind,
    ctx: ExecutionContext,
    steps: (scope: WriteScope, admission: Admission) => Steps<T>,
  ): Promise<T> {
    const snapshot = parts.snapshot();
    const admission = parts.gate.admit(snapshot, object, kind, ctx);
    checkRecursion(ctx, parts.options.recursionLimit);
    checkDeadline(ctx, parts.now(), kind);
    const at = new Date(parts.now()).toISOString();
    const commit = mayShareCommit(admission.meta, kind) ? 'shared' : 'own';
    return parts.transactions.within(ctx, { commit }, (transaction) =>
      run(steps({ parts, snapshot, transaction, ctx, at }, admission)),
    );
  }

  function mayShareCommit(meta: ObjectMeta, kind: WriteKind): boolean {
    if (!parts.options.driver.capabilities.synchronous) return false;
    if (kind === 'delete' && meta.incoming.length > 0) return false;
    return !HOOKS[kind].some((name) => parts.hooks.has(name, meta.name));
  }

  /** What the principal sees of a row they wrote: what they may read, at least the id. */
  function answer(scope: WriteScope, { meta }: Admission, row: Row): RecordData {
    const reading = parts.gate.admitQuietly(scope.snapshot, meta.name, 'read', scope.ctx);
    return project(row, reading?.visible ?? ['id']);
  }

  return {
    async insert(object: string, data: RecordData, ctx: ExecutionContext, options: InsertOptions) {
      return write(object, 'create', ctx, function* (scope, admission) {
        const [row = {}] = yield* create(scope, admission, [data], options);
        return answer(scope, admission, row);
      });
    },

    async insertMany(
      object: string,
      data: readonly RecordData[],
      ctx: ExecutionContext,
      options: BulkOptions & InsertOptions,
    ): Promise<RowResult[]> {
      checkBulkSize(data.length);
      return write(object, 'create', ctx, function* (scope, admission) {
        const together = yield* insertTogether(scope, admission, data, options);
        if (together !== undefined) {
          return together.map((row, index) => succeeded(index, row, answer(scope, admission, row)));
        }
        return yield* eachRow(scope, data.length, options, function* (index, row) {
          const [stored = {}] = yield* create(row, admission, [data[index] ?? {}], options);
          return { id: stored['id'] as string, record: answer(row, admission, stored) };
        });
      });
    },

    async update(object: string, request: UpdateRequest, ctx: ExecutionContext) {
      return write(object, 'update', ctx, function* (scope, admission) {
        return answer(scope, admission, yield* updateRecord(scope, admission, request));
      });
    },

    async updateMany(
      object: string,
      rows: readonly { readonly id: string; readonly data: RecordData }[],
      ctx: ExecutionContext,
      options: BulkOptions,
    ): Promise<RowResult[]> {
      checkBulkSize(rows.length);
      return write(object, 'update', ctx, (scope, admission) =>
        eachRow(scope, rows.length, options, function* (index, row) {
          const { id = '', data = {} } = rows[index] ?? {};
          const stored = yield* updateRecord(row, admission, { id, data, options: {} });
          return { id, record: answer(row, admission, stored) };
        }),
      );
    },

    async delete(
      object: string,
      id: string,
      ctx: ExecutionContext,
      options: Pick<WriteOptions, 'ifRevision'>,
    ) {
      return write(object, 'delete', ctx, function* (scope, admission) {
        const row = yield* loadForWrite(scope, admission, id);
        checkRevision(admission.meta, row, options.ifRevision);
        yield* deleteRecord(scope, admission.meta, row);
      });
    },

    async deleteMany(
      object: string,
      ids: readonly string[],
      ctx: ExecutionContext,
      options: BulkOptions,
    ): Promise<RowResult[]> {
      checkBulkSize(ids.length);
      return write(object, 'delete', ctx, (scope, admission) =>
        eachRow(scope, ids.length, options, function* (index, row) {
          const id = ids[index] ?? '';
          const stored = yield* loadForWrite(row, admission, id);
          yield* deleteRecord(row, admission.meta, stored);
          return { id };
        }),
      );
    },

    async restore(
      object: string,
      id: string,
      ctx: ExecutionContext,
      options: Pick<WriteOptions, 'ifRevision'>,
    ) {
      return write(object, 'restore', ctx, function* (scope, admission) {
        const row = yield* loadForWrite(scope, admission, id, 'only');
        checkRevision(admission.meta, row, options.ifRevision);
        return answer(scope, admission, yield* restoreRecord(scope, admission.meta, row));
      });
    },
  };
}

/** Reads, inserts and checks new records. */
function* create(
  scope: WriteScope,
  admission: Admission,
  data: readonly RecordData[],
  options: InsertOptions,
): Steps<Row[]> {
  const { meta } = admission;
  const records: RecordData[] = [];
  for (const one of data) {
    const acceptOwner = yield* mayNameOwner(scope, meta, one);
    records.push(readNewRecord(admission, one, { ...options, acceptOwner }));
  }
  const rows = yield* insertRecords(scope, meta, records);
  yield* checkWrittenRows(
    scope,
    admission,
    'create',
    rows.map((row) => row['id'] as string),
  );
  return rows;
}

/**
 * The fast path of a bulk insert: all rows in one statement batch. Answers `undefined` when a row
 * fails; the rows are then tried one by one, to say which.
 */
function* insertTogether(
  scope: WriteScope,
  admission: Admission,
  data: readonly RecordData[],
  options: InsertOptions,
): Steps<Row[] | undefined> {
  const told = scope.transaction.changes.length;
  try {
    return yield* wait(
      scope.transaction.session.nested((session) =>
        run(create(within(scope, session), admission, data, options)),
      ),
    );
  } catch (error) {
    scope.transaction.changes.length = told;
    if (!isRowFailure(error)) throw error;
    return undefined;
  }
}

function* eachRow(
  scope: WriteScope,
  count: number,
  options: BulkOptions,
  one: (index: number, scope: WriteScope) => Steps<RowOutcome>,
): Steps<RowResult[]> {
  const { changes, session } = scope.transaction;
  return yield* runRows(session, count, options, function* (index, nested) {
    const told = changes.length;
    try {
      return yield* one(index, within(scope, nested));
    } catch (error) {
      changes.length = told;
      throw error;
    }
  });
}

function within(scope: WriteScope, session: DriverSession): WriteScope {
  return { ...scope, transaction: { ...scope.transaction, session } };
}

function succeeded(index: number, row: Row, record: RecordData): RowResult {
  return { index, id: row['id'] as string, success: true, record };
}
