import {
  acceptedHeaders,
  prefersAsync,
  readBody,
  readQuery,
  shownWork,
  tenantReach,
  type FailureInbox,
  type FailureScope,
  type JobsService,
  type PluginContext,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { z } from 'zod';
import { requirePermission } from '../requests.js';
import { MANAGE_FAILURES, replayFailures } from './replay-job.js';

const filterSchema = z.strictObject({
  source: z.string().max(64).optional(),
  muted: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});
const replayAllSchema = z.strictObject({ source: z.string().max(64).optional() });
const replaySchema = z.strictObject({ payload: z.unknown().optional() });
const muteSchema = z.strictObject({
  /** Default: a week from now. */
  until: z.iso.datetime({ offset: true }).optional(),
});
const WEEK = 7 * 86_400_000;

type Answer = (asked: {
  readonly request: Request;
  readonly context: RouteContext;
  readonly params: RouteContext['params'];
  readonly scope: FailureScope;
}) => Promise<unknown>;

/** The failure inbox over HTTP, for those with the system permission `manage_failures`. */
export function failureRoutes(
  ctx: PluginContext,
  { inbox, jobs }: { readonly inbox: FailureInbox; readonly jobs: JobsService },
): Route[] {
  const route = (method: Route['method'], path: string, answer: Answer): Route[] =>
    ['/api/failures', '/api/v1/failures'].map((base) => ({
      method,
      path: `${base}${path}`,
      access: 'authenticated',
      async handler(request, context) {
        await requirePermission(ctx, context, { object: 'failures', permission: MANAGE_FAILURES });
        const scope = tenantReach(context.principal);
        const data = await answer({ request, context, params: context.params, scope });
        if (data instanceof Response) return data;
        return Response.json({ success: true, data: data ?? null });
      },
    }));
  /** Many failures take long: the answer is where to look how far it is. */
  async function later(
    payload: z.output<typeof replayFailures.schema>,
    context: RouteContext,
  ): Promise<Response> {
    const { id } = await jobs.enqueue(replayFailures, payload, context);
    const job = await jobs.get(id);
    const data = job === undefined ? null : shownWork(job);
    return Response.json({ success: true, data }, { status: 202, headers: acceptedHeaders(id) });
  }
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
    ...route('POST', '/replay', async ({ request, context, scope }) => {
      const { source } = await readBody(request, replayAllSchema);
      if (prefersAsync(request.headers.get('prefer'))) return later({ source }, context);
      return inbox.replayAll({ ...scope, source });
    }),
    ...route('POST', '/groups/:fingerprint/replay', ({ request, context, params, scope }) => {
      const fingerprint = params['fingerprint'] ?? '';
      if (prefersAsync(request.headers.get('prefer'))) return later({ fingerprint }, context);
      return inbox.replayGroup(fingerprint, scope);
    }),
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
