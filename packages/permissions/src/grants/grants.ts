import type { Principal } from '@objectos/spec/contracts';
import { EVERYONE, GUEST, granteeKey } from '../model/keys.js';
import { ancestorsOf } from '../model/roles.js';
import type { PermissionModel, SetModel } from '../model/types.js';

/** What is known of a principal: the input of every decision. Immutable. */
export interface Grants {
  readonly userId: string;
  readonly tenantId: string | null;
  readonly roles: readonly string[];
  readonly groups: readonly string[];
  /** Grantee keys: what is given to one of them is given to this principal. */
  readonly keys: readonly string[];
  readonly sets: readonly SetModel[];
  /** `current_user`. */
  readonly user: Readonly<Record<string, unknown>>;
  /** Epoch milliseconds at which something in here expires. */
  readonly validUntil: number;
}

/** What records say about a principal. */
export interface Membership {
  /** Roles by assignment, beside those of the sign-in. */
  readonly roles: readonly string[];
  readonly groups: readonly { readonly name: string; readonly kind: string }[];
  /** Names of sets that are assigned to one of `keysOf`. */
  readonly assigned: readonly string[];
  /** The fields of the user's record. */
  readonly user: Readonly<Record<string, unknown>>;
  readonly validUntil: number;
}

/** What records say of somebody whom they do not mention. */
export const noMembership: Membership = {
  roles: [],
  groups: [],
  assigned: [],
  user: {},
  validUntil: Infinity,
};

/** The id under which nobody is signed in. */
const ANONYMOUS = 'anonymous';

/** The grantee keys of a principal: few, however many roles and groups there are. */
export function keysOf(
  principal: Principal,
  model: PermissionModel,
  given: Pick<Membership, 'roles' | 'groups'>,
): string[] {
  if (principal.id === ANONYMOUS) return [GUEST];
  const roles = rolesOf(principal, given.roles);
  const keys = new Set([granteeKey({ type: 'user', value: principal.id }), EVERYONE]);
  for (const { name, kind } of given.groups) {
    keys.add(granteeKey({ type: 'group', value: name }));
    if (kind === 'team') keys.add(granteeKey({ type: 'team', value: name }));
  }
  for (const role of roles) {
    keys.add(granteeKey({ type: 'role', value: role }));
    for (const above of ancestorsOf(model.roles, role)) {
      keys.add(granteeKey({ type: 'role_and_subordinates', value: above }));
    }
  }
  return [...keys];
}

/** Puts the grants of a principal together. */
export function grantsOf(
  principal: Principal,
  model: PermissionModel,
  membership: Membership,
): Grants {
  const { groups, assigned, user, validUntil } = membership;
  const roles = rolesOf(principal, membership.roles);
  const keys = keysOf(principal, model, membership);
  const held = new Set(keys);
  const named = new Set(assigned);
  const sets = [...model.sets.values()]
    .flat()
    .filter((set) => named.has(set.name) || [...set.assignedTo].some((key) => held.has(key)));
  const names = groups.map((group) => group.name);
  return {
    userId: principal.id,
    tenantId: principal.tenantId,
    roles,
    groups: names,
    keys,
    sets,
    user: {
      ...user,
      id: principal.id,
      tenant_id: principal.tenantId,
      organization_id: principal.tenantId,
      role: roles[0] ?? null,
      roles,
      groups: names,
    },
    validUntil,
  };
}

function rolesOf(principal: Principal, assigned: readonly string[]): string[] {
  const signedIn = principal.kind === 'user' ? principal.roles : [];
  return [...new Set([...assigned, ...signedIn])];
}
