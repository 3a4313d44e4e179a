import type { AccessOperation } from '@objectos/spec/contracts';

/** One step of a decision: what was asked, whether it let the access pass, and why. */
export interface Layer {
  readonly layer: 'principal' | 'tenant' | 'object' | 'records' | 'policies' | 'fields';
  readonly passed: boolean;
  readonly reason: string;
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** The smallest thing that would give the access. */
export interface SuggestedGrant {
  readonly kind: 'assign_set' | 'extend_set' | 'share_record' | 'change_record';
  readonly text: string;
  readonly set?: string | undefined;
  readonly right?: string | undefined;
}

/** Why a principal may or may not do something, layer by layer. */
export interface Explanation {
  readonly user: string;
  readonly object: string;
  readonly operation: AccessOperation;
  readonly recordId: string | null;
  readonly allowed: boolean;
  readonly layers: readonly Layer[];
  /** Absent when the access is given, or nothing small would give it. */
  readonly smallestGrant?: SuggestedGrant | undefined;
}
