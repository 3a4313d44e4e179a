import type { AccessOperation, AccessRefusal, ExecutionContext } from '@objectos/spec/contracts';
import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import type { EngineOptions } from './options.js';

/** What an operation is about, for the record of a refusal. */
export interface Attempt {
  readonly object: string;
  readonly operation: AccessOperation;
  readonly id?: string | undefined;
}

/**
 * Gives a refusal the id under which an administrator finds its explanation. A record that is hidden
 * and one that does not exist are told alike, so both get one.
 */
export function withDecisionId(
  options: Pick<EngineOptions, 'access'>,
  ctx: ExecutionContext,
  attempt: Attempt,
  failure: unknown,
): unknown {
  if (!isRefusal(failure) || ctx.principal.kind !== 'user' || 'decisionId' in failure.details) {
    return failure;
  }
  const { principal, requestId } = ctx;
  const refusal = { principal, ...attempt, ...subjectOf(failure), requestId };
  const decisionId = tell(options, { ...refusal, reason: failure.message });
  if (decisionId === undefined) return failure;
  // The code decides which parameters there are; they are handed on as they came.
  return createError(failure.code, failure.params as never, {
    cause: failure.cause,
    fieldErrors: failure.fieldErrors,
    details: { ...failure.details, decisionId },
  });
}

/** Keeping the record of a refusal is a service; its failure must not become another answer. */
function tell(options: Pick<EngineOptions, 'access'>, refusal: AccessRefusal): string | undefined {
  try {
    return options.access?.()?.refused?.(refusal);
  } catch {
    return undefined;
  }
}

function isRefusal(failure: unknown): failure is ObjectOSError {
  return (
    isObjectOSError(failure, 'permission_denied') ||
    isObjectOSError(failure, 'record_not_found') ||
    isObjectOSError(failure, 'record_not_accessible') ||
    isObjectOSError(failure, 'row_check_failed')
  );
}

/** The error itself knows best: a nested operation may have been refused. */
function subjectOf({ params }: ObjectOSError): { object?: string; id?: string } {
  const { object, id } = params;
  return {
    ...(typeof object === 'string' ? { object } : {}),
    ...(typeof id === 'string' ? { id } : {}),
  };
}
