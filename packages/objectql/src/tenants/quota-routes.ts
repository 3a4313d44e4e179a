import {
  quotaSettingsSchema,
  type PluginContext,
  type QuotaName,
  type QuotaService,
  type QuotaSettings,
  type Route,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { requirePlatform } from './platform.js';

/** The system permission of those of the platform who see and set the quotas of organizations. */
export const MANAGE_QUOTAS = 'manage_quotas';
const ALL = {
  what: 'quotas',
  permission: MANAGE_QUOTAS,
  ofOrganization: 'an organization sees only its own',
};

/** The HTTP API of quotas: an organization sees its own, the platform sees and sets all. */
export function quotaRoutes(ctx: Pick<PluginContext, 'service'>, quotas: QuotaService): Route[] {
  /** What is not limited is counted for the platform only: it may take a while. */
  const answer = async (organization: string, measure = false) =>
    Response.json({
      success: true,
      data: { organization, quotas: await quotas.use(organization, { measure }) },
    });
  return ['/api/quotas', '/api/v1/quotas'].flatMap((base): Route[] => [
    {
      method: 'GET',
      path: base,
      access: 'authenticated',
      handler(_request, { principal }) {
        if (principal.tenantId !== null) return answer(principal.tenantId);
        const reason = 'this session works in no organization; name one in the path';
        throw refusal('read', reason);
      },
    },
    {
      method: 'GET',
      path: `${base}/:organization`,
      access: 'authenticated',
      async handler(_request, context) {
        const { organization = '' } = context.params;
        const isOwn = context.principal.tenantId === organization;
        if (!isOwn) await requirePlatform(ctx, context, { ...ALL, operation: 'read' });
        return answer(organization, !isOwn);
      },
    },
    {
      method: 'PUT',
      path: `${base}/:organization`,
      access: 'authenticated',
      async handler(request, context) {
        const { organization = '' } = context.params;
        await requirePlatform(ctx, context, { ...ALL, operation: 'update' });
        for (const [quota, limit] of Object.entries(await readLimits(request))) {
          await quotas.setLimit(organization, quota as QuotaName, limit, context);
        }
        return answer(organization, true);
      },
    },
  ]);
}

function refusal(operation: string, reason: string): Error {
  return createError('permission_denied', { object: 'quotas', operation, reason });
}

async function readLimits(request: Request): Promise<QuotaSettings> {
  let body: unknown;
  try {
    body = JSON.parse(await request.text());
  } catch (cause) {
    throw createError('body_invalid', { reason: 'it is not JSON' }, { cause });
  }
  const parsed = quotaSettingsSchema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const reason = `${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`.trim();
  throw createError('body_invalid', { reason }, { cause: parsed.error });
}
