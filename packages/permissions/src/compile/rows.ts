import type { AccessFilter, AccessOperation } from '@objectos/spec/contracts';
import type { ObjectMeta } from '@objectql/core';
import type { PolicyModel, SetModel } from '../model/types.js';
import { EVERY, NONE, type Predicate } from '../policy/bindings.js';
import { allOf, anyOf } from '../policy/simplify.js';
import { OPERATIONS, grants, opensAll } from './object-rights.js';
import { openBy, waysInto, type CompileScope } from './record-access.js';

/** Parents of parents of …; a longer chain of masters opens nothing. */
const MAX_PARENTS = 8;

/**
 * The rows that a principal may touch with an operation. Each set that grants the operation is a way
 * in of its own: all records if it says so, else what sharing opens; narrowed by the set's policies.
 */
export function rowsFor(
  scope: CompileScope,
  object: string,
  operation: AccessOperation,
  depth = 0,
): AccessFilter {
  const meta = scope.model.objects.get(object);
  if (meta === undefined || depth > MAX_PARENTS) return NONE;
  const sets = scope.grants.sets.filter((set) => grants(set, object, operation));
  const base = lazily(() => baseRows(scope, meta, operation, depth));
  const own = anyOf(
    sets.map((set) =>
      allOf([
        opensAll(set, object, operation) ? EVERY : base(),
        policyRows(scope, set, { object, operation, side: 'using' }),
      ]),
    ),
  );
  // What one can't see, one can't touch: otherwise a change would tell what is there.
  return operation === 'read' ? own : allOf([rowsFor(scope, object, 'read', depth), own]);
}

/** What a row must fulfil after a create or update; `EVERY` when nothing is asked. */
export function checkFor(
  scope: CompileScope,
  meta: ObjectMeta,
  operation: 'create' | 'update',
): AccessFilter {
  const object = meta.name;
  const sets = scope.grants.sets.filter((set) => grants(set, object, operation));
  const policies = anyOf(
    sets.map((set) => policyRows(scope, set, { object, operation, side: 'check' })),
  );
  const free = sets.some((set) => opensAll(set, object, operation));
  const parents =
    meta.definition.sharingModel === 'controlled_by_parent' && !free
      ? baseRows(scope, meta, operation, 0)
      : EVERY;
  return allOf([policies, parents]);
}

/**
 * The rows that a principal may share with others: those they may dispose of, with no more than they
 * have themselves.
 */
export function shareableRows(
  scope: CompileScope,
  object: string,
  level: 'read' | 'edit',
): AccessFilter {
  const meta = scope.model.objects.get(object);
  if (meta === undefined) return NONE;
  const operation = level === 'edit' ? 'update' : 'read';
  const sets = scope.grants.sets.filter((set) => grants(set, object, operation));
  const own = sets.map((set) =>
    allOf([
      opensAll(set, object, 'update') ? EVERY : baseRows(scope, meta, 'delete', 0),
      policyRows(scope, set, { object, operation, side: 'using' }),
    ]),
  );
  return allOf([rowsFor(scope, object, 'read'), anyOf(own)]);
}

function baseRows(
  scope: CompileScope,
  meta: ObjectMeta,
  operation: AccessOperation,
  depth: number,
): AccessFilter {
  const { level } = OPERATIONS[operation];
  const ways = waysInto(scope, meta, {
    level,
    parentRows: (parent, needed) =>
      rowsFor(scope, parent, needed === 'read' ? 'read' : 'update', depth + 1),
  });
  return openBy(ways);
}

/**
 * The rows that the policies of a set leave open. A set without policies for the object and
 * operation leaves all; one whose policies all concern other roles leaves none.
 */
export function policyRows(
  scope: CompileScope,
  set: SetModel,
  about: { object: string; operation: AccessOperation; side: 'using' | 'check' },
): AccessFilter {
  const policies = policiesOf(set, about.object, about.operation);
  if (policies.length === 0) return EVERY;
  return anyOf(
    policies
      .filter((policy) => concerns(policy, scope))
      .map((policy) => side(scope, policy, about)),
  );
}

/** The policies of a set for an operation on an object. */
export function policiesOf(
  set: SetModel,
  object: string,
  operation: AccessOperation,
): readonly PolicyModel[] {
  const { policy } = OPERATIONS[operation];
  return (set.policies.get(object) ?? []).filter((one) => one.operations.has(policy));
}

/** True when a policy concerns the principal. */
export function concerns(
  { roles }: PolicyModel,
  { grants: { roles: held } }: CompileScope,
): boolean {
  return roles === undefined || held.some((role) => roles.has(role));
}

function side(
  scope: CompileScope,
  policy: PolicyModel,
  { side, operation }: { side: 'using' | 'check'; operation: AccessOperation },
): AccessFilter {
  // A row that is being made has no stored state that `using` could look at.
  const predicate = side === 'check' || operation === 'create' ? policy.check : policy.using;
  return bound(scope, predicate);
}

/** A predicate for this principal; none means every row. */
export function bound(scope: CompileScope, predicate: Predicate | undefined): AccessFilter {
  if (predicate === undefined) return EVERY;
  scope.volatile ||= predicate.volatile;
  return predicate.bind({ user: scope.grants.user, now: scope.now });
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
