import type { DataEngine, ExecutionContext, RecordData, RowResult } from '@objectos/spec/contracts';
import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { Batch, BatchItem } from './bulk-body.js';

/** Where a batch runs. */
export interface BatchTarget {
  readonly engine: DataEngine;
  readonly object: string;
  readonly ctx: ExecutionContext;
}

/**
 * Runs a batch. Items of one kind go to the engine together. Atomic: one transaction, and a failure
 * undoes all. Otherwise each item stands for itself, and the first failure ends the batch unless
 * `continueOnError`.
 *
 * @throws `batch_partial_failure` when atomic and an item failed
 */
export async function runBatch(batch: Batch, target: BatchTarget): Promise<RowResult[]> {
  const { atomic, continueOnError } = batch.options;
  if (batch.operation !== 'mixed' && (atomic || continueOnError)) return together(batch, target);
  if (!atomic) return oneByOne(batch, target);
  return target.engine.transaction(target.ctx, (ctx) => allOrNothing(batch, { ...target, ctx }));
}

function together(
  { operation, items, options, by = [] }: Batch,
  target: BatchTarget,
): Promise<RowResult[]> {
  const { engine, object, ctx } = target;
  const { atomic } = options;
  switch (operation) {
    case 'upsert':
      return engine.upsertMany(
        object,
        items.map((item) => item.data),
        ctx,
        { atomic, by },
      );
    case 'create':
      return engine.insertMany(
        object,
        items.map((item) => item.data),
        ctx,
        { atomic },
      );
    case 'delete':
      return engine.deleteMany(
        object,
        items.map((item) => item.id),
        ctx,
        { atomic },
      );
    default:
      return engine.updateMany(object, items, ctx, { atomic });
  }
}

async function allOrNothing({ items, by = [] }: Batch, target: BatchTarget): Promise<RowResult[]> {
  const results: RowResult[] = [];
  for (const [index, item] of items.entries()) {
    try {
      results.push(await one(item, index, { ...target, by }));
    } catch (error) {
      if (!isItemFailure(error)) throw error;
      const { code, message, hint, fieldErrors } = error;
      throw createError(
        'batch_partial_failure',
        { succeeded: items.length - 1, failed: 1 },
        { cause: error, details: { results: [{ index, code, message, hint, fieldErrors }] } },
      );
    }
  }
  return results;
}

async function oneByOne(
  { items, options, by = [] }: Batch,
  target: BatchTarget,
): Promise<RowResult[]> {
  const results: RowResult[] = [];
  let stoppedAt: number | undefined;
  for (const [index, item] of items.entries()) {
    if (stoppedAt !== undefined) {
      const error = createError('batch_stopped', { index: stoppedAt });
      results.push({ index, id: item.id, success: false, error });
      continue;
    }
    try {
      results.push(await one(item, index, { ...target, by }));
    } catch (error) {
      // Inside a transaction nothing is committed yet, and a fault of the server undoes all of it.
      if (!isItemFailure(error) && target.ctx.transaction !== undefined) throw error;
      // A fault of the server ends the batch too, but what was committed before must be told.
      if (!isItemFailure(error) || !options.continueOnError) stoppedAt = index;
      results.push({ index, id: item.id, success: false, error });
    }
  }
  return results;
}

async function one(
  item: BatchItem,
  index: number,
  target: BatchTarget & { readonly by: readonly string[] },
): Promise<RowResult> {
  const { engine, object, ctx, by } = target;
  if (item.operation === 'upsert') {
    const { record, created } = await engine.upsert(object, item.data, ctx, { by });
    return { index, id: record['id'] as string, success: true, record, created };
  }
  if (item.operation === 'delete') {
    await engine.delete(object, item.id, ctx);
    return { index, id: item.id, success: true };
  }
  const record: RecordData =
    item.operation === 'create'
      ? await engine.insert(object, item.data, ctx)
      : await engine.update(object, item.id, item.data, ctx);
  return { index, id: record['id'] as string, success: true, record };
}

function isItemFailure(error: unknown): error is ObjectOSError {
  return isObjectOSError(error) && error.status < 500;
}
