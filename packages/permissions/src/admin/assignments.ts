import { rejectChange, type RecordData } from '@objectos/spec/contracts';
import { parseGrantee, granteeKey } from '../model/keys.js';
import { ancestorsOf } from '../model/roles.js';
import type { PermissionModel, SetModel } from '../model/types.js';
import { denied, type Administrator, type AdminScope } from './context.js';
import { notHeld } from './covers.js';

const OBJECT = 'permission_set_assignment';

/**
 * Checks an assignment: set and grantee exist, the set holds nothing that its giver does not hold, a
 * user has one profile.
 *
 * @throws `hook_rejected`, `permission_denied`
 */
export async function guardAssignment(
  scope: AdminScope,
  row: RecordData,
  { tenantId, by }: { tenantId: string | null; by: Administrator },
): Promise<void> {
  const model = by?.model ?? (await scope.store.modelOf(tenantId));
  const name = String(row['permission_set']);
  const grantee = String(row['grantee']);
  if (parseGrantee(grantee) === undefined) {
    throw rejectChange(
      OBJECT,
      `"${grantee}" is no grantee; write user:<id>, group:<name> or role:<name>`,
    );
  }
  const sets = model.sets.get(name);
  if (sets === undefined) throw rejectChange(OBJECT, `there is no permission set "${name}"`);
  requireHeld(sets, by, OBJECT);
  if (sets.some((set) => set.isProfile)) await requireOnlyProfile(scope, model, { row, tenantId });
}

async function requireOnlyProfile(
  scope: AdminScope,
  model: PermissionModel,
  { row, tenantId }: { row: RecordData; tenantId: string | null },
): Promise<void> {
  const others = await scope.reader.all(OBJECT, tenantId, {
    op: 'eq',
    field: 'grantee',
    value: String(row['grantee']),
  });
  const profile = others
    .filter((other) => other['id'] !== row['id'])
    .map((other) => String(other['permission_set']))
    .find((name) => model.sets.get(name)?.some((set) => set.isProfile) === true);
  if (profile === undefined || profile === row['permission_set']) return;
  throw rejectChange(OBJECT, `there is a profile already, "${profile}"; take it away first`);
}

/**
 * Joining a role or group brings the sets that are given to it, so it needs the same as giving those.
 *
 * @throws `permission_denied`
 */
export async function guardJoining(
  scope: AdminScope,
  keys: readonly string[],
  about: { object: string; tenantId: string | null; by: Administrator },
): Promise<void> {
  const { by, tenantId, object } = about;
  if (by === undefined) return;
  const assigned = await scope.reader.all(OBJECT, tenantId, {
    op: 'in',
    field: 'grantee',
    value: [...keys],
  });
  const names = new Set(assigned.map((row) => row['permission_set']));
  const sets = [...by.model.sets.values()]
    .flat()
    .filter((set) => names.has(set.name) || keys.some((key) => set.assignedTo.has(key)));
  requireHeld(sets, by, object);
}

/** The keys that a role brings. */
export function keysOfRole(model: PermissionModel, role: string): string[] {
  return [
    granteeKey({ type: 'role', value: role }),
    ...ancestorsOf(model.roles, role).map((above) =>
      granteeKey({ type: 'role_and_subordinates', value: above }),
    ),
  ];
}

/** The keys that a group brings, with those of the groups that it stands in. */
export function keysOfGroup(model: PermissionModel, group: string): string[] {
  const names = new Set([group]);
  for (const name of names) {
    for (const [outer, inner] of model.nesting) if (inner.has(name)) names.add(outer);
  }
  return [...names].flatMap((name) => [
    granteeKey({ type: 'group', value: name }),
    granteeKey({ type: 'team', value: name }),
  ]);
}

function requireHeld(sets: readonly SetModel[], by: Administrator, object: string): void {
  if (by === undefined) return;
  for (const set of sets) {
    const missing = notHeld(set, by.grants, by.model);
    if (missing === undefined) continue;
    const reason = `"${set.name}" grants ${missing}, which you do not hold yourself`;
    throw denied({ object, operation: 'assign' }, reason);
  }
}
