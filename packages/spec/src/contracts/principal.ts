import type { AccessOperation } from './access.js';

/** Who acts. Every operation on data needs one; there is no default. */
export type Principal = UserPrincipal | SystemPrincipal;

/** A person or API client, as the authentication plugin established it. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: string;
  readonly tenantId: string | null;
  readonly roles: readonly string[];
  readonly displayName?: string | undefined;
  /** The session that the request belongs to; absent for API keys. */
  readonly sessionId?: string | undefined;
  /** The API key that stands for the user. */
  readonly apiKeyId?: string | undefined;
  /** The administrator who acts as this user at the moment. */
  readonly impersonatedBy?: string | undefined;
  /** Narrows what the user may do, whatever the access policy grants. */
  readonly restriction?: PrincipalRestriction | undefined;
  /** Changes whenever a grant of this principal changes; permission plans are cached by it. */
  readonly fingerprint: string;
}

/** What an API key may do of what its owner may: absent parts do not narrow. */
export interface PrincipalRestriction {
  readonly operations?: ReadonlySet<AccessOperation> | undefined;
  /** Names of objects. */
  readonly objects?: ReadonlySet<string> | undefined;
  /** System permissions. Absent: all in a key that nothing narrows, none in one that is narrowed. */
  readonly systemPermissions?: ReadonlySet<string> | undefined;
}

/**
 * False for a system permission that a principal was narrowed away from, whoever grants it. A key
 * for some objects or operations was never meant to manage users or to read the audit log.
 *
 * @example policy.permits(principal, 'view_audit') // asks this first
 */
export function mayHoldSystemPermission(principal: Principal, permission: string): boolean {
  if (principal.kind === 'system') return true;
  const { objects, operations, systemPermissions } = principal.restriction ?? {};
  if (systemPermissions !== undefined) return systemPermissions.has(permission);
  return objects === undefined && operations === undefined;
}

/**
 * The system itself, under a name that the change log records (`seed`, `startup-token`, …). It
 * passes the access policy, so it is never a default: somebody wrote its name down.
 */
export interface SystemPrincipal {
  readonly kind: 'system';
  readonly id: string;
  /**
   * `null` means all organizations. Where each has a schema of its own, nobody can: records of
   * organizations are then refused with `tenant_required`.
   */
  readonly tenantId: string | null;
  /** With `tenantId: null`: only records that belong to no organization. */
  readonly installation?: true | undefined;
}
