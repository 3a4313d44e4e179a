import {
  accessPolicyService,
  type PluginContext,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';

/** The system permission for what concerns other people. */
export const MANAGE_NOTIFICATIONS = 'manage_notifications';

/** A request as a handler of this plugin sees it. */
export interface Asked {
  readonly request: Request;
  readonly context: RouteContext;
  readonly id: string;
}

/** What answers a request: data for the envelope. */
export type Answer = (asked: Asked) => Promise<unknown>;

/** Makes routes below `/api/notifications` and `/api/v1/notifications`. */
export function routesAt(method: Route['method'], path: string, answer: Answer): Route[] {
  return ['/api/notifications', '/api/v1/notifications'].map((base) => ({
    method,
    path: `${base}${path}`,
    access: 'authenticated',
    async handler(request, context) {
      const data = await answer({ request, context, id: context.params['id'] ?? '' });
      return Response.json({ success: true, data: data ?? null });
    },
  }));
}

/** The user who asks for their own things. @throws `permission_denied` for the system, which has none */
export function userOf({ context }: Asked): string {
  const { principal } = context;
  if (principal.kind === 'user') return principal.id;
  throw createError('permission_denied', {
    object: 'notifications',
    operation: 'read',
    reason: 'only a user has an inbox and preferences',
  });
}

/** Lets through who may look after the notifications of others. @throws `permission_denied` */
export async function requireManager(
  ctx: PluginContext,
  { context: { principal } }: Asked,
): Promise<void> {
  if (principal.kind === 'system') return;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  if (policy?.permits?.(principal, MANAGE_NOTIFICATIONS) === true) return;
  const reason = `it needs the system permission "${MANAGE_NOTIFICATIONS}"`;
  throw createError('permission_denied', { object: 'notifications', operation: 'manage', reason });
}

/** A flag in a query. */
export const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
