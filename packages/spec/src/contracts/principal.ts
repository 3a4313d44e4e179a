/** Who acts. Every operation on data needs one; there is no default. */
export type Principal = UserPrincipal | SystemPrincipal;

/** A person or API client, as the authentication plugin established it. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: string;
  readonly tenantId: string | null;
  readonly roles: readonly string[];
  readonly displayName?: string | undefined;
  /** Changes whenever a grant of this principal changes; permission plans are cached by it. */
  readonly fingerprint: string;
}

/**
 * The system itself, under a name that the change log records (`seed`, `startup-token`, …). It
 * passes the access policy, so it is never a default: somebody wrote its name down.
 */
export interface SystemPrincipal {
  readonly kind: 'system';
  readonly id: string;
  readonly tenantId: string | null;
}
