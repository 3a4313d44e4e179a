import type { AccessOperation, ExecutionContext, OnceRequest } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { EngineParts } from './parts.js';
import { withDecisionId } from './refusals.js';

/** What a principal could do with one object, and see of it, when a result was stored. */
export interface RememberedAccess {
  readonly object: string;
  readonly operations: readonly AccessOperation[];
  /** Columns; `null` when none could be read. */
  readonly visible: readonly string[] | null;
}

type Parts = Pick<EngineParts, 'gate' | 'snapshot' | 'options'>;

/** Writes down what the principal may now, to be held against what they may later. */
export function rememberAccess(
  { gate, snapshot }: Parts,
  { access = [] }: OnceRequest,
  ctx: ExecutionContext,
): RememberedAccess[] {
  const known = snapshot();
  return access.map(({ object, operations }) => ({
    object,
    // An upsert needs only one of its two.
    operations: operations.filter(
      (operation) => gate.admitQuietly(known, object, operation, ctx) !== undefined,
    ),
    visible: gate.admitQuietly(known, object, 'read', ctx)?.visible ?? null,
  }));
}

/**
 * Lets a stored result be told again only to who may still do what it did, and see what it shows.
 *
 * @throws `permission_denied`, `idempotency_answer_withheld`, `access_unavailable`
 */
export async function requireRememberedAccess(
  parts: Parts,
  { key }: OnceRequest,
  remembered: readonly RememberedAccess[],
  ctx: ExecutionContext,
): Promise<void> {
  await parts.gate.prepare(ctx);
  for (const { object, operations, visible } of remembered) {
    for (const operation of operations) admit(parts, object, operation, ctx);
    if (visible === null) continue;
    const now = new Set(admit(parts, object, 'read', ctx).visible);
    if (!visible.every((column) => now.has(column))) {
      throw createError('idempotency_answer_withheld', { key, object });
    }
  }
}

function admit(
  { gate, snapshot, options }: Parts,
  object: string,
  operation: AccessOperation,
  ctx: ExecutionContext,
) {
  try {
    return gate.admit(snapshot(), object, operation, ctx);
  } catch (failure) {
    throw withDecisionId(options, ctx, { object, operation }, failure);
  }
}
