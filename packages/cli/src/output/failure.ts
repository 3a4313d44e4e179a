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
  const { message, hint } = told(known);
  if (options.json) {
    const { code } = known;
    io.stderr.write(`${JSON.stringify({ event: 'failed', code, message, hint, problems })}\n`);
    return;
  }
  const isMetadata = known.code === 'metadata_invalid' && problems !== undefined;
  io.stderr.write(`${isMetadata ? `${formatProblems(problems)}\n` : ''}${message}\n  ${hint}\n`);
  if (options.verbose) io.stderr.write(`${known.stack ?? ''}\n`);
}

/** Of rows that failed together, what is wrong with the first: nobody can look at the others here. */
function told({ code, message, hint, details }: ObjectOSError): { message: string; hint: string } {
  const results = details['results'];
  if (code !== 'batch_partial_failure' || !Array.isArray(results)) return { message, hint };
  const first = results[0] as { index?: number; message?: string; hint?: string } | undefined;
  if (first?.message === undefined) return { message, hint };
  const which = `Number ${(first.index ?? 0) + 1}: ${first.message}`;
  return { message: `${message} ${which}`, hint: first.hint ?? hint };
}

/** A failed boot wraps what a plugin threw; people want the inner one when it is the only one. */
function rootOf(error: unknown): ObjectOSError | undefined {
  if (!isObjectOSError(error)) return undefined;
  const inner = rootOf(error.cause);
  return error.code === 'kernel_boot_failed' || error.code === 'plugin_failed'
    ? (inner ?? error)
    : error;
}
