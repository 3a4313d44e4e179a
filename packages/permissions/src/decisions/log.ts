import type { AccessRefusal } from '@objectos/spec/contracts';
import { createBoundedMap } from '../bounded-map.js';
import type { Grants } from '../grants/grants.js';

/** A refusal as it is kept: what was asked, and what the principal held at that moment. */
export interface RecordedDecision {
  readonly id: string;
  readonly at: string;
  readonly userId: string;
  readonly tenantId: string | null;
  readonly object: string;
  readonly operation: string;
  readonly recordId: string | null;
  readonly reason: string;
  readonly requestId: string;
  /** Roles that came with the sign-in. */
  readonly signInRoles: readonly string[];
  readonly held: {
    readonly sets: readonly string[];
    readonly roles: readonly string[];
    readonly groups: readonly string[];
  };
}

/** The refusals of this node, the newest of them. */
export interface DecisionLog {
  record(refusal: AccessRefusal, grants: Grants | undefined): string;
  /** A decision of this tenant; those of others do not exist. */
  find(id: string, tenantId: string | null): RecordedDecision | undefined;
  /** The newest decisions of a tenant, newest first. */
  newest(tenantId: string | null, limit: number): RecordedDecision[];
}

/** Makes a log that keeps `max` decisions. */
export function createDecisionLog(max: number, now: () => number = Date.now): DecisionLog {
  const decisions = createBoundedMap<string, RecordedDecision>(max);
  return {
    record({ principal, object, operation, id, reason, requestId }, grants) {
      const decision: RecordedDecision = {
        id: crypto.randomUUID(),
        at: new Date(now()).toISOString(),
        userId: principal.id,
        tenantId: principal.tenantId,
        object: object.slice(0, 64),
        operation,
        recordId: id === undefined ? null : id.slice(0, 64),
        reason,
        requestId,
        signInRoles: principal.kind === 'user' ? principal.roles : [],
        held: {
          sets: grants?.sets.map((set) => set.name) ?? [],
          roles: grants?.roles ?? [],
          groups: grants?.groups ?? [],
        },
      };
      decisions.set(decision.id, decision);
      return decision.id;
    },
    find(id, tenantId) {
      const decision = decisions.get(id);
      return decision?.tenantId === tenantId ? decision : undefined;
    },
    newest(tenantId, limit) {
      const own = [...decisions.entries()].map(([, decision]) => decision);
      return own
        .filter((decision) => decision.tenantId === tenantId)
        .reverse()
        .slice(0, limit);
    },
  };
}
