import type { DataEngine, ExecutionContext, RecordData } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { CrossOperation } from './cross-batch-body.js';
import { resolveReference, resolveReferences } from './cross-references.js';

/** What became of an operation: its record, or the id of a deleted one. */
export interface CrossResult {
  readonly object: string;
  readonly action: CrossOperation['action'];
  readonly id: string;
  readonly record?: RecordData | undefined;
  readonly deleted?: true | undefined;
}

/**
 * Runs operations on several objects in one transaction, in order; a failure undoes all of them.
 *
 * @throws `batch_partial_failure` with the failing operation in `details.results`
 */
export function runCrossBatch(
  operations: readonly CrossOperation[],
  engine: DataEngine,
  ctx: ExecutionContext,
): Promise<CrossResult[]> {
  return engine.transaction(ctx, async (inside) => {
    const results: CrossResult[] = [];
    const byName = new Map<string, string>();
    for (const [index, operation] of operations.entries()) {
      try {
        const known = { byIndex: results.map((result) => result.id), byName };
        const result = await perform(operation, { engine, ctx: inside, known });
        results.push(result);
        if (operation.ref !== undefined) byName.set(operation.ref, result.id);
      } catch (error) {
        throw failed(error, { index, object: operation.object, count: operations.length });
      }
    }
    return results;
  });
}

async function perform(
  { object, action, id: givenId, data: given, by }: CrossOperation,
  {
    engine,
    ctx,
    known,
  }: {
    engine: DataEngine;
    ctx: ExecutionContext;
    known: Parameters<typeof resolveReferences>[1];
  },
): Promise<CrossResult> {
  const data = resolveReferences(given, known);
  const id = String(resolveReference(givenId, known));
  if (action === 'delete') {
    await engine.delete(object, id, ctx);
    return { object, action, id, deleted: true };
  }
  const record =
    action === 'create'
      ? await engine.insert(object, data, ctx)
      : action === 'update'
        ? await engine.update(object, id, data, ctx)
        : (await engine.upsert(object, data, ctx, { by })).record;
  return { object, action, id: record['id'] as string, record };
}

function failed(
  error: unknown,
  { index, object, count }: { index: number; object: string; count: number },
): unknown {
  if (!isObjectOSError(error) || error.status >= 500) return error;
  const { code, message, hint, fieldErrors } = error;
  return createError(
    'batch_partial_failure',
    { succeeded: count - 1, failed: 1 },
    { cause: error, details: { results: [{ index, object, code, message, hint, fieldErrors }] } },
  );
}
