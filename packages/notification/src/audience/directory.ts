import {
  systemContext,
  type DataEngine,
  type PrincipalDirectory,
  type RecordData,
  type RoleMembers,
  type UserPrincipal,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';

/** A user as far as notifications care. */
export interface Person {
  readonly userId: string;
  /** Verified mail address. */
  readonly email: string | null;
  readonly phone: string | null;
  /** Absent where nobody keeps principals. */
  readonly principal?: UserPrincipal | undefined;
}

/** Finds out about people. */
export interface Directory {
  /** Those of the users who are there, may sign in and belong to the tenant. */
  people(ids: readonly string[], tenantId: string | null): Promise<readonly Person[]>;
  membersOf(role: string, tenantId: string | null): Promise<readonly string[]>;
  /** Ids that stand in a field of a record; none for a record that is gone. */
  valuesOf(about: RecordRef, field: string, tenantId: string | null): Promise<readonly string[]>;
  /** Whether somebody may read a record. */
  mayRead(person: Person, about: RecordRef): Promise<boolean>;
}

/** Names a record. */
export interface RecordRef {
  readonly object: string;
  readonly id: string;
}

/** What a directory looks into; what is absent knows nothing. */
export interface DirectorySources {
  readonly engine: () => DataEngine | undefined;
  readonly principals: () => PrincipalDirectory | undefined;
  readonly roleMembers: () => readonly RoleMembers[];
  /** Field of the user's record with the phone number. */
  readonly phoneField: string;
}

const AT_ONCE = 200;

/** Makes the directory. In a host without users, people are just ids. */
export function createDirectory(sources: DirectorySources): Directory {
  const { engine, principals, roleMembers, phoneField } = sources;
  const withTenant = (tenantId: string | null) =>
    systemContext('notification', tenantId === null ? {} : { tenantId });

  async function contacts(ids: readonly string[]): Promise<Map<string, RecordData>> {
    const found = new Map<string, RecordData>();
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const where = { op: 'in', field: 'id', value: ids.slice(at, at + AT_ONCE) } as const;
      const page = await engine()?.find('user', { where, limit: AT_ONCE }, withTenant(null));
      for (const user of page?.records ?? []) found.set(user['id'] as string, user);
    }
    return found;
  }

  return {
    async people(ids, tenantId) {
      const directory = principals();
      if (directory === undefined) {
        return ids.map((userId) => ({ userId, email: null, phone: null }));
      }
      const users = await contacts(ids);
      const people: Person[] = [];
      for (const userId of ids) {
        const user = users.get(userId);
        const principal = user && (await directory.find(userId, tenantId));
        // Nobody hears of what happens in an organization they are not in.
        if (user === undefined || principal?.tenantId !== tenantId) continue;
        people.push({ userId, principal, email: emailOf(user), phone: phoneOf(user[phoneField]) });
      }
      return people;
    },
    async membersOf(role, tenantId) {
      const all = new Set<string>();
      for (const members of roleMembers()) {
        for (const id of await members(role, tenantId)) all.add(id);
      }
      return [...all];
    },
    async valuesOf({ object, id }, field, tenantId) {
      const record = await engine()
        ?.get(object, id, withTenant(tenantId), { fields: [field] })
        .catch(goneAsNothing);
      const value = record?.[field];
      return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
    },
    async mayRead({ principal }, { object, id }) {
      const data = engine();
      if (data === undefined || principal === undefined) return true;
      const { requestId } = withTenant(null);
      const record = await data
        .get(object, id, { principal, requestId }, { fields: ['id'] })
        .catch(goneAsNothing);
      return record !== undefined;
    },
  };
}

/** A record that may not be seen is one that is not there. */
function goneAsNothing(error: unknown): undefined {
  const { category } = isObjectOSError(error) ? error : { category: undefined };
  if (category === 'not_found' || category === 'authorization') return undefined;
  throw error;
}

/** Nobody is written to at an address that may be another's. */
function emailOf(user: RecordData): string | null {
  const { email, email_verified: verified } = user;
  return typeof email === 'string' && verified === true ? email : null;
}

function phoneOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const phone = value.replace(/[\s()/-]/g, '');
  return /^\+[1-9]\d{5,14}$/.test(phone) ? phone : null;
}
