import { silentLogger, type DataEngine, type ExecutionContext } from '@objectos/spec/contracts';
import { createGate } from './access.js';
import { withAmbient } from './ambient.js';
import { createRecordHooks } from './hooks.js';
import type { EngineOptions } from './options.js';
import { createOnce } from './once.js';
import type { EngineParts } from './parts.js';
import { count, find, get } from './read.js';
import { createRehearse } from './rehearse.js';
import { run, type Steps } from './steps.js';
import { createTransactionManager } from './transaction.js';
import { createWriter } from './write.js';

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
    transactions: createTransactionManager(options.driver, options.onCommit ?? (() => undefined)),
    now: options.now ?? Date.now,
    logger: options.logger ?? silentLogger,
  };
  const writer = createWriter(parts);
  const once = createOnce(parts);
  const rehearse = createRehearse(parts);
  const complete = (ctx: ExecutionContext) => withAmbient(ctx, options.carrier);
  // `async` so that a refusal before the first read is a rejection, never a synchronous throw.
  const read = async <T>(steps: () => Steps<T>): Promise<T> => run(steps());

  return {
    find: (object, query, ctx) => read(() => find(parts, object, query, complete(ctx))),
    get: (object, id, ctx, query) =>
      read(() => get(parts, object, id, { ctx: complete(ctx), query })),
    count: (object, query, ctx) => read(() => count(parts, object, query, complete(ctx))),
    insert: (object, data, ctx, settings = {}) =>
      writer.insert(object, data, complete(ctx), settings),
    insertMany: (object, data, ctx, settings = {}) =>
      writer.insertMany(object, data, complete(ctx), settings),
    update: (object, id, data, ctx, settings = {}) =>
      writer.update(object, { id, data, options: settings }, complete(ctx)),
    updateMany: (object, rows, ctx, settings = {}) =>
      writer.updateMany(object, rows, complete(ctx), settings),
    delete: (object, id, ctx, settings = {}) => writer.delete(object, id, complete(ctx), settings),
    deleteMany: (object, ids, ctx, settings = {}) =>
      writer.deleteMany(object, ids, complete(ctx), settings),
    restore: (object, id, ctx, settings = {}) =>
      writer.restore(object, id, complete(ctx), settings),
    once: (request, ctx, work) => once(request, complete(ctx), work),
    rehearse: (ctx, work) => rehearse(complete(ctx), work),
    readableFields(object, ctx) {
      const admission = parts.gate.admit(parts.snapshot(), object, 'read', ctx);
      return admission.readable === undefined ? admission.meta.columns : new Set(admission.visible);
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
}
