import { createError } from '@objectos/spec/errors';
import { setSessionCookie } from 'better-auth/cookies';

type Context = Parameters<typeof setSessionCookie>[0];

/** Opens a session for a user, sets its cookie, and gives what a sign-in answers. */
export async function openSession(ctx: Context, userId: string, dontRemember: boolean) {
  const { internalAdapter } = ctx.context;
  const session = await internalAdapter.createSession(userId, dontRemember);
  const user = await internalAdapter.findUserById(userId);
  if (user === null) throw createError('auth_not_found', { reason: 'The user is gone.' });
  await setSessionCookie(ctx, { session, user }, dontRemember);
  return { session, user };
}
