import type { BulkOptions, RecordData, RowResult } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Steps } from './steps.js';

/** Most rows of one bulk write. */
export const MAX_BULK = 10_000;

/** One row of a bulk write: its id, and its record if the operation returns one. */
export interface RowOutcome {
  readonly id: string;
  readonly record?: RecordData | undefined;
  readonly created?: boolean | undefined;
}

/** @throws `limit_exceeded` */
export function checkBulkSize(rows: number): void {
  if (rows > MAX_BULK) {
    throw createError('limit_exceeded', { limit: 'bulk rows', max: MAX_BULK, actual: rows });
  }
}

/**
 * Runs rows one by one; every failure is reported with its index, and must leave nothing behind.
 * Faults that no row caused (a lost database) end the whole.
 *
 * @param first index of the first row in the whole bulk write
 */
export function* runRows(
  { first, count }: { readonly first: number; readonly count: number },
  one: (index: number) => Steps<RowOutcome>,
): Steps<RowResult[]> {
  const results: RowResult[] = [];
  for (let index = first; index < first + count; index += 1) {
    results.push(yield* runRow(index, one));
  }
  return results;
}

/** The results, or all or nothing. @throws `batch_partial_failure` with `details.results` */
export function settleRows(results: RowResult[], { atomic }: BulkOptions): RowResult[] {
  const failed = results.filter((result) => !result.success);
  if (failed.length > 0 && atomic !== false) throw batchError(results.length, failed);
  return results;
}

/** The error of a bulk write that wrote nothing because rows failed. */
function batchError(count: number, failed: readonly RowResult[]): Error {
  return createError(
    'batch_partial_failure',
    { succeeded: count - failed.length, failed: failed.length },
    { details: { results: failed.map(describe) } },
  );
}

/** True for a failure that belongs to one row: bad data, a missing record, a lost race. */
export function isRowFailure(error: unknown): boolean {
  return isObjectOSError(error) && error.status < 500;
}

function* runRow(index: number, one: (index: number) => Steps<RowOutcome>): Steps<RowResult> {
  try {
    const outcome = yield* one(index);
    return { index, success: true, ...outcome };
  } catch (error) {
    if (!isRowFailure(error)) throw error;
    return { index, success: false, error };
  }
}

function describe({ index, error }: RowResult): Record<string, unknown> {
  if (!isObjectOSError(error)) return { index };
  const { code, message, hint, fieldErrors } = error;
  return { index, code, message, hint, fieldErrors };
}
