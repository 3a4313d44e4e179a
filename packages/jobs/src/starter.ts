import type {
  AccessOperation,
  AccessPolicy,
  ExecutionContext,
  Principal,
  PrincipalDirectory,
  UserPrincipal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** What is kept of who starts work, so that they can be found anew when it runs. */
export interface Starter {
  readonly kind: Principal['kind'];
  readonly id: string;
  readonly tenantId: string | null;
  /** What an API key narrows stays narrow. */
  readonly restriction?:
    | {
        readonly operations?: readonly AccessOperation[] | undefined;
        readonly objects?: readonly string[] | undefined;
      }
    | undefined;
  readonly apiKeyId?: string | undefined;
  readonly impersonatedBy?: string | undefined;
  readonly locale?: string | undefined;
  readonly timezone?: string | undefined;
}

/** What finds people, read when it is needed. */
export interface People {
  readonly directory: () => PrincipalDirectory | undefined;
  readonly policy: () => AccessPolicy | undefined;
}

/** How whoever starts something is called: a user's id, or `system:<name>`. */
export function nameOf(principal: Pick<Principal, 'kind' | 'id'>): string {
  return principal.kind === 'system' ? `system:${principal.id}` : principal.id;
}

/** What is to be kept of a context. */
export function starterOf({ principal, locale, timezone }: ExecutionContext): Starter {
  const { kind, id, tenantId } = principal;
  const where = { locale, timezone };
  if (kind === 'system') return { kind, id, tenantId, ...where };
  const { restriction, apiKeyId, impersonatedBy } = principal;
  return {
    kind,
    id,
    tenantId,
    apiKeyId,
    impersonatedBy,
    ...where,
    ...(restriction === undefined
      ? {}
      : {
          restriction: {
            ...(restriction.operations === undefined
              ? {}
              : { operations: [...restriction.operations] }),
            ...(restriction.objects === undefined ? {} : { objects: [...restriction.objects] }),
          },
        }),
  };
}

/**
 * The principal of a starter as they are now: who is gone, disabled or out of the organization acts
 * no more, and grants that were taken away are gone.
 *
 * @throws `job_starter_unknown`
 */
export async function findAgain(
  job: string,
  starter: Starter,
  { directory, policy }: People,
): Promise<Principal> {
  const { kind, id, tenantId, restriction, apiKeyId, impersonatedBy } = starter;
  if (kind === 'system') return { kind, id, tenantId };
  const found = await directory()?.find(id, tenantId);
  if (found === undefined || found.tenantId !== tenantId) {
    const reason =
      found === undefined
        ? `there is no user "${id}" who may sign in`
        : 'they are no member of the organization';
    throw createError('job_starter_unknown', { job, reason });
  }
  const principal: UserPrincipal = {
    ...found,
    apiKeyId,
    impersonatedBy,
    ...(restriction === undefined
      ? {}
      : {
          restriction: {
            ...(restriction.operations === undefined
              ? {}
              : { operations: new Set(restriction.operations) }),
            ...(restriction.objects === undefined ? {} : { objects: new Set(restriction.objects) }),
          },
        }),
  };
  await policy()?.prepare?.(principal);
  return principal;
}
