import type { DataEngine } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { createHash } from 'node:crypto';
import { lookUpContext } from '../principal/load.js';
import type { RequestScope } from './request-scope.js';

/** A code is accepted for its half minute and the ones beside it. */
const LIFETIME_MS = 120_000;

/**
 * Notes that a user used a code, and ends the session that a used one opened. The record's id is made from both, so of several that use the same
 * code, on whichever node, one succeeds.
 *
 * @throws `second_factor_refused` when it was used before
 */
export async function useCode(
  engine: DataEngine,
  { context, signedIn }: RequestScope,
  code: string,
): Promise<void> {
  const userId = signedIn?.userId ?? context.principal.id;
  const id = createHash('sha256').update(`totp ${userId} ${code}`).digest('base64url');
  const record = {
    id,
    identifier: `used-code ${id}`,
    value: 'used',
    expires_at: new Date(Date.now() + LIFETIME_MS).toISOString(),
  };
  try {
    await engine.insert('user_verification', record, lookUpContext(), { acceptId: true });
  } catch (error) {
    // The first use keeps its session; this one must not have one.
    if (signedIn !== undefined) await engine.delete('session', signedIn.sessionId, lookUpContext());
    if (!isObjectOSError(error, 'duplicate_value')) throw error;
    throw createError('second_factor_refused', { reason: 'this code was used before.' });
  }
}
