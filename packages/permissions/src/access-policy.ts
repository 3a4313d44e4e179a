import type { AccessPolicy } from '@objectos/spec/contracts';
import type { DecisionLog } from './decisions/log.js';
import { holdsSystem } from './grants/narrow.js';
import type { PolicyStore } from './policy-store.js';

/** The access policy of the application: compiled decisions, and a record of refusals. */
export function createAccessPolicy(store: PolicyStore, log: DecisionLog): AccessPolicy {
  return {
    prepare: (principal) => store.prepare(principal),
    decide: (principal, object, operation) => store.decide(principal, object, operation),
    permits(principal, permission) {
      if (principal.kind === 'system') return true;
      const grants = store.entryOf(principal)?.grants;
      return grants !== undefined && holdsSystem(principal, grants, permission);
    },
    refused: (refusal) => log.record(refusal, store.entryOf(refusal.principal)?.grants),
  };
}
