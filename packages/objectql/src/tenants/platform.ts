import {
  accessPolicyService,
  type PluginContext,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** What only people of the platform may do. */
export interface PlatformRight {
  /** What it is about, as the refusal names it. */
  readonly what: string;
  readonly operation: string;
  readonly permission: string;
  /** Why a session of an organization is refused. */
  readonly ofOrganization: string;
}

/**
 * A session of an organization is never enough, whatever its administrators granted each other.
 *
 * @throws `permission_denied`
 */
export async function requirePlatform(
  ctx: Pick<PluginContext, 'service'>,
  { principal }: Pick<RouteContext, 'principal'>,
  { what: object, operation, permission, ofOrganization }: PlatformRight,
): Promise<void> {
  const refusal = (reason: string) =>
    createError('permission_denied', { object, operation, reason });
  if (principal.tenantId !== null) throw refusal(ofOrganization);
  if (principal.kind === 'system') return;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  if (policy?.permits?.(principal, permission) === true) return;
  throw refusal(`it needs the system permission "${permission}"`);
}
