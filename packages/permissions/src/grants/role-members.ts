import { systemContext, type DataEngine, type RoleMembers } from '@objectos/spec/contracts';

const AT_ONCE = 500;

/** Who was given a role, in an organization or on the platform. */
export function createRoleMembers(engine: DataEngine): RoleMembers {
  return async (role, tenantId) => {
    const ctx = systemContext('permissions', tenantId === null ? {} : { tenantId });
    const found: string[] = [];
    for (let after = ''; ;) {
      const args = [
        { op: 'eq', field: 'role', value: role },
        { op: 'eq', field: 'organization_id', value: tenantId },
        { op: 'gt', field: 'id', value: after },
      ] as const;
      const query = {
        where: { op: 'and', args } as const,
        orderBy: [{ field: 'id', direction: 'asc' } as const],
        limit: AT_ONCE,
      };
      const { records } = await engine.find('role_assignment', query, ctx);
      found.push(...records.map((one) => one['user_id'] as string));
      if (records.length < AT_ONCE) return found;
      after = records.at(-1)?.['id'] as string;
    }
  };
}
