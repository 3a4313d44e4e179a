import {
  accessPolicyService,
  type PluginContext,
  type Principal,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** Lets through who has a system permission. @throws `permission_denied` */
export async function requirePermission(
  ctx: PluginContext,
  { principal }: RouteContext,
  { object, permission }: { readonly object: string; readonly permission: string },
): Promise<void> {
  if (await holdsPermission(ctx, principal, permission)) return;
  throw denied(object, `it needs the system permission "${permission}"`);
}

/** Whether somebody has a system permission. */
export async function holdsPermission(
  ctx: PluginContext,
  principal: Principal,
  permission: string,
): Promise<boolean> {
  if (principal.kind === 'system') return true;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  return policy?.permits?.(principal, permission) === true;
}

/** The refusal of something that one must be allowed to manage. */
export function denied(object: string, reason: string) {
  return createError('permission_denied', { object, operation: 'manage', reason });
}
