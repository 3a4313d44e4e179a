import type { DataEngine } from '@objectos/spec/contracts';
import type { BetterAuthOptions } from 'better-auth';
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

/** Who belongs to one organization works in it; who belongs to several chooses after sign-in. */
async function onlyOrganizationOf(engine: DataEngine, userId: string): Promise<string | null> {
  const where = { op: 'eq', field: 'user_id', value: userId } as const;
  const fields = ['organization'];
  const { records } = await engine.find('member', { where, fields, limit: 2 }, storageContext());
  return records.length === 1 ? (records[0]?.['organization'] as string) : null;
}
