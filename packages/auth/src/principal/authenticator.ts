import type {
  AuthenticationRequest,
  Authenticator,
  DataEngine,
  Logger,
  MaybePromise,
  Principal,
} from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import { LRUCache } from 'lru-cache';
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

/** Credentials that were good, kept by far longer than what they stood for. */
const MAX_SEEN = 50_000;
const SEEN_MS = 3_600_000;

const BEARER = /^Bearer +([^\s]+)$/i;

/** Turns cookies and bearer tokens into principals; a warm one costs no query. */
export function createAuthenticator(parts: AuthenticatorParts): CachedAuthenticator {
  const { engine, secret, refresh, now = Date.now } = parts;
  const cache = createPrincipalCache<Found>(now);
  const rates = createKeyRates(now);
  const verify = createSignatureCheck(secret);
  const seen = new LRUCache<string, true>({ max: MAX_SEEN, ttl: SEEN_MS, perf: { now } });

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
    if (value === undefined) {
      seen.delete(token);
      return undefined;
    }
    refresh(value, at);
    seen.set(token, true);
    return { value, dependsOn: value.dependsOn };
  }

  function ofCookie(header: string): string | undefined {
    const value = readCookie(header, sessionCookieName(parts.origin()));
    if (value === undefined || value === '') return undefined;
    const token = verify(value);
    if (token === undefined)
      throw createError('unauthenticated', { reason: 'The cookie is not ours.' });
    return token;
  }

  /** The token to look up. @throws `unauthenticated` for what cannot be one */
  function tokenOf({ headers }: AuthenticationRequest): string | undefined {
    const { authorization, cookie, 'x-api-key': key } = headers;
    if (typeof authorization === 'string') return ofHeader(authorization);
    if (typeof key === 'string') return isKey(key) ? key : '';
    return typeof cookie === 'string' ? ofCookie(cookie) : undefined;
  }

  return {
    cookies: {
      name: () => sessionCookieName(parts.origin()),
      trusts: (origin) => parts.trustedOrigins.includes(origin),
    },
    authenticate(request: AuthenticationRequest) {
      const token = tokenOf(request);
      return token === undefined ? undefined : byToken(token, request);
    },
    knows(request) {
      try {
        const token = tokenOf(request);
        return token === undefined || seen.get(token) === true;
      } catch (error) {
        // To be refused without a look-up.
        if (isObjectOSError(error, 'unauthenticated')) return true;
        throw error;
      }
    },
    forget: (id) => cache.drop(id),
    forgetAll: () => cache.clear(),
  };
}

function ofHeader(authorization: string): string {
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) {
    throw createError('unauthenticated', { reason: 'Only bearer tokens are accepted.' });
  }
  // Sign-in tells the signed form too (`set-auth-token`); the token alone is as good.
  return token.split('.', 1)[0] ?? '';
}

function admitted({ principal, check }: Found, request: AuthenticationRequest): Principal {
  check?.(request);
  return principal;
}

function signedOut(): Error {
  return createError('unauthenticated', { reason: 'The session is over. Sign in again.' });
}
