import {
  type FailureInbox,
  type FailureScope,
  type PluginContext,
  readBody,
  readQuery,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import { requirePermission } from '../requests.js';

/** The system permission that the routes ask for. */
export const MANAGE_FAILURES = 'manage_failures';

const filterSchema = z.strictObject({
  source: z.string().max(64).optional(),
  muted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});
const replaySchema = z.strictObject({ payload: z.unknown().optional() });
const muteSchema = z.strictObject({
  /** Default: a week from now. */
  until: z.iso.datetime({ offset: true }).optional(),
});
const WEEK = 7 * 86_400_000;

type Answer = (asked: {
  readonly request: Request;
  readonly params: RouteContext['params'];
  readonly scope: FailureScope;
}) => Promise<unknown>;

/** The failure inbox over HTTP, for those with the system permission `manage_failures`. */
export function failureRoutes(ctx: PluginContext, inbox: FailureInbox): Route[] {
  const route = (method: Route['method'], path: string, answer: Answer): Route[] =>
    ['/api/failures', '/api/v1/failures'].map((base) => ({
      method,
      path: `${base}${path}`,
      access: 'authenticated',
      async handler(request, context) {
        await requirePermission(ctx, context, { object: 'failures', permission: MANAGE_FAILURES });
        const { tenantId } = context.principal;
        // Only the platform sees failures of all tenants.
        const scope = tenantId === null ? {} : { tenantId };
        const data = await answer({ request, params: context.params, scope });
        return Response.json({ success: true, data: data ?? null });
      },
    }));
  return [
    ...route('GET', '', ({ request, scope }) => {
      const { source, muted } = readQuery(request, filterSchema);
      return inbox.groups({
        ...scope,
        ...(source === undefined ? {} : { source }),
        ...(muted === undefined ? {} : { muted }),
      });
    }),
    ...route('GET', '/groups/:fingerprint', async ({ params, scope }) => ({
      failures: await inbox.list(params['fingerprint'] ?? '', scope),
    })),
    ...route('POST', '/groups/:fingerprint/replay', ({ params, scope }) =>
      inbox.replayGroup(params['fingerprint'] ?? '', scope),
    ),
    ...route('POST', '/groups/:fingerprint/mute', async ({ request, params, scope }) => {
      const { until } = await readBody(request, muteSchema);
      const moment = until === undefined ? new Date(Date.now() + WEEK) : new Date(until);
      await inbox.mute(params['fingerprint'] ?? '', moment, scope);
      return { mutedUntil: moment.toISOString() };
    }),
    ...route('POST', '/groups/:fingerprint/unmute', ({ params, scope }) =>
      inbox.unmute(params['fingerprint'] ?? '', scope),
    ),
    ...route('GET', '/:source/:id', ({ params, scope }) =>
      inbox.get(params['source'] ?? '', params['id'] ?? '', scope),
    ),
    ...route('POST', '/:source/:id/replay', async ({ request, params, scope }) => {
      const options = { ...scope, ...(await readBody(request, replaySchema)) };
      return inbox.replay(params['source'] ?? '', params['id'] ?? '', options);
    }),
  ];
}
