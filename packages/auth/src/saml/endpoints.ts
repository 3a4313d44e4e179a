import { createError } from '@objectos/spec/errors';
import type { BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint, formCsrfMiddleware, isAPIError } from 'better-auth/api';
import { expireCookie } from 'better-auth/cookies';
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { admit, type AdmitParts } from '../federation/admit.js';
import { catalogued } from '../federation/catalogued.js';
import { openSession } from '../federation/open-session.js';
import { FINISH_PATH, SAML_PATH } from './paths.js';
import type { SamlProviders } from './providers.js';
import { hashOf, type Answered, type Tickets } from './tickets.js';
import { withError } from './with-error.js';

/** How long somebody may take to sign in at the provider. */
const SECONDS = 600;
const COOKIE = 'saml';

const bodySchema = z.object({
  provider: z.string().max(64),
  callbackURL: z.string().max(2000).optional(),
  errorCallbackURL: z.string().max(2000).optional(),
});

/** What the endpoints need. */
export interface SamlEndpointParts extends AdmitParts {
  readonly providers: SamlProviders;
  readonly tickets: Tickets;
  readonly origin: string;
}

/**
 * Begins a sign-in by SAML, and ends it in the same browser. In between, the provider's page posts the
 * answer from another site, where no cookie of ours goes along; so the end is a step of its own.
 */
export function samlSignIn(parts: SamlEndpointParts): BetterAuthPlugin {
  const { tickets, providers, origin } = parts;
  const begin = { method: 'POST' as const, use: [formCsrfMiddleware], body: bodySchema };
  const finish = { method: 'GET' as const, query: z.object({ code: z.string().max(100) }) };
  return {
    id: 'saml',
    endpoints: {
      signInSaml: createAuthEndpoint(SAML_PATH, begin, async (ctx) => {
        const url = await catalogued(async () => {
          const { requestUrl } = await import('./service-provider.js');
          const relation = providers.relation(ctx.body.provider, origin);
          const request = `_${randomBytes(20).toString('hex')}`;
          const secret = randomBytes(32).toString('base64url');
          await tickets.put('begun', request, { ...ctx.body, browser: hashOf(secret) }, SECONDS);
          const { name, attributes } = ctx.context.createAuthCookie(COOKIE, { maxAge: SECONDS });
          await ctx.setSignedCookie(name, secret, ctx.context.secret, attributes);
          return requestUrl(relation, request);
        });
        return ctx.json({ url, redirect: true });
      }),
      finishSaml: createAuthEndpoint(FINISH_PATH, finish, async (ctx) => {
        const cookie = ctx.context.createAuthCookie(COOKIE);
        const secret = await ctx.getSignedCookie(cookie.name, ctx.context.secret);
        const answer = await tickets.take('answered', ctx.query.code);
        try {
          await catalogued(async () => {
            const userId = await identify(parts, answer, secret || undefined);
            expireCookie(ctx, cookie);
            await openSession(ctx, userId, false);
          });
        } catch (error) {
          const target = answer?.errorCallbackURL;
          if (target === undefined || !isAPIError(error)) throw error;
          throw ctx.redirect(withError(target, codeOf(error.body?.code), origin));
        }
        throw ctx.redirect(answer?.callbackURL ?? '/');
      }),
    },
  };
}

/** What the client is told: better-auth has a code of its own for users who are disabled. */
function codeOf(code: string | undefined): string {
  return code === 'BANNED_USER' ? 'account_disabled' : (code ?? 'internal_error').toLowerCase();
}

async function identify(
  parts: SamlEndpointParts,
  answer: Answered | undefined,
  secret: string | undefined,
): Promise<string> {
  if (answer === undefined) {
    throw createError('token_invalid', { reason: 'this sign-in is over.' });
  }
  const { provider, browser, identity } = answer;
  if (browser !== undefined && (secret === undefined || hashOf(secret) !== browser)) {
    const reason = 'another browser asked for it';
    throw createError('saml_response_refused', { provider, reason });
  }
  const { config } = parts.providers.relation(provider, parts.origin);
  return admit(parts, config, { provider, ...identity });
}
