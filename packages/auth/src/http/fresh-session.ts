import type { DataEngine, RouteContext } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { lookUpContext } from '../principal/load.js';

/** Endpoints where a password proves that it is still the person; who has none signs in for it. */
const PROVEN: ReadonlySet<string> = new Set([
  '/two-factor/enable',
  '/two-factor/disable',
  '/two-factor/get-totp-uri',
  '/two-factor/generate-backup-codes',
]);

/** How long after sign-in somebody without a password counts as proven. */
const FRESH_MS = 10 * 60_000;

/**
 * People of a directory or an identity provider have no password here. They prove themselves by
 * having just signed in there, and nobody does it for them. What the body says does not matter: with
 * a password of one's own better-auth asks for it.
 *
 * @throws `session_not_fresh`
 */
export async function checkFreshSession(
  engine: DataEngine,
  path: string,
  { principal }: RouteContext,
): Promise<void> {
  if (!PROVEN.has(path) || principal.kind !== 'user') return;
  if (await hasPassword(engine, principal.id)) return;
  const minutes = FRESH_MS / 60_000;
  const { sessionId, impersonatedBy } = principal;
  if (sessionId === undefined || impersonatedBy !== undefined) {
    throw createError('session_not_fresh', { minutes });
  }
  const where = { op: 'eq', field: 'id', value: sessionId } as const;
  const query = { where, fields: ['created_at'], limit: 1 };
  const [session] = (await engine.find('session', query, lookUpContext())).records;
  const begun = Date.parse(String(session?.['created_at']));
  // A session that is gone has no age, and no number is smaller than that.
  if (!(Date.now() - begun < FRESH_MS)) throw createError('session_not_fresh', { minutes });
}

async function hasPassword(engine: DataEngine, user: string): Promise<boolean> {
  const args = [
    { op: 'eq', field: 'user_id', value: user },
    { op: 'eq', field: 'provider_id', value: 'credential' },
    { op: 'isNull', field: 'password', value: false },
  ] as const;
  return (await engine.count('user_account', { where: { op: 'and', args } }, lookUpContext())) > 0;
}
