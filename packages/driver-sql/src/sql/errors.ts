import { createError, type ObjectOSError } from '@objectos/spec/errors';

/** A fault of the database, or of the code that calls the driver. */
export function storageFailed(driver: string, operation: string, cause?: unknown): ObjectOSError {
  return createError('storage_failed', { driver, operation }, cause === undefined ? {} : { cause });
}

/** A value that the column cannot hold. */
export function unsupportedValue(table: string, column: string, reason: string): ObjectOSError {
  return createError('unsupported_value', { table, column, reason });
}
