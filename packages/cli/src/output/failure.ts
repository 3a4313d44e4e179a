import type { MetadataProblem } from '@objectql/core';
import { formatProblems } from '@objectql/core';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { Io } from './io.js';

/** Writes why a command failed: every problem, the fix, and the stack only when asked for. */
export function writeFailure(
  io: Io,
  error: unknown,
  options: { json: boolean; verbose: boolean },
): void {
  const known = rootOf(error);
  if (known === undefined) {
    io.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return;
  }
  const problems = known.details['problems'] as readonly MetadataProblem[] | undefined;
  if (options.json) {
    const { code, message, hint } = known;
    io.stderr.write(`${JSON.stringify({ event: 'failed', code, message, hint, problems })}\n`);
    return;
  }
  const isMetadata = known.code === 'metadata_invalid' && problems !== undefined;
  io.stderr.write(
    `${isMetadata ? `${formatProblems(problems)}\n` : ''}${known.message}\n  ${known.hint}\n`,
  );
  if (options.verbose) io.stderr.write(`${known.stack ?? ''}\n`);
}

/** A failed boot wraps what a plugin threw; people want the inner one when it is the only one. */
function rootOf(error: unknown): ObjectOSError | undefined {
  if (!isObjectOSError(error)) return undefined;
  const inner = rootOf(error.cause);
  return error.code === 'kernel_boot_failed' || error.code === 'plugin_failed'
    ? (inner ?? error)
    : error;
}
