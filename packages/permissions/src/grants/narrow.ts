import {
  mayHoldSystemPermission,
  type AccessOperation,
  type Principal,
  type PrincipalRestriction,
} from '@objectos/spec/contracts';
import type { ObjectRights, SetModel } from '../model/types.js';
import type { Grants } from './grants.js';

/** The rights of an object permission, and the operation that each belongs to. */
export const RIGHTS: readonly (readonly [keyof ObjectRights, AccessOperation])[] = [
  ['allowCreate', 'create'],
  ['allowRead', 'read'],
  ['allowEdit', 'update'],
  ['allowDelete', 'delete'],
  ['allowTransfer', 'transfer'],
  ['allowRestore', 'restore'],
  ['allowPurge', 'purge'],
  ['allowExport', 'export'],
  ['viewAllRecords', 'read'],
  ['modifyAllRecords', 'update'],
];

/** True when one of the sets grants a system permission, and the principal was not narrowed to less. */
export function holdsSystem(
  principal: Principal,
  { sets }: Pick<Grants, 'sets'>,
  permission: string,
): boolean {
  if (!mayHoldSystemPermission(principal, permission)) return false;
  return sets.some((set) => set.systemPermissions.has(permission));
}

/** False for an object or operation that the principal was narrowed away from. */
export function isWithin(
  principal: Principal,
  object: string,
  operation: AccessOperation,
): boolean {
  if (principal.kind === 'system') return true;
  const { objects, operations } = principal.restriction ?? {};
  return objects?.has(object) !== false && operations?.has(operation) !== false;
}

/**
 * The grants as what may be given away: those of a narrowed principal are as narrow as it is, else
 * its key would make another one that is not.
 */
export function givable(principal: Principal, grants: Grants): Grants {
  const restriction = principal.kind === 'user' ? principal.restriction : undefined;
  if (restriction === undefined) return grants;
  return { ...grants, sets: grants.sets.map((set) => narrowed(set, principal, restriction)) };
}

function narrowed(
  set: SetModel,
  principal: Principal,
  restriction: PrincipalRestriction,
): SetModel {
  const permissions = [...set.systemPermissions];
  const systemPermissions = new Set(
    permissions.filter((permission) => mayHoldSystemPermission(principal, permission)),
  );
  const { objects: only, operations } = restriction;
  if (only === undefined && operations === undefined) return { ...set, systemPermissions };
  const names = only === undefined ? [...set.objects.keys()] : [...only];
  const objects = new Map<string, ObjectRights>();
  for (const name of names) {
    const rights = set.objects.get(name) ?? set.objects.get('*');
    if (rights !== undefined) objects.set(name, rightsWithin(rights, operations));
  }
  return { ...set, systemPermissions, objects };
}

function rightsWithin(
  rights: ObjectRights,
  operations: ReadonlySet<AccessOperation> | undefined,
): ObjectRights {
  if (operations === undefined) return rights;
  const away = RIGHTS.filter(([, operation]) => !operations.has(operation));
  return { ...rights, ...Object.fromEntries(away.map(([right]) => [right, false])) };
}
