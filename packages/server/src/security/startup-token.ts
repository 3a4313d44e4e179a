import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Principal } from '@objectos/spec/contracts';

/** Who acts with the start-up token: the person who started the server, with all rights. */
export const STARTUP_PRINCIPAL: Principal = { kind: 'system', id: 'startup-token', tenantId: null };

/** The token that stands in for sign-in while no authentication plugin is loaded. */
export interface StartupToken {
  readonly value: string;
  /** True for `Bearer <token>`. Takes the same time for every wrong token of the right length. */
  matches(authorization: string): boolean;
}

/** Makes the token of this run: 32 random bytes, or the one that the configuration gives. */
export function createStartupToken(configured?: string): StartupToken {
  const value = configured ?? randomBytes(32).toString('base64url');
  const expected = Buffer.from(`Bearer ${value}`, 'latin1');
  const given = Buffer.alloc(expected.length);
  return {
    value,
    matches(authorization) {
      if (authorization.length !== expected.length) return false;
      given.write(authorization, 'latin1');
      return timingSafeEqual(given, expected);
    },
  };
}
