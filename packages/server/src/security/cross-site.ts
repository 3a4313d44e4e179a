import type { Authenticator, SessionCookies } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Header in which a page, or a program with a cookie, gives the token back. */
export const CSRF_HEADER = 'x-csrf-token';

/** What the check needs to know of the installation. */
export interface CrossSiteOptions {
  /** Origin of the installation. */
  readonly origin: () => string;
  readonly authenticator: () => Authenticator | undefined;
}

/** Keeps pages of other sites from using the cookie of who visits them. */
export interface CrossSiteCheck {
  /**
   * Refuses a request that changes something and was authenticated by a cookie, unless the browser says
   * that it comes from a page of ours, or it bears the token of the session.
   *
   * @throws `origin_refused`, `csrf_token_required`
   */
  check(method: string, headers: IncomingHttpHeaders): void;
  /** The token of the session whose cookie a request bears. */
  tokenOf(headers: IncomingHttpHeaders): string | undefined;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Makes the check. */
export function createCrossSiteCheck({ origin, authenticator }: CrossSiteOptions): CrossSiteCheck {
  const cookies = (): SessionCookies | undefined => authenticator()?.cookies;

  function isOurs(from: string): boolean {
    return from === origin() || cookies()?.trusts(from) === true;
  }

  function tokenOf(headers: IncomingHttpHeaders): string | undefined {
    const name = cookies()?.name();
    const value = name === undefined ? undefined : cookieOf(headers.cookie, name);
    // The cookie is a secret that no page can read; so is what only its bearer can compute.
    return value === undefined
      ? undefined
      : createHmac('sha256', value).update('objectos csrf').digest('base64url');
  }

  return {
    tokenOf,
    check(method, headers) {
      if (SAFE.has(method) || !isByCookie(headers)) return;
      const site = headers['sec-fetch-site'];
      if (site === 'same-origin') return;
      const from = headers.origin;
      if (from !== undefined) {
        if (isOurs(from)) return;
        throw createError('origin_refused', { reason: `it is a page of "${from.slice(0, 100)}".` });
      }
      if (site === 'cross-site' || site === 'same-site') {
        throw createError('origin_refused', { reason: 'it is a page of another site.' });
      }
      const given = headers[CSRF_HEADER];
      const expected = tokenOf(headers);
      if (typeof given === 'string' && expected !== undefined && isSame(given, expected)) return;
      throw createError('csrf_token_required', { header: CSRF_HEADER });
    },
  };
}

/** A browser adds cookies by itself; the other credentials only a program can add. */
function isByCookie({ cookie, authorization, 'x-api-key': key }: IncomingHttpHeaders): boolean {
  return cookie !== undefined && authorization === undefined && key === undefined;
}

function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const equals = part.indexOf('=');
    if (equals === -1 || part.slice(0, equals).trim() !== name) continue;
    const value = part.slice(equals + 1).trim();
    return value === '' ? undefined : value;
  }
  return undefined;
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
