import type { RowResult } from '@objectos/spec/contracts';
import { toCatalogueError } from '../http/catalogue-error.js';
import type { ServerParts } from '../nest/tokens.js';
import type { BatchOptions } from './bulk-body.js';

/** What became of each record of a bulk request, in the shape of the published clients. */
export function batchSummary(
  parts: ServerParts,
  { operation, options }: { readonly operation: string; readonly options: BatchOptions },
  rows: readonly RowResult[],
) {
  const succeeded = rows.filter((row) => row.success).length;
  return {
    success: succeeded === rows.length,
    operation,
    total: rows.length,
    succeeded,
    failed: rows.length - succeeded,
    results: rows.map((row) => ({
      id: row.id,
      success: row.success,
      index: row.index,
      ...(row.created === undefined ? {} : { created: row.created }),
      ...(row.success ? {} : { errors: [problem(parts, row.error)] }),
      ...(options.returnRecords && row.record !== undefined ? { data: row.record } : {}),
    })),
  };
}

/** One failure, as a client sees it; a fault of the server is logged. */
export function problem({ config, logger }: ServerParts, failure: unknown) {
  const error = toCatalogueError(failure, config.limits);
  if (error.status >= 500) {
    logger.error({ code: error.code, error: failure }, 'an item of a batch failed');
  }
  const { code, message, hint, fieldErrors } = error;
  return { code, message, hint, fieldErrors };
}
