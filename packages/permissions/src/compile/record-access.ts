import type { AccessFilter } from '@objectos/spec/contracts';
import type { ObjectMeta } from '@objectql/core';
import type { Grants } from '../grants/grants.js';
import type { Grantee } from '../model/keys.js';
import type { PermissionModel, RuleModel } from '../model/types.js';
import { EVERY, NONE } from '../policy/bindings.js';
import { allOf, anyOf } from '../policy/simplify.js';
import type { AccessLevel } from './object-rights.js';

/** What compiling for one principal needs. */
export interface CompileScope {
  readonly model: PermissionModel;
  readonly grants: Grants;
  readonly now: Date;
  /** Set when the result depends on the clock. */
  volatile: boolean;
}

/** One way in which a record may be open to a principal. */
export interface Way {
  readonly by: 'default' | 'owner' | 'hierarchy' | 'rule' | 'share' | 'parent';
  readonly label: string;
  readonly filter: AccessFilter;
}

/** The rows of a parent object for the same principal; see `rowsFor`. */
export type ParentRows = (parent: string, level: AccessLevel) => AccessFilter;

/** The sharing model of an object; private where it says nothing. */
export function sharingModelOf(meta: ObjectMeta): string {
  return meta.definition.sharingModel ?? 'private';
}

/** The fields that name the masters of a record. */
export function parentsOf(meta: ObjectMeta): { field: string; parent: string }[] {
  return meta.relations.flatMap(({ name, type, reference }) =>
    type === 'master_detail' && reference !== undefined ? [{ field: name, parent: reference }] : [],
  );
}

/** Every way in which records of the object are open at this level; none of them closes another. */
export function waysInto(
  scope: CompileScope,
  meta: ObjectMeta,
  { level, parentRows }: { level: AccessLevel; parentRows: ParentRows },
): Way[] {
  const sharing = sharingModelOf(meta);
  if (sharing === 'controlled_by_parent') return [throughParents(scope, meta, level, parentRows)];
  const open =
    (level === 'read' && sharing !== 'private') ||
    (level === 'edit' && sharing === 'public_read_write');
  if (open) return [{ by: 'default', label: sharing, filter: EVERY }];
  return [
    owner(scope),
    ...hierarchy(scope),
    ...rules(scope, meta.name, level),
    ...shares(scope, meta.name, level),
  ];
}

/** The tenant's rows of an object that `exists` looks into; such a look passes no gate. */
export function ofTenant({ grants }: Pick<CompileScope, 'grants'>): AccessFilter {
  const { tenantId } = grants;
  return tenantId === null
    ? { op: 'isNull', field: 'organization_id', value: true }
    : { op: 'eq', field: 'organization_id', value: tenantId };
}

/** Which records of an object are the tenant's, as far as the level goes; see `ofTenant`. */
export function placeOf(
  scope: Pick<CompileScope, 'grants'>,
  meta: ObjectMeta | undefined,
  level: AccessLevel,
): AccessFilter {
  const membership = meta?.definition.membership;
  const { tenantId } = scope.grants;
  // A membership opens records to be looked at, and nothing else.
  if (membership === undefined || tenantId === null || level !== 'read') return ofTenant(scope);
  const { object, record, organization } = membership;
  return {
    op: 'exists',
    object,
    on: [{ outer: 'id', inner: record }],
    where: { op: 'eq', field: organization, value: tenantId },
  };
}

/** The tenant's assignments, and those of the whole installation. */
function ofTenantOrAll(scope: CompileScope): AccessFilter {
  return anyOf([ofTenant(scope), { op: 'isNull', field: 'organization_id', value: true }]);
}

function throughParents(
  scope: CompileScope,
  meta: ObjectMeta,
  level: AccessLevel,
  parentRows: ParentRows,
): Way {
  const parents = parentsOf(meta);
  const filters = parents.map(({ field, parent }): AccessFilter => ({
    op: 'exists',
    object: parent,
    on: [{ outer: field, inner: 'id' }],
    // What is done to a detail is a change of its master.
    where: allOf([
      placeOf(scope, scope.model.objects.get(parent), level),
      parentRows(parent, level === 'read' ? 'read' : 'edit'),
    ]),
  }));
  const label = parents.map(({ parent }) => parent).join(' and ');
  return { by: 'parent', label, filter: filters.length === 0 ? NONE : allOf(filters) };
}

