import type { Principal, RecordData } from '@objectos/spec/contracts';
import type { PermissionModel } from '../model/types.js';
import { keysOf, type Membership } from './grants.js';
import type { RecordReader } from './reader.js';

/** Groups inside groups inside … beyond this are not followed. */
const MAX_GROUP_DEPTH = 16;

/** What records say about a principal: a handful of indexed queries, however much else there is. */
export async function readMembership(
  reader: RecordReader,
  model: PermissionModel,
  principal: Principal,
  now: number,
): Promise<Membership> {
  const { id, tenantId } = principal;
  const byUser = { op: 'eq', field: 'user_id', value: id } as const;
  const [assignments, members, user] = await Promise.all([
    reader.all('role_assignment', tenantId, byUser),
    reader.all('group_member', tenantId, byUser),
    model.objects.has('user') ? reader.one('user', id) : undefined,
  ]);
  const roles = assignments.map((row) => String(row['role']));
  const names = enclosing(
    model,
    members.map((row) => String(row['group'])),
  );
  const groups =
    names.length === 0
      ? []
      : await reader.all('group', tenantId, { op: 'in', field: 'name', value: names });
  const known = groups.map((row) => ({ name: String(row['name']), kind: String(row['kind']) }));
  const keys = keysOf(principal, model, { roles, groups: known });
  const given = await reader.all('permission_set_assignment', tenantId, {
    op: 'in',
    field: 'grantee',
    value: keys,
  });
  const live = given.filter((row) => expiry(row) > now);
  return {
    roles,
    groups: known,
    assigned: live.map((row) => String(row['permission_set'])),
    user: user ?? {},
    validUntil: Math.min(...live.map(expiry)),
  };
}

/** The groups, and those that they stand in. */
function enclosing({ nesting }: PermissionModel, groups: readonly string[]): string[] {
  const found = new Set(groups);
  for (let depth = 0; depth < MAX_GROUP_DEPTH; depth += 1) {
    const before = found.size;
    for (const [outer, inner] of nesting) {
      if (!found.has(outer) && [...inner].some((name) => found.has(name))) found.add(outer);
    }
    if (found.size === before) break;
  }
  return [...found];
}

function expiry(row: RecordData): number {
  const at = row['expires_at'];
  return typeof at === 'string' ? Date.parse(at) : Infinity;
}
