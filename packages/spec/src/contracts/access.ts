import type { Filter } from './query.js';
import type { Principal } from './principal.js';
import { serviceRef } from './refs.js';

/** What one asks the access policy about. */
export type AccessOperation = 'read' | 'create' | 'update' | 'delete' | 'restore';

/**
 * The compiled answer for one (principal fingerprint, object, operation). The engine puts it into
 * the query plan; a field that is not readable behaves exactly like one that does not exist.
 */
export type AccessDecision =
  | { readonly allowed: false; readonly reason: string; readonly decisionId?: string }
  | {
      readonly allowed: true;
      /** Rows that may be touched; absent means all rows of the tenant. */
      readonly rows?: Filter | undefined;
      /** Readable fields; absent means all. */
      readonly readable?: ReadonlySet<string> | undefined;
      /** Writable fields; absent means all that are not read-only. */
      readonly writable?: ReadonlySet<string> | undefined;
    };

/** Decides who may do what. The permissions plugin provides it; without it only the system passes. */
export interface AccessPolicy {
  decide(principal: Principal, object: string, operation: AccessOperation): AccessDecision;
}

/** The access policy. Absent: nobody but the system has access. */
export const accessPolicyService = serviceRef<AccessPolicy>('access-policy');
