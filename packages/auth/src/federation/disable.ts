import type { DataEngine, ExecutionContext, RecordData } from '@objectos/spec/contracts';

/** What a user's record says while a provider does not know them any more. */
export function goneReason(provider: string): string {
  return `not active in "${provider}"`;
}

/** What lets a user in again whom this provider, and nobody else, had disabled. */
export function liftedBan(user: RecordData, provider: string): RecordData {
  const isOurs = user['banned'] === true && user['ban_reason'] === goneReason(provider);
  return isOurs ? { banned: false, ban_reason: null } : {};
}

/** Disables a user and ends their sessions. False when they were disabled already. */
export async function disable(
  engine: DataEngine,
  { userId, provider }: { readonly userId: string; readonly provider: string },
  ctx: ExecutionContext,
): Promise<boolean> {
  const user = await engine.get('user', userId, ctx);
  if (user['banned'] === true) return false;
  const change = { banned: true, ban_reason: goneReason(provider), ban_expires: null };
  await engine.update('user', userId, change, ctx);
  const where = { op: 'eq', field: 'user_id', value: userId } as const;
  const { records } = await engine.find('session', { where, fields: ['id'], limit: 500 }, ctx);
  const ids = records.map((session) => String(session['id']));
  if (ids.length > 0) await engine.deleteMany('session', ids, ctx, { atomic: false });
  return true;
}
