import { isObjectOSError, type ErrorCode } from '@objectos/spec/errors';

/** Refusals that may be none when somebody else is done. */
const PASSING: ReadonlySet<ErrorCode> = new Set(['file_quarantined', 'job_lease_lost']);

/** True for an error that would come again however often the work were tried. */
export function isFinal(error: unknown): error is Error {
  return (
    isObjectOSError(error) && error.status < 500 && !error.retryable && !PASSING.has(error.code)
  );
}
