import type { NotificationChannel } from '@objectos/spec/contracts';
import type { DriverSession } from '@objectql/core/driver';
import { all, defined, isEmpty, is, isIn, putRow, readRow, readRows } from '../store.js';
import {
  preferenceTable,
  profileTable,
  type Choice,
  type PreferenceRow,
  type ProfileRow,
} from './tables.js';

const AT_ONCE = 200;

/** What a choice is about, and whose it is. */
export interface Preference {
  readonly userId: string | null;
  readonly tenantId: string | null;
  readonly scope: PreferenceRow['scope'];
  readonly name: string;
  readonly channel: NotificationChannel | '*';
}

/** Choices of users, by user. */
export async function choicesOfUsers(
  session: DriverSession,
  ids: readonly string[],
): Promise<Map<string, PreferenceRow[]>> {
  const found = new Map<string, PreferenceRow[]>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const where = isIn('user_id', ids.slice(at, at + AT_ONCE));
    for (const row of await readRows<PreferenceRow>(session, preferenceTable, { where })) {
      const user = row.user_id ?? '';
      found.set(user, [...(found.get(user) ?? []), row]);
    }
  }
  return found;
}

/** Choices that an organization made for its people. */
export async function choicesOfTenant(
  session: DriverSession,
  tenantId: string | null,
): Promise<PreferenceRow[]> {
  const where = all(is('organization_id', tenantId), isEmpty('user_id', true));
  return readRows<PreferenceRow>(session, preferenceTable, { where });
}

/** Keeps a choice, or forgets it. */
export async function choose(
  session: DriverSession,
  about: Preference,
  { choice, at }: { readonly choice: Choice | null; readonly at: string },
): Promise<void> {
  const { userId, tenantId, scope, name, channel } = about;
  const id = JSON.stringify([tenantId, userId, scope, name, channel]);
  if (choice === null) {
    await session.delete({ table: preferenceTable, where: is('id', id) });
    return;
  }
  const row: PreferenceRow = {
    id,
    user_id: userId,
    organization_id: tenantId,
    scope,
    name,
    channel,
    choice,
    updated_at: at,
  };
  await putRow(session, preferenceTable, row);
}

/** How users want to be spoken to, by user. */
export async function profilesOf(
  session: DriverSession,
  ids: readonly string[],
): Promise<Map<string, ProfileRow>> {
  const found = new Map<string, ProfileRow>();
  for (let at = 0; at < ids.length; at += AT_ONCE) {
    const where = isIn('id', ids.slice(at, at + AT_ONCE));
    for (const row of await readRows<ProfileRow>(session, profileTable, { where })) {
      found.set(row.id, row);
    }
  }
  return found;
}

const EMPTY = {
  locale: null,
  time_zone: null,
  quiet_from: null,
  quiet_to: null,
  digest_minutes: null,
};

/** The profile of a user; an empty one for who has none. */
export async function profileOf(session: DriverSession, userId: string): Promise<ProfileRow> {
  const found = await readRow<ProfileRow>(session, profileTable, userId);
  return found ?? { id: userId, ...EMPTY };
}

/** Changes parts of a profile; what is `undefined` stays. @returns the whole of it */
export async function keepProfile(
  session: DriverSession,
  userId: string,
  change: { readonly [K in keyof Omit<ProfileRow, 'id'>]?: ProfileRow[K] | undefined },
): Promise<ProfileRow> {
  const row: ProfileRow = { ...(await profileOf(session, userId)), ...defined<ProfileRow>(change) };
  await putRow(session, profileTable, row);
  return row;
}
