import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';

/** One problem of a boot or a change, as `details.problems` holds it. */
export interface KernelProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly plugin?: string | undefined;
  readonly phase?: string | undefined;
}

/** A short text of whatever was thrown. */
export function reasonOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  if (typeof error === 'object' && error !== null && 'message' in error)
    return String(error.message);
  return String(error);
}

/** The error that names the plugin and the phase it failed in; the original is its cause. */
export function phaseError(plugin: string, phase: string, cause: unknown): ObjectOSError {
  const named = isObjectOSError(cause) && cause.params['plugin'] === plugin;
  if (named && (cause.code === 'plugin_timeout' || cause.code === 'plugin_failed')) return cause;
  return createError('plugin_failed', { plugin, phase, reason: reasonOf(cause) }, { cause });
}

/** The public form of an error among others. */
export function toProblem(error: ObjectOSError): KernelProblem {
  const { plugin, phase } = error.params;
  return {
    code: error.code,
    message: error.message,
    hint: error.hint,
    plugin: typeof plugin === 'string' ? plugin : undefined,
    phase: typeof phase === 'string' ? phase : undefined,
  };
}

/** One error that reports all problems of a boot together. */
export function bootError(
  problems: readonly ObjectOSError[],
  rollback: readonly ObjectOSError[] = [],
): ObjectOSError {
  return createError(
    'kernel_boot_failed',
    { count: problems.length, problems: problems.map((problem) => problem.message) },
    {
      cause: problems.length === 1 ? problems[0] : new AggregateError(problems),
      details: { problems: problems.map(toProblem), rollback: rollback.map(toProblem) },
    },
  );
}

/** One error that reports all problems of a refused `add`, `reload` or `enable` together. */
export function changeRefused(
  plugin: string,
  action: string,
  problems: readonly ObjectOSError[],
): ObjectOSError {
  return createError(
    'plugin_change_refused',
    { plugin, action, problems: problems.map((problem) => problem.message) },
    {
      cause: problems.length === 1 ? problems[0] : new AggregateError(problems),
      details: { problems: problems.map(toProblem) },
    },
  );
}
