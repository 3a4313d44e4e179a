import type {
  AuthenticationRequest,
  Authenticator,
  DataEngine,
  Logger,
  MaybePromise,
  Principal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { findByKey } from '../api-keys/find.js';
import { isKey } from '../api-keys/key.js';
import { createKeyRates } from '../api-keys/rates.js';
import { createPrincipalCache } from './cache.js';
import { createSignatureCheck, readCookie, sessionCookieName } from './cookies.js';
import { findBySession, type Found } from './load.js';

/** What the authenticator is made of. */
export interface AuthenticatorParts {
  readonly engine: DataEngine;
  readonly secret: string;
  readonly logger: Logger;
  /** Origin of the installation; decides how the cookie is called. */
  readonly origin: () => string;
  /** Origins of pages, beside the server's own, that may act with a session's cookie. */
  readonly trustedOrigins: readonly string[];
  /** Makes a session last longer when it is time. */
  readonly refresh: (found: Found, now: number) => void;
  readonly now?: (() => number) | undefined;
}

/** The authenticator, and what makes it forget. */
export interface CachedAuthenticator extends Authenticator {
  /** A record changed that a principal may depend on. */
  forget(id: string): void;
  forgetAll(): void;
}

const BEARER = /^Bearer +([^\s]+)$/i;

/** Turns cookies and bearer tokens into principals; a warm one costs no query. */
export function createAuthenticator(parts: AuthenticatorParts): CachedAuthenticator {
  const { engine, secret, refresh, now = Date.now } = parts;
  const cache = createPrincipalCache<Found>(now);
  const rates = createKeyRates(now);
  const verify = createSignatureCheck(secret);

  function byToken(token: string, request: AuthenticationRequest): MaybePromise<Principal> {
    const known = cache.get(token);
    if (known !== undefined && known.expiresAt > now()) return admitted(known, request);
    return cache
      .find(token, () => find(token))
      .then((found) => {
        if (found === undefined) throw signedOut();
        return admitted(found, request);
      });
  }

  async function find(token: string) {
    const at = now();
    const value = isKey(token)
      ? await findByKey(engine, token, { now: at, rates })
      : await findBySession(engine, token, at);
    if (value === undefined) return undefined;
    refresh(value, at);
    return { value, dependsOn: value.dependsOn };
  }

  function byCookie(
    header: string,
    request: AuthenticationRequest,
  ): MaybePromise<Principal> | undefined {
    const value = readCookie(header, sessionCookieName(parts.origin()));
    if (value === undefined || value === '') return undefined;
    const token = verify(value);
    if (token === undefined)
      throw createError('unauthenticated', { reason: 'The cookie is not ours.' });
    return byToken(token, request);
  }

  function byHeader(
    authorization: string,
    request: AuthenticationRequest,
  ): MaybePromise<Principal> {
    const token = BEARER.exec(authorization)?.[1];
    if (token === undefined) {
      throw createError('unauthenticated', { reason: 'Only bearer tokens are accepted.' });
    }
    // Sign-in tells the signed form too (`set-auth-token`); the token alone is as good.
    return byToken(token.split('.', 1)[0] ?? '', request);
  }

  return {
    cookies: {
      name: () => sessionCookieName(parts.origin()),
      trusts: (origin) => parts.trustedOrigins.includes(origin),
    },
    authenticate(request: AuthenticationRequest) {
      const { authorization, cookie, 'x-api-key': key } = request.headers;
      if (typeof authorization === 'string') return byHeader(authorization, request);
      if (typeof key === 'string') return byToken(isKey(key) ? key : '', request);
      return typeof cookie === 'string' ? byCookie(cookie, request) : undefined;
    },
    forget: (id) => cache.drop(id),
    forgetAll: () => cache.clear(),
  };
}

function admitted({ principal, check }: Found, request: AuthenticationRequest): Principal {
  check?.(request);
  return principal;
}

function signedOut(): Error {
  return createError('unauthenticated', { reason: 'The session is over. Sign in again.' });
}
