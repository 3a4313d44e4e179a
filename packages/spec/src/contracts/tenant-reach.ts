import type { Principal } from './principal.js';

/**
 * Whose work, failures and log entries somebody may look at: those of the organization where they
 * work, or of none. Somebody of the platform elevates into an organization to see more, which its
 * log tells. Only the system itself, of no organization, reaches all: then there is no `tenantId`.
 *
 * @example jobs.list({ ...filter, ...tenantReach(principal) })
 */
export function tenantReach(principal: Pick<Principal, 'kind' | 'tenantId'>): {
  readonly tenantId?: string | null;
} {
  const isAll = principal.kind === 'system' && principal.tenantId === null;
  return isAll ? {} : { tenantId: principal.tenantId };
}

/** Whether something of an organization, or of none, is within {@link tenantReach}. */
export function isInReach(
  principal: Pick<Principal, 'kind' | 'tenantId'>,
  tenantId: string | null,
): boolean {
  const reach = tenantReach(principal);
  return reach.tenantId === undefined || reach.tenantId === tenantId;
}
