import type { Authenticator } from '@objectos/spec/contracts';
import type { RateGate } from '../rates/rate-gate.js';
import type { Authenticate } from './authentication.js';

/**
 * Bounds what unknown credentials cost: to look one up takes queries, whoever made it up. From an address
 * that used up its limit none is looked up any more; those that were good before are.
 *
 * @throws `rate_limited`
 */
export function withBoundedLookUps(
  authenticate: Authenticate,
  authenticator: () => Authenticator | undefined,
  rates: Pick<RateGate, 'spent'>,
): Authenticate {
  return (request) => {
    const refusal = rates.spent(request.remoteAddress);
    if (refusal !== undefined && authenticator()?.knows?.(request) === false) throw refusal();
    return authenticate(request);
  };
}
