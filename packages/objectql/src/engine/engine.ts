import {
  silentLogger,
  type DataEngine,
  type ExecutionContext,
  type MaybePromise,
} from '@objectos/spec/contracts';
import { createGate } from './access.js';
import { withAmbient } from './ambient.js';
import { createBulkWriter } from './bulk-write.js';
import { cloneRecord } from './clone.js';
import { verifyDerived } from './computed/verify.js';
import { createKeyRing } from './encryption/key-ring.js';
import { rotateSecrets } from './encryption/rotate.js';
import { createRecordHooks } from './hooks.js';
import type { EngineOptions } from './options.js';
import { createOnce } from './once.js';
import { createNarrowing } from './narrow.js';
import { observe } from './observe.js';
import type { EngineParts } from './parts.js';
import { aggregate, distinct } from './aggregate.js';
import { createCursorCodec } from './cursor.js';
import { installationSecret } from './installation-secret.js';
import { count, find, get } from './read.js';
import { withDecisionId, type Attempt } from './refusals.js';
import { createRehearse } from './rehearse.js';
import { createScanGuard } from './scan-guard.js';
import { run } from './steps.js';
import { streamPages } from './stream.js';
import { createTransactionManager } from './transaction.js';
import { createUpserter } from './upsert.js';
import { createWhereWriter } from './where-write.js';
import { createWriter } from './write.js';
import { createWriteRunner } from './write-run.js';

/**
 * Makes a data engine over a driver. Every operation goes through the same steps: principal, object,
 * permission, tenancy, input, hooks, validation, write, change log, commit, events.
 */
