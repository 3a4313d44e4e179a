import type {
  DataEngine,
  RecordData,
  Route,
  RouteContext,
  UserPrincipal,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { lookUpContext } from '../principal/load.js';
import type { ClientSession } from './answer.js';
import { readJson } from './body.js';

const MAX_SESSIONS = 500;

/** A session as its owner sees it: never its token. */
export interface ShownSession extends ClientSession {
  readonly createdAt: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly impersonatedBy: string | null;
  readonly current: boolean;
}

type Handler = Route['handler'];

/** Lists and ends sessions. By id: no answer tells a token, and no request needs one. */
export function sessionEndpoints(engine: DataEngine): Readonly<Record<string, Handler>> {
  return {
    'GET /list-sessions': async (_request, ctx) => {
      const user = signedIn(ctx);
      return Response.json((await sessionsOf(engine, user.id)).map((one) => shown(one, user)));
    },
    'POST /revoke-session': async (request, ctx) => {
      const user = signedIn(ctx);
      const { id } = await readJson(request);
      const sessions = await sessionsOf(engine, user.id);
      if (sessions.some((one) => one['id'] === id)) await end(engine, ctx, String(id));
      return Response.json({ status: true });
    },
    'POST /revoke-other-sessions': async (_request, ctx) => {
      const user = signedIn(ctx);
      for (const one of await sessionsOf(engine, user.id)) {
        if (one['id'] !== user.sessionId) await end(engine, ctx, one['id'] as string);
      }
      return Response.json({ status: true });
    },
    'POST /revoke-sessions': async (_request, ctx) => {
      const user = signedIn(ctx);
      for (const one of await sessionsOf(engine, user.id))
        await end(engine, ctx, one['id'] as string);
      return Response.json({ status: true });
    },
    'GET /admin/list-user-sessions': async (request, ctx) => {
      const admin = administrator(ctx);
      const userId = new URL(request.url).searchParams.get('userId') ?? '';
      return Response.json((await sessionsOf(engine, userId)).map((one) => shown(one, admin)));
    },
    'POST /admin/revoke-user-session': async (request, ctx) => {
      administrator(ctx);
      await end(engine, ctx, String((await readJson(request))['id']));
      return Response.json({ status: true });
    },
  };
}

/** The user behind a request, with a session of their own. @throws `unauthenticated` */
export function signedIn({ principal }: RouteContext): UserPrincipal {
  if (principal.kind === 'user' && principal.sessionId !== undefined) return principal;
  throw createError('unauthenticated', {
    reason: 'This needs a session; an API key is not enough.',
  });
}

/** The administrator behind a request. @throws `auth_forbidden` */
export function administrator(ctx: RouteContext): UserPrincipal {
  const user = signedIn(ctx);
  if (user.roles.includes('admin')) return user;
  throw createError('auth_forbidden', { reason: 'only administrators may do it.' });
}

/** A session for the client that just signed in. */
export async function clientSession(engine: DataEngine, id: string): Promise<ClientSession> {
  return toClient(await engine.get('session', id, lookUpContext()));
}

async function sessionsOf(engine: DataEngine, userId: string): Promise<RecordData[]> {
  const args = [
    { op: 'eq', field: 'user_id', value: userId },
    { op: 'gt', field: 'expires_at', value: new Date().toISOString() },
  ] as const;
  const orderBy = [{ field: 'created_at', direction: 'desc' }] as const;
  const query = { where: { op: 'and', args }, orderBy, limit: MAX_SESSIONS } as const;
  return (await engine.find('session', query, lookUpContext())).records;
}

async function end(
  engine: DataEngine,
  { requestId, origin }: RouteContext,
  id: string,
): Promise<void> {
  const ctx = { ...lookUpContext(), requestId, origin };
  await engine.delete('session', id, ctx).catch((error: unknown) => {
    if (!isObjectOSError(error, 'record_not_found')) throw error;
  });
}

function toClient(record: RecordData): ClientSession {
  return {
    id: record['id'] as string,
    userId: record['user_id'] as string,
    expiresAt: record['expires_at'] as string,
  };
}

function shown(record: RecordData, user: UserPrincipal): ShownSession {
  return {
    ...toClient(record),
    createdAt: record['created_at'] as string,
    ipAddress: record['ip_address'] as string | null,
    userAgent: record['user_agent'] as string | null,
    impersonatedBy: record['impersonated_by'] as string | null,
    current: record['id'] === user.sessionId,
  };
}
