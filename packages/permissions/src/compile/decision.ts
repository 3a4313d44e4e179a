import type { AccessDecision, AccessOperation } from '@objectos/spec/contracts';
import type { Grants } from '../grants/grants.js';
import type { PermissionModel } from '../model/types.js';
import { isEvery } from '../policy/simplify.js';
import { fieldMask } from './field-mask.js';
import { RIGHT_NAMES, grants as setGrants } from './object-rights.js';
import type { CompileScope } from './record-access.js';
import { checkFor, rowsFor } from './rows.js';

/** A compiled decision, and whether the clock can change it. */
export interface CompiledDecision {
  readonly decision: AccessDecision;
  readonly volatile: boolean;
}

/** Compiles what a principal may do with an object: one filter, one field mask. Pure. */
export function compileDecision(
  given: { readonly model: PermissionModel; readonly grants: Grants; readonly now: Date },
  object: string,
  operation: AccessOperation,
): CompiledDecision {
  const { model, grants } = given;
  const meta = model.objects.get(object);
  const missing = missingRight(grants, object, operation);
  if (meta === undefined || missing !== undefined) {
    return {
      decision: { allowed: false, reason: missing ?? 'there is no such object' },
      volatile: false,
    };
  }
  const scope: CompileScope = { ...given, volatile: false };
  const rows = rowsFor(scope, object, operation);
  const check =
    operation === 'create' || operation === 'update' ? checkFor(scope, meta, operation) : undefined;
  return {
    decision: {
      allowed: true,
      ...(operation === 'create' || isEvery(rows) ? {} : { rows }),
      ...(check === undefined || isEvery(check) ? {} : { check }),
      ...fieldMask(meta, grants.sets, grants.tenantId),
    },
    volatile: scope.volatile,
  };
}

/** The first right that is missing, as a reason; everything but creating needs reading too. */
export function missingRight(
  grants: Grants,
  object: string,
  operation: AccessOperation,
): string | undefined {
  const needed: readonly AccessOperation[] =
    operation === 'read' || operation === 'create' ? [operation] : ['read', operation];
  const missing = needed.find((right) => !grants.sets.some((set) => setGrants(set, object, right)));
  if (missing === undefined) return undefined;
  return grants.sets.length === 0
    ? 'no permission set is assigned to you'
    : `none of your permission sets has ${RIGHT_NAMES[missing]} on it`;
}
