import type { BetterAuthPlugin } from 'better-auth';
import { APIError, createAuthEndpoint, formCsrfMiddleware } from 'better-auth/api';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import { admit, type AdmitParts } from '../federation/admit.js';
import { catalogued } from '../federation/catalogued.js';
import { openSession } from '../federation/open-session.js';
import { LDAP_PATH, type Directories } from './directories.js';
import { readLogin } from './login.js';

const bodySchema = z.object({
  provider: z.string().max(64),
  username: z.string().max(1024),
  password: z.string(),
  rememberMe: z.boolean().optional(),
  callbackURL: z.string().optional(),
});

/** What the endpoint needs. */
export interface LdapEndpointParts extends AdmitParts {
  readonly directories: Directories;
  readonly maxPassword: number;
}

/** Sign-in with the name and password of a directory. */
export function ldapSignIn(parts: LdapEndpointParts): BetterAuthPlugin {
  const options = { method: 'POST' as const, use: [formCsrfMiddleware], body: bodySchema };
  return {
    id: 'ldap',
    endpoints: {
      signInLdap: createAuthEndpoint(LDAP_PATH, options, async (ctx) => {
        const { rememberMe, callbackURL } = ctx.body;
        const userId = await catalogued(() => identify(parts, ctx.body));
        const { session, user } = await openSession(ctx, userId, rememberMe === false);
        if (callbackURL !== undefined) ctx.setHeader('Location', callbackURL);
        const { id, name, email, emailVerified, image } = user;
        return ctx.json({
          redirect: callbackURL !== undefined,
          url: callbackURL,
          token: session.token,
          user: { id, name, email, emailVerified, image },
        });
      }),
    },
  };
}

async function identify(
  parts: LdapEndpointParts,
  { provider, username, password }: z.output<typeof bodySchema>,
): Promise<string> {
  const known = parts.directories.get(provider);
  if (known === undefined) {
    throw createError('auth_not_found', { reason: `There is no directory "${provider}".` });
  }
  const login = readLogin(username);
  const isPossible = login !== undefined && password !== '' && password.length <= parts.maxPassword;
  const found = isPossible ? await known.directory.authenticate(login, password) : undefined;
  if (found === undefined) {
    throw new APIError('UNAUTHORIZED', {
      code: 'INVALID_EMAIL_OR_PASSWORD',
      message: 'User name and password do not fit.',
    });
  }
  if ('missing' in found) {
    parts.logger.error({ provider, attribute: found.missing }, 'an entry lacks an attribute');
    const reason = `your entry in "${provider}" has no ${found.missing}.`;
    throw createError('auth_forbidden', { reason });
  }
  return admit(parts, known.config, found);
}
