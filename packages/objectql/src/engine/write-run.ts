import type { AccessOperation, ExecutionContext, RecordData } from '@objectos/spec/contracts';
import type { Row } from '../driver/contract.js';
import type { ObjectMeta } from '../metadata/compiled.js';
import type { Admission } from './access.js';
import { isRowFailure, runRows, type RowOutcome } from './bulk.js';
import { completeAnswers, expectFormulas } from './computed/answers.js';
import { maintainRollUps } from './computed/roll-ups.js';
import { hasNested } from './nested/parse.js';
import type { EngineParts } from './parts.js';
import { checkDeadline } from './read.js';
import { shownRecord } from './stored.js';
import { run, type Steps } from './steps.js';
import { localizeShown } from './translation/localize.js';
import { checkRecursion, inSavepoint, type WriteScope } from './write-scope.js';

/** What a write does; the access policy is asked for it by the same name, an upsert for both. */
export type WriteKind = 'create' | 'update' | 'upsert' | 'delete' | 'restore' | 'purge';

/** Hooks that a write of this kind may run. None: its commit can be shared with other writes. */
const HOOKS = {
  create: ['beforeInsert', 'afterInsert'],
  update: ['beforeUpdate', 'afterUpdate'],
  upsert: ['beforeInsert', 'afterInsert', 'beforeUpdate', 'afterUpdate'],
  delete: ['beforeDelete', 'afterDelete'],
  purge: ['beforeDelete', 'afterDelete'],
  restore: [],
} as const;

/** What those see of a record who may write it and not read it. */
const ONLY_ID = ['id'] as const;

/** Opens writes and says their answers. */
export interface WriteRunner {
  /** Passes the gate, opens or joins a transaction, and runs the steps of a write in it. */
  readonly write: <T>(
    object: string,
    kind: WriteKind,
    ctx: ExecutionContext,
    steps: (scope: WriteScope, admission: Admission) => Steps<T>,
    data?: readonly RecordData[],
  ) => Promise<T>;
  /** Asks the gate for another operation of the same write. */
  readonly admit: (scope: WriteScope, object: string, operation: AccessOperation) => Admission;
  /**
   * What the principal sees of a row they wrote: what they may read, at least the id. `stale`: other
   * parts of the write may change it yet, so it is read again at the end.
   */
  readonly answer: (
    scope: WriteScope,
    meta: ObjectMeta,
    row: Row,
    options?: { readonly stale?: boolean | undefined },
  ) => RecordData;
}

/** Makes the runner of an engine's writes. */
export function createWriteRunner(parts: EngineParts): WriteRunner {
  function mayShareCommit(meta: ObjectMeta, kind: WriteKind, data: readonly RecordData[]): boolean {
    if (!parts.options.driver.capabilities.synchronous) return false;
    // Encryption answers later, and others would wait for it.
    if (meta.encrypted.size > 0) return false;
    // Other objects have hooks of their own.
    if (data.some((one) => hasNested(meta, one))) return false;
    if ((kind === 'delete' || kind === 'purge') && meta.incoming.length > 0) return false;
    return !HOOKS[kind].some((name) => parts.hooks.has(name, meta.name));
  }

  return {
    write(object, kind, ctx, steps, data = []) {
      const snapshot = parts.snapshot();
      const operation = kind === 'upsert' ? 'update' : kind;
      const admission = parts.gate.admit(snapshot, object, operation, ctx);
      checkRecursion(ctx, parts.options.recursionLimit);
      checkDeadline(ctx, parts.now(), kind);
      const at = new Date(parts.now()).toISOString();
      const commit = mayShareCommit(admission.meta, kind, data) ? 'shared' : 'own';
      return parts.transactions.within(ctx, { commit }, (transaction) =>
        run(complete(steps, { parts, snapshot, transaction, ctx, at, answers: [] }, admission)),
      );
    },
    admit: ({ snapshot, ctx }, object, operation) =>
      parts.gate.admit(snapshot, object, operation, ctx),
    answer(scope, meta, row, { stale = false } = {}) {
      const reading = parts.gate.admitQuietly(scope.snapshot, meta.name, 'read', scope.ctx);
      const record = shownRecord(row, reading?.visible ?? ONLY_ID);
      if (reading !== undefined) localizeShown(reading, record, row);
      return expectFormulas(scope.answers, { meta, row, record, stale, reading });
    },
  };
}

/** What follows the steps of a write, still in its transaction. */
function* complete<T>(
  steps: (scope: WriteScope, admission: Admission) => Steps<T>,
  scope: WriteScope,
  admission: Admission,
): Steps<T> {
  const before = scope.transaction.changes.length;
  const result = yield* steps(scope, admission);
  yield* maintainRollUps(scope, before);
  if (scope.answers.length > 0) yield* completeAnswers(scope);
  return result;
}

/**
 * Tries several rows at once in a savepoint. Answers `undefined` when one fails: nothing is left
 * then, and the rows are tried one by one, to say which.
 */
export function* tryTogether<T>(
  scope: WriteScope,
  work: (scope: WriteScope) => Steps<T>,
): Steps<T | undefined> {
  try {
    return yield* inSavepoint(scope, work);
  } catch (error) {
    if (!isRowFailure(error)) throw error;
    return undefined;
  }
}

/** Runs rows one by one, each in a savepoint. */
export function* eachRow(
  scope: WriteScope,
  range: { readonly first: number; readonly count: number },
  one: (index: number, scope: WriteScope) => Steps<RowOutcome>,
) {
  return yield* runRows(range, (index) => inSavepoint(scope, (nested) => one(index, nested)));
}
