import {
  isInReach,
  JOB_STATES,
  linksOf,
  readBody,
  readQuery,
  shownWork,
  tenantReach,
  type Job,
  type JobsService,
  type PluginContext,
  type Principal,
  type Route,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { denied, holdsPermission } from './requests.js';
import { nameOf } from './starter.js';

/** The system permission that the routes ask for. */
export const MANAGE_JOBS = 'manage_jobs';

const filterSchema = z.strictObject({
  state: z.enum(JOB_STATES).optional(),
  queue: z.string().max(64).optional(),
  name: z.string().max(200).optional(),
  parentId: z.string().max(100).optional(),
  limit: z.coerce.number().int().min(1).max(500).optional(),
  before: z.string().max(100).optional(),
  /** Only work that the one who asks started. */
  mine: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .optional(),
});
const retrySchema = z.strictObject({ payload: z.unknown().optional() });
const cancelSchema = z.strictObject({ reason: z.string().max(1_000).optional() });

interface Asked {
  readonly request: Request;
  readonly principal: Principal;
  /** Whether they may manage all jobs, and not only their own work. */
  readonly isManager: boolean;
  readonly id: string;
}

/**
 * The HTTP API of jobs: everybody sees and cancels the work that they started; the rest is for those
 * with the system permission `manage_jobs`.
 */
export function jobRoutes(ctx: PluginContext, jobs: JobsService): Route[] {
  const route = (
    method: Route['method'],
    path: string,
    answer: (asked: Asked) => Promise<unknown>,
  ): Route[] =>
    ['/api/jobs', '/api/v1/jobs'].map((base) => ({
      method,
      path: `${base}${path}`,
      access: 'authenticated',
      async handler(request, { principal, params }) {
        const isManager = await holdsPermission(ctx, principal, MANAGE_JOBS);
        const data = await answer({ request, principal, isManager, id: params['id'] ?? '' });
        return Response.json({ success: true, data: data ?? null });
      },
    }));
  const shown = (job: Job, { isManager }: Asked) =>
    isManager ? { ...job, links: linksOf(job) } : shownWork(job);

  return [
    ...route('GET', '', async (asked) => {
      const { mine, ...filter } = readQuery(asked.request, filterSchema);
      const { principal, isManager } = asked;
      const own = mine === true || !isManager ? { startedBy: nameOf(principal) } : {};
      const listed = await jobs.list({ ...filter, ...tenantReach(principal), ...own });
      const found = isManager ? listed : listed.filter((job) => isStarter(job, principal));
      return { jobs: found.map((job) => shown(job, asked)), total: found.length };
    }),
    ...route('GET', '/stats', async (asked) => {
      requirePlatform(asked);
      return { queues: await jobs.statistics() };
    }),
    ...route('GET', '/:id', async (asked) => {
      const job = await requireSeen(jobs, asked);
      return { ...shown(job, asked), logs: await jobs.logs(job.id) };
    }),
    ...route('POST', '/:id/retry', async (asked) => {
      const { id } = await requireSeen(jobs, asked);
      return shown(await jobs.retry(id, await readBody(asked.request, retrySchema)), asked);
    }),
    ...route('POST', '/:id/cancel', async (asked) => {
      const { id } = await requireSeen(jobs, asked);
      const { reason } = await readBody(asked.request, cancelSchema);
      return shown(await jobs.cancel(id, reason), asked);
    }),
    ...route('POST', '/queues/:id/pause', async (asked) => {
      requirePlatform(asked);
      return jobs.pause(queueName(asked.id));
    }),
    ...route('POST', '/queues/:id/resume', async (asked) => {
      requirePlatform(asked);
      return jobs.resume(queueName(asked.id));
    }),
  ];
}

/** Queues are shared by all tenants. */
function requirePlatform({ isManager, principal }: Asked): void {
  if (!isManager) throw denied('jobs', `it needs the system permission "${MANAGE_JOBS}"`);
  if (principal.tenantId !== null)
    throw denied('jobs', 'queues belong to the platform, not to one organization');
}

/** A job of another tenant, and for most people one of somebody else, is one that does not exist. */
async function requireSeen(jobs: JobsService, { id, principal, isManager }: Asked): Promise<Job> {
  const job = await jobs.get(id);
  const isTheirs = job !== undefined && isInReach(principal, job.tenantId);
  if (isTheirs && (isManager || isStarter(job, principal))) return job;
  throw createError('job_not_found', { id: id.slice(0, 100) });
}

/** Whoever works in another organization now started it as somebody else, so to say. */
function isStarter({ startedBy, tenantId }: Job, principal: Principal): boolean {
  return startedBy === nameOf(principal) && tenantId === principal.tenantId;
}

function queueName(name: string): string {
  if (/^[\w.:-]{1,64}$/.test(name)) return name;
  throw createError('invalid_parameter', { parameter: 'queue', reason: 'it is no queue name' });
}
