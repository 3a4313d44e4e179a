import {
  accessPolicyService,
  type AuditService,
  type PluginContext,
  readBody,
  readQuery,
  tenantReach,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';

/** The system permission that reading the log of a whole tenant asks for. */
export const VIEW_AUDIT = 'view_audit';

const moment = z.iso.datetime({ offset: true });
const filterSchema = z.strictObject({
  actor: z.string().max(200).optional(),
  kind: z.string().max(100).optional(),
  object: z.string().max(64).optional(),
  recordId: z.string().max(64).optional(),
  from: moment.optional(),
  to: moment.optional(),
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
});
const historySchema = z.strictObject({ asOf: moment.optional() });
const restoreSchema = z.strictObject({ revision: z.number().int().min(1) });

/** The HTTP API of the audit log. A record's own history follows the permission on the record. */
export function auditRoutes(ctx: PluginContext, audit: AuditService): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    answer: (request: Request, route: RouteContext) => Promise<object>,
  ): Route[] =>
    ['/api/audit', '/api/v1/audit'].map((base) => ({
      method,
      path: `${base}${path}`,
      access: 'authenticated',
      handler: async (request, context) =>
        Response.json({ success: true, data: await answer(request, context) }),
    }));

  return [
    ...route('GET', '/events', async (request, context) => {
      const filter = readQuery(request, filterSchema);
      await requireViewer(ctx, context);
      await audit.settled();
      const events = await audit.list({ ...filter, ...tenantReach(context.principal) });
      return { events, total: events.length };
    }),
    ...route('GET', '/verify', async (_request, context) => {
      await requireViewer(ctx, context);
      const { tenantId } = tenantReach(context.principal);
      return { chains: await audit.verify(tenantId) };
    }),
    ...route('GET', '/records/:object/:id', async (request, context) => {
      const { object = '', id = '' } = context.params;
      const { asOf } = readQuery(request, historySchema);
      if (asOf === undefined) return { entries: await audit.history(object, id, context) };
      const record = await audit.asOf(object, id, new Date(asOf).toISOString(), context);
      if (record === undefined) throw createError('record_not_found', { object, id });
      return { record };
    }),
    ...route('POST', '/records/:object/:id/restore', async (request, context) => {
      const { object = '', id = '' } = context.params;
      const { revision } = await readBody(request, restoreSchema);
      return { record: await audit.restoreRevision(object, id, revision, context) };
    }),
  ];
}

async function requireViewer(ctx: PluginContext, { principal }: RouteContext): Promise<void> {
  if (principal.kind === 'system') return;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  if (policy?.permits?.(principal, VIEW_AUDIT) === true) return;
  const reason = `it needs the system permission "${VIEW_AUDIT}"`;
  throw createError('permission_denied', { object: 'audit', operation: 'read', reason });
}
