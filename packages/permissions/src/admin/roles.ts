import { rejectChange, systemContext, type RecordData } from '@objectos/spec/contracts';
import { chainOf, type RoleEntry } from '../model/roles.js';
import type { PermissionModel } from '../model/types.js';
import { denied, type Administrator, type AdminScope } from './context.js';

/** Checks a role record: not the name of a file's role, a parent that exists, no circle. */
export async function guardRole(
  scope: AdminScope,
  row: RecordData,
  tenantId: string | null,
): Promise<void> {
  const name = String(row['name']);
  const parent = typeof row['parent'] === 'string' ? row['parent'] : undefined;
  const files = scope.snapshot().items.get('role') ?? new Map<string, never>();
  if (files.has(name)) throw rejectChange('role', `a metadata file defines the role "${name}"`);
  if (parent === undefined) return;
  const records = await scope.reader.all('role', tenantId);
  const roles = new Map<string, RoleEntry>();
  for (const { name: known, parent: above } of records) {
    const entry = { name: String(known) };
    roles.set(entry.name, typeof above === 'string' ? { ...entry, parent: above } : entry);
  }
  for (const item of files.values()) roles.set(item.name, item.value as unknown as RoleEntry);
  if (!roles.has(parent)) throw rejectChange('role', `there is no role "${parent}"`);
  roles.set(name, { name, parent });
  if (chainOf(name, roles) === undefined) {
    throw rejectChange('role', `"${name}" would stand above itself, or deeper than roles may`);
  }
}

/** The path of a role, for its assignments. @throws `hook_rejected` for a role that does not exist */
export function pathOfRole(model: PermissionModel, role: string): string {
  const path = model.roles.paths.get(role);
  if (path !== undefined) return path;
  throw rejectChange('role_assignment', `there is no role "${role}"`);
}

/** Giving a role gives sight of what is below it: only of one's own branch, unless one manages all. */
export function requireBranch(path: string, by: Administrator): void {
  if (by === undefined) return;
  const { model, grants } = by;
  const manages = grants.sets.some((set) => set.systemPermissions.has('manage_permissions'));
  const own = grants.roles.some((role) => path.startsWith(model.roles.paths.get(role) ?? '\0'));
  if (manages || own) return;
  const about = { object: 'role_assignment', operation: 'assign' };
  throw denied(about, 'the role is not below your own');
}

/** Brings the paths of assignments up to the hierarchy, after roles were moved. */
export async function refreshPaths(scope: AdminScope): Promise<void> {
  const rows = await scope.reader.having('role_assignment', {});
  const tenants = new Set(rows.map((row) => (row['organization_id'] ?? null) as string | null));
  for (const tenantId of tenants) {
    const model = await scope.store.modelOf(tenantId);
    const own = rows.filter((row) => (row['organization_id'] ?? null) === tenantId);
    for (const row of own) {
      const role = String(row['role']);
      const path = model.roles.paths.get(role) ?? `/${role}/`;
      if (row['path'] === path) continue;
      const ctx = systemContext('permissions');
      await scope.engine.update('role_assignment', String(row['id']), { path }, ctx);
    }
  }
}
