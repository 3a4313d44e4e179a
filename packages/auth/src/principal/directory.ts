import {
  systemContext,
  type DataEngine,
  type PrincipalDirectory,
  type RecordData,
  type RoleMembers,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { principalOf } from './load.js';

const AT_ONCE = 500;
const ORGANIZATION = 'organization:';

/** Principals of users who are not there, made like those of a session. */
export function createPrincipalDirectory(engine: DataEngine): PrincipalDirectory {
  return {
    async find(userId, tenantId) {
      const input = { organization: tenantId, now: Date.now(), facts: {} };
      try {
        return (await principalOf(engine, userId, input)).principal;
      } catch (error) {
        if (
          isObjectOSError(error, 'unauthenticated') ||
          isObjectOSError(error, 'account_disabled')
        ) {
          return undefined;
        }
        throw error;
      }
    },
  };
}

/** Who holds a role of the platform (`admin`), or in an organization (`organization:owner`). */
export function createRoleMembers(engine: DataEngine): RoleMembers {
  return async (role, tenantId) => {
    const isMembership = role.startsWith(ORGANIZATION);
    if (isMembership && tenantId === null) return [];
    const name = isMembership ? role.slice(ORGANIZATION.length) : role;
    const [object, idField] = isMembership
      ? (['member', 'user_id'] as const)
      : (['user', 'id'] as const);
    const found: string[] = [];
    for (let after = ''; ;) {
      const records = await page(engine, {
        object,
        name,
        after,
        tenantId: isMembership ? tenantId : null,
      });
      // `contains` also finds longer names.
      found.push(
        ...records.filter((one) => hasRole(one, name)).map((one) => one[idField] as string),
      );
      if (records.length < AT_ONCE) return found;
      after = records.at(-1)?.['id'] as string;
    }
  };
}

async function page(
  engine: DataEngine,
  asked: {
    readonly object: string;
    readonly name: string;
    readonly after: string;
    readonly tenantId: string | null;
  },
): Promise<readonly RecordData[]> {
  const { object, name, after, tenantId } = asked;
  const args = [
    { op: 'contains', field: 'role', value: name } as const,
    { op: 'gt', field: 'id', value: after } as const,
    ...(tenantId === null ? [] : [{ op: 'eq', field: 'organization', value: tenantId } as const]),
  ];
  const orderBy = [{ field: 'id', direction: 'asc' } as const];
  const query = { where: { op: 'and', args } as const, orderBy, limit: AT_ONCE };
  return (await engine.find(object, query, systemContext('auth'))).records;
}

function hasRole({ role }: RecordData, name: string): boolean {
  return typeof role === 'string' && role.split(',').some((one) => one.trim() === name);
}
