import type { DataEngine, ExecutionContext, RecordData, RowResult } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { ImportOptions } from './import.js';

/** Writes the records of one chunk in one transaction; a failing one leaves the others. */
export async function writeRows(
  engine: DataEngine,
  data: readonly RecordData[],
  options: ImportOptions,
  ctx: ExecutionContext,
): Promise<RowResult[]> {
  if (options.dryRun !== true) return write(engine, data, options, ctx);
  const { outcome } = await engine.rehearse(ctx, (inside) => write(engine, data, options, inside));
  if (outcome.ok) return outcome.result;
  throw outcome.error;
}

function write(
  engine: DataEngine,
  data: readonly RecordData[],
  { object, key, mode = key === undefined ? 'insert' : 'upsert' }: ImportOptions,
  ctx: ExecutionContext,
): Promise<RowResult[]> {
  if (mode === 'insert') {
    return engine.insertMany(object, data, ctx, { atomic: false, acceptId: true });
  }
  if (key === undefined) {
    const reason = `"${mode}" needs the key that finds the records`;
    throw createError('invalid_parameter', { parameter: 'key', reason });
  }
  const existingOnly = mode === 'update';
  return engine.upsertMany(object, data, ctx, { by: key, existingOnly, atomic: false });
}
