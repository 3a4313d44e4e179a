import type {
  AuthenticationRequest,
  Authenticator,
  MaybePromise,
  Principal,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { STARTUP_PRINCIPAL, type StartupToken } from './startup-token.js';

const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|::1|::ffff:127(?:\.\d{1,3}){3})$/;

/** Turns a request into its principal; `undefined` when it bears no credential. */
export type Authenticate = (request: AuthenticationRequest) => MaybePromise<Principal | undefined>;

/**
 * Asks the authentication plugin when there is one (it may come and go while the server runs), else
 * takes the start-up token, and that from this machine only. Nothing is ever read from the URL.
 *
 * @throws `unauthenticated` for a bad credential
 */
export function createAuthentication(
  authenticator: () => Authenticator | undefined,
  token: StartupToken,
): Authenticate {
  return (request) => {
    const plugin = authenticator();
    // With a plugin present its word is final: the start-up token must not be a way around it.
    return plugin === undefined ? byStartupToken(token, request) : plugin.authenticate(request);
  };
}

function byStartupToken(
  token: StartupToken,
  request: AuthenticationRequest,
): Principal | undefined {
  const { authorization } = request.headers;
  if (typeof authorization !== 'string') return undefined;
  if (!LOOPBACK.test(request.remoteAddress)) {
    throw createError('unauthenticated', {
      reason: 'The start-up token works from this machine only.',
    });
  }
  if (token.matches(authorization)) return STARTUP_PRINCIPAL;
  throw createError('unauthenticated', { reason: 'This is not the start-up token.' });
}
