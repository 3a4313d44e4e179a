import type { AccessPolicy, MaybePromise, Principal } from '@objectos/spec/contracts';
import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Authenticate } from './authentication.js';

/**
 * Has the access policy load the grants of whoever signed in, once per request, so that everything
 * after it (the metadata as well) can ask without waiting.
 *
 * @throws `access_unavailable` when the policy fails: then nothing is answered
 */
export function withPreparedAccess(
  authenticate: Authenticate,
  policy: () => AccessPolicy | undefined,
): Authenticate {
  const prepare = (principal: Principal | undefined): MaybePromise<Principal | undefined> => {
    if (principal?.kind !== 'user') return principal;
    try {
      const pending = policy()?.prepare?.(principal);
      return pending === undefined ? principal : pending.then(() => principal, fail);
    } catch (error) {
      return fail(error);
    }
  };
  return (request) => {
    const principal = authenticate(request);
    return isPromise(principal) ? principal.then(prepare) : prepare(principal);
  };
}

function fail(cause: unknown): never {
  if (isObjectOSError(cause)) throw cause;
  throw createError('access_unavailable', { reason: 'the permission check failed' }, { cause });
}

function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
