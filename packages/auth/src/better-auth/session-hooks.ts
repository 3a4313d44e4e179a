import type { DataEngine } from '@objectos/spec/contracts';
import type { BetterAuthOptions } from 'better-auth';
import { requireActive } from '../principal/load.js';
import { currentScope, storageContext } from './request-scope.js';

type Hooks = NonNullable<BetterAuthOptions['databaseHooks']>;

/** What happens around the records of sign-in. */
export function createHooks(engine: DataEngine): Hooks {
  return {
    user: {
      create: {
        // Magic links and some providers know no name; a user without one would be hard to tell.
        before: async (user) => ({
          data: { ...user, name: user.name || (user.email.split('@')[0] ?? '') },
        }),
      },
    },
    session: {
      create: {
        before: async (session) => {
          if ('activeOrganizationId' in session && session['activeOrganizationId']) return;
          const organization = await onlyOrganizationOf(engine, session.userId);
          if (organization !== null) await refuseSuspended(engine, organization);
          return { data: { ...session, activeOrganizationId: organization } };
        },
        after: async ({ id, userId }) => {
          const scope = currentScope();
          if (scope !== undefined) scope.signedIn = { userId, sessionId: id };
        },
      },
      delete: {
        // With a second factor, the session that the password opened is taken back at once.
        after: async ({ id }) => {
          const scope = currentScope();
          if (scope?.signedIn?.sessionId === id) scope.signedIn = undefined;
        },
      },
    },
  };
}

/** Who works in a suspended organization only need not sign in. @throws `organization_suspended` */
async function refuseSuspended(engine: DataEngine, organization: string): Promise<void> {
  try {
    await requireActive(engine, organization, storageContext());
  } catch (error) {
    const scope = currentScope();
    // better-auth would make a bare failure of it.
    if (scope !== undefined && error instanceof Error) scope.failure ??= error;
    throw error;
  }
}

/** Who belongs to one organization works in it; who belongs to several chooses after sign-in. */
async function onlyOrganizationOf(engine: DataEngine, userId: string): Promise<string | null> {
  const where = { op: 'eq', field: 'user_id', value: userId } as const;
  const fields = ['organization'];
  const { records } = await engine.find('member', { where, fields, limit: 2 }, storageContext());
  return records.length === 1 ? (records[0]?.['organization'] as string) : null;
}