function owner({ grants }: CompileScope): Way {
  const filter: AccessFilter = { op: 'eq', field: 'owner_id', value: grants.userId };
  return { by: 'owner', label: 'owner', filter };
}

/** Holders of a role have what the holders of roles below it own. */
function hierarchy(scope: CompileScope): Way[] {
  const { model, grants } = scope;
  return grants.roles
    .filter((role) => model.roles.parents.has(role))
    .map((role) => ({
      by: 'hierarchy',
      label: role,
      filter: ownedByHolder(scope, belowRole(model, role, false)),
    }));
}

function rules(scope: CompileScope, object: string, level: AccessLevel): Way[] {
  const { model, grants } = scope;
  if (level === 'full') return [];
  return (model.rules.get(object) ?? [])
    .filter((rule) => level === 'read' || rule.accessLevel === 'edit')
    .filter((rule) => grants.keys.includes(rule.sharedWith))
    .map((rule) => ({ by: 'rule', label: rule.name, filter: openedBy(scope, rule) }));
}

/** The records that a sharing rule opens. */
export function openedBy(scope: CompileScope, { opens }: RuleModel): AccessFilter {
  if (opens.by === 'owner') return ownedBy(scope, opens.owner);
  const { condition } = opens;
  scope.volatile ||= condition.volatile;
  return condition.bind({ user: scope.grants.user, now: scope.now });
}

function shares(scope: CompileScope, object: string, level: AccessLevel): Way[] {
  if (level === 'full' || !scope.model.objects.has('record_share')) return [];
  scope.volatile = true;
  const edit: AccessFilter[] =
    level === 'edit' ? [{ op: 'eq', field: 'access_level', value: 'edit' }] : [];
  const filter: AccessFilter = {
    op: 'exists',
    object: 'record_share',
    on: [{ outer: 'id', inner: 'record_id' }],
    where: {
      op: 'and',
      args: [
        { op: 'eq', field: 'object', value: object },
        { op: 'in', field: 'grantee', value: scope.grants.keys },
        ...edit,
        ofTenant(scope),
        live(scope),
      ],
    },
  };
  return [{ by: 'share', label: 'shared by hand', filter }];
}

/** What has not expired. */
export function live({ now }: Pick<CompileScope, 'now'>): AccessFilter {
  return {
    op: 'or',
    args: [
      { op: 'isNull', field: 'expires_at', value: true },
      { op: 'gt', field: 'expires_at', value: now.toISOString() },
    ],
  };
}

function ownedBy(scope: CompileScope, { type, value = '' }: Grantee): AccessFilter {
  switch (type) {
    case 'user':
      return { op: 'eq', field: 'owner_id', value };
    case 'role':
      return ownedByHolder(scope, { op: 'eq', field: 'role', value });
    case 'role_and_subordinates':
      return ownedByHolder(scope, belowRole(scope.model, value, true));
    default:
      return ownedByMember(scope, withinGroup(scope.model, value));
  }
}

function belowRole(model: PermissionModel, role: string, inclusive: boolean): AccessFilter {
  const path = model.roles.paths.get(role) ?? `/${role}/`;
  // Names of roles are told apart by case, and only then an index can begin at all of the path.
  const pattern = `${path.replace(/[\\%_]/g, '\\$&')}%`;
  const below: AccessFilter = { op: 'like', field: 'path', value: pattern };
  return inclusive ? below : allOf([below, { op: 'ne', field: 'path', value: path }]);
}

function ownedByHolder(scope: CompileScope, where: AccessFilter): AccessFilter {
  return {
    op: 'exists',
    object: 'role_assignment',
    on: [{ outer: 'owner_id', inner: 'user_id' }],
    where: allOf([where, ofTenantOrAll(scope)]),
  };
}

function ownedByMember(scope: CompileScope, groups: readonly string[]): AccessFilter {
  return {
    op: 'exists',
    object: 'group_member',
    on: [{ outer: 'owner_id', inner: 'user_id' }],
    where: allOf([{ op: 'in', field: 'group', value: groups }, ofTenantOrAll(scope)]),
  };
}

/** A group and the groups inside it. */
export function withinGroup({ nesting }: PermissionModel, group: string): string[] {
  const found = new Set([group]);
  for (const name of found) for (const inner of nesting.get(name) ?? []) found.add(inner);
  return [...found];
}

/** Any of the ways. */
export function openBy(ways: readonly Way[]): AccessFilter {
  return anyOf(ways.map((way) => way.filter));
}
