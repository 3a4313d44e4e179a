import {
  JOB_STATES,
  type JobsService,
  type PluginContext,
  readBody,
  readQuery,
  type Route,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { denied, requirePermission } from './requests.js';

/** The system permission that the routes ask for. */
export const MANAGE_JOBS = 'manage_jobs';

const filterSchema = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  queue: z.string().max(64).optional(),
  name: z.string().max(200).optional(),
  parentId: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  before: z.string().max(100).optional(),
});
const retrySchema = z.strictObject({ payload: z.unknown().optional() });
const cancelSchema = z.strictObject({ reason: z.string().max(1_000).optional() });

/** The HTTP API of jobs, for those with the system permission `manage_jobs`. */
export function jobRoutes(ctx: PluginContext, jobs: JobsService): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    answer: (asked: { request: Request; route: RouteContext; id: string }) => Promise<unknown>,
  ): Route[] =>
    ['/api/jobs', '/api/v1/jobs'].map((base) => ({
      method,
      path: `${base}${path}`,
      access: 'authenticated',
      async handler(request, context) {
        await requirePermission(ctx, context, { object: 'jobs', permission: MANAGE_JOBS });
        const id = context.params['id'] ?? '';
        const data = await answer({ request, route: context, id });
        return Response.json({ success: true, data: data ?? null });
      },
    }));

  return [
    ...route('GET', '', async ({ request, route: { principal } }) => {
      const filter = readQuery(request, filterSchema);
      // Only the platform sees jobs of all tenants.
      const tenant = principal.tenantId === null ? {} : { tenantId: principal.tenantId };
      const found = await jobs.list({ ...filter, ...tenant });
      return { jobs: found, total: found.length };
    }),
    ...route('GET', '/stats', async ({ route: { principal } }) => {
      requirePlatform(principal.tenantId);
      return { queues: await jobs.statistics() };
    }),
    ...route('GET', '/:id', async ({ id, route: { principal } }) => {
      const job = await requireOwn(jobs, id, principal.tenantId);
      return { ...job, logs: await jobs.logs(id) };
    }),
    ...route('POST', '/:id/retry', async ({ request, id, route: { principal } }) => {
      await requireOwn(jobs, id, principal.tenantId);
      return jobs.retry(id, await readBody(request, retrySchema));
    }),
    ...route('POST', '/:id/cancel', async ({ request, id, route: { principal } }) => {
      await requireOwn(jobs, id, principal.tenantId);
      return jobs.cancel(id, (await readBody(request, cancelSchema)).reason);
    }),
    ...route('POST', '/queues/:id/pause', async ({ id, route: { principal } }) => {
      requirePlatform(principal.tenantId);
      return jobs.pause(queueName(id));
    }),
    ...route('POST', '/queues/:id/resume', async ({ id, route: { principal } }) => {
      requirePlatform(principal.tenantId);
      return jobs.resume(queueName(id));
    }),
  ];
}

/** Queues are shared by all tenants. */
function requirePlatform(tenantId: string | null): void {
  if (tenantId !== null)
    throw denied('jobs', 'queues belong to the platform, not to one organization');
}

/** A job of another tenant is one that does not exist. */
async function requireOwn(jobs: JobsService, id: string, tenantId: string | null) {
  const job = await jobs.get(id);
  if (job !== undefined && (tenantId === null || job.tenantId === tenantId)) return job;
  throw createError('job_not_found', { id: id.slice(0, 100) });
}

function queueName(name: string): string {
  if (/^[\w.:-]{1,64}$/.test(name)) return name;
  throw createError('invalid_parameter', { parameter: 'queue', reason: 'it is no queue name' });
}
