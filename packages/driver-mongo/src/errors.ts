import { createError, type ObjectOSError } from '@objectos/spec/errors';

/** Name of the driver in errors. */
export const DRIVER = 'mongo';

/** A fault of the database, or of the code that calls the driver. */
export function storageFailed(operation: string, cause?: unknown): ObjectOSError {
  return createError(
    'storage_failed',
    { driver: DRIVER, operation },
    cause === undefined ? {} : { cause },
  );
}

/** The database cannot be reached, or cannot be used. */
export function unavailable(reason: string, cause?: unknown): ObjectOSError {
  return createError(
    'driver_unavailable',
    { driver: DRIVER, reason },
    cause === undefined ? {} : { cause },
  );
}