export function createEngine(options: EngineOptions): DataEngine {
  const parts: EngineParts = {
    options,
    snapshot: options.snapshot,
    gate: createGate(options),
    hooks: createRecordHooks(options),
    transactions: createTransactionManager(
      options.driver,
      options.onCommit ?? (() => undefined),
      options.tracer,
      options.beforeCommit,
    ),
    now: options.now ?? Date.now,
    logger: options.logger ?? silentLogger,
    scans: createScanGuard(options.scanLimit),
    keys: options.encryptionKeys === undefined ? undefined : createKeyRing(options.encryptionKeys),
    narrowing: createNarrowing(),
    cursors: createCursorCodec(options.secret ?? installationSecret(options.driver)),
  };
  const runner = createWriteRunner(parts);
  const writer = {
    ...createWriter(runner),
    ...createBulkWriter(runner),
    ...createUpserter(runner),
    ...createWhereWriter(runner),
  };
  const once = createOnce(parts);
  const rehearse = createRehearse(parts);
  const complete = (ctx: ExecutionContext) => withAmbient(ctx, options.carrier);

  /** Every operation: the principal's grants are there before it begins, a refusal gets its id. */
  async function attempt<T>(
    given: ExecutionContext,
    about: Attempt,
    work: (ctx: ExecutionContext) => MaybePromise<T>,
  ): Promise<T> {
    const observed = observe(options.observers?.(), given, about);
    try {
      const pending = parts.gate.prepare(given);
      if (pending !== undefined) await pending;
      const result = await work(complete(observed?.ctx ?? given));
      observed?.finished();
      return result;
    } catch (failure) {
      const error = withDecisionId(options, given, about, failure);
      observed?.finished(error);
      throw error;
    }
  }

  const exportPage: DataEngine['find'] = (object, query, given) =>
    attempt(given, { object, operation: 'export' }, (ctx) =>
      run(find(parts, object, query, ctx, 'export')),
    );
  const engine: DataEngine = {
    find: (object, query, given) =>
      attempt(given, { object, operation: 'read' }, (ctx) => run(find(parts, object, query, ctx))),
    get: (object, id, given, query) =>
      attempt(given, { object, operation: 'read', id }, (ctx) =>
        run(get(parts, object, id, { ctx, query })),
      ),
    count: (object, query, given) =>
      attempt(given, { object, operation: 'read' }, (ctx) => run(count(parts, object, query, ctx))),
    aggregate: (object, query, given) =>
      attempt(given, { object, operation: 'read' }, (ctx) =>
        run(aggregate(parts, object, query, ctx)),
      ),
    distinct: (object, field, given, query) =>
      attempt(given, { object, operation: 'read' }, (ctx) =>
        run(distinct(parts, object, { field, query }, ctx)),
      ),
    insert: (object, data, given, settings = {}) =>
      attempt(given, { object, operation: 'create' }, (ctx) =>
        writer.insert(object, data, ctx, settings),
      ),
    insertMany: (object, data, given, settings = {}) =>
      attempt(given, { object, operation: 'create' }, (ctx) =>
        writer.insertMany(object, data, ctx, settings),
      ),
    update: (object, id, data, given, settings = {}) =>
      attempt(given, { object, operation: 'update', id }, (ctx) =>
        writer.update(object, { id, data, options: settings }, ctx),
      ),
    updateMany: (object, rows, given, settings = {}) =>
      attempt(given, { object, operation: 'update' }, (ctx) =>
        writer.updateMany(object, rows, ctx, settings),
      ),
    delete: (object, id, given, settings = {}) =>
      attempt(given, { object, operation: 'delete', id }, (ctx) =>
        writer.delete(object, id, ctx, settings),
      ),
    deleteMany: (object, ids, given, settings = {}) =>
      attempt(given, { object, operation: 'delete' }, (ctx) =>
        writer.deleteMany(object, ids, ctx, settings),
      ),
    restore: (object, id, given, settings = {}) =>
      attempt(given, { object, operation: 'restore', id }, (ctx) =>
        writer.restore(object, id, ctx, settings),
      ),
    upsert: (object, data, given, settings) =>
      attempt(given, { object, operation: 'update' }, (ctx) =>
        writer.upsert(object, data, ctx, settings),
      ),
    upsertMany: (object, data, given, settings) =>
      attempt(given, { object, operation: 'update' }, (ctx) =>
        writer.upsertMany(object, data, ctx, settings),
      ),
    updateWhere: (object, where, data, given, settings = {}) =>
      attempt(given, { object, operation: 'update' }, (ctx) =>
        writer.updateWhere(object, { ...settings, where }, data, ctx),
      ),
    deleteWhere: (object, where, given, settings = {}) =>
      attempt(given, { object, operation: 'delete' }, (ctx) =>
        writer.deleteWhere(object, { ...settings, where }, ctx),
      ),
    purge: (object, id, given, settings = {}) =>
      attempt(given, { object, operation: 'purge', id }, (ctx) =>
        writer.purge(object, id, ctx, settings),
      ),
    emptyTrash: (object, where, given, settings = {}) =>
      attempt(given, { object, operation: 'purge' }, (ctx) =>
        writer.emptyTrash(object, { ...settings, where }, ctx),
      ),
    clone: (object, id, given, settings = {}) =>
      attempt(given, { object, operation: 'create', id }, (ctx) =>
        cloneRecord(runner, { object, id, ...settings }, ctx),
      ),
    stream: (object, query, given) => streamPages(exportPage, { object, query }, complete(given)),
    once: (request, ctx, work) => once(request, complete(ctx), work),
    rehearse: (ctx, work) => rehearse(complete(ctx), work),
    rotateSecrets: (given) => rotateSecrets(parts, complete(given)),
    verifyDerived: (settings, given) => verifyDerived(parts, complete(given), settings),
    readableFields(object, ctx) {
      try {
        const admission = parts.gate.admit(parts.snapshot(), object, 'read', ctx);
        return admission.readable === undefined
          ? admission.meta.columns
          : new Set(admission.visible);
      } catch (failure) {
        throw withDecisionId(options, ctx, { object, operation: 'read' }, failure);
      }
    },
    transaction: (given, work) => {
      const ctx = complete(given);
      return parts.transactions.within(ctx, { commit: 'own' }, (transaction) =>
        work({ ...ctx, transaction }),
      );
    },
    hook: (name, object, handler, registration) =>
      parts.hooks.register(name, object, handler, registration),
  };
  return engine;
}
