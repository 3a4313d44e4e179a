import type { JobFailure } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';

const MAX_TEXT = 4_000;

/** A failure as it is kept and shown. */
export function toFailure(error: unknown, now: number): JobFailure {
  const at = new Date(now).toISOString();
  if (!(error instanceof Error)) {
    return { code: 'error', message: String(error).slice(0, MAX_TEXT), at };
  }
  return {
    code: isObjectOSError(error) ? error.code : error.name,
    message: error.message.slice(0, MAX_TEXT),
    ...(error.stack === undefined ? {} : { stack: error.stack.slice(0, MAX_TEXT) }),
    at,
  };
}
