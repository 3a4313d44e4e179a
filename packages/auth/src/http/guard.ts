import type { RouteContext } from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import { LDAP_PATH } from '../ldap/directories.js';
import { loginKey } from '../ldap/login.js';
import { ACS_ROUTE, FINISH_PATH } from '../saml/paths.js';
import { createAttempts, type Attempt, type Attempts } from './attempts.js';

/** How a guarded request ended. `neither`: it was malformed, or refused for another reason. */
export type Outcome = 'right' | 'wrong' | 'neither';

/** A request that was let through; its outcome must be told. */
export interface Admitted {
  settle(outcome: Outcome): void;
}

/** Holds back who guesses. */
export interface Guard {
  /** @throws `too_many_attempts` */
  admit(path: string, body: Readonly<Record<string, unknown>>, ctx: RouteContext): Admitted;
}

/** Endpoints where somebody could guess: for an account, or from an address only. */
const GUESSES: ReadonlyMap<string, 'account' | 'user' | 'address'> = new Map([
  ['/sign-in/email', 'account'],
  [LDAP_PATH, 'account'],
  [ACS_ROUTE, 'address'],
  [FINISH_PATH, 'address'],
  ['/change-password', 'user'],
  ['/verify-password', 'user'],
  ['/two-factor/enable', 'user'],
  ['/two-factor/disable', 'user'],
  ['/two-factor/verify-totp', 'address'],
  ['/two-factor/verify-backup-code', 'address'],
  ['/passkey/verify-authentication', 'address'],
  ['/setup', 'address'],
  ['/reset-password', 'address'],
  ['/magic-link/verify', 'address'],
  ['/verify-email', 'address'],
]);

/** Endpoints that write to somebody, or make something: each request counts, right or not. */
const COSTLY: ReadonlySet<string> = new Set([
  '/sign-up/email',
  '/sign-in/magic-link',
  '/request-password-reset',
  '/send-verification-email',
]);

const FREE: Admitted = { settle: () => undefined };

/** Makes the guard of one server. Counts are kept in memory, for a bounded number of keys. */
export function createGuard(rules: AuthConfig['lockout'], now?: () => number): Guard {
  const attempts = (limit: number) =>
    createAttempts(
      { limit, firstWaitMs: rules.seconds * 1000, longestWaitMs: rules.maxMinutes * 60_000 },
      now,
    );
  const fromAddressAtAccount = attempts(rules.attempts);
  const atAccount = attempts(rules.attempts * 3);
  const fromAddress = attempts(rules.attempts * 10);

  return {
    admit(path, body, ctx) {
      const ip = ctx.origin?.ip ?? '';
      const kind = GUESSES.get(path);
      if (kind === undefined && !COSTLY.has(path)) return FREE;
      const account = kind === 'user' ? ctx.principal.id : accountOf(body);
      const keys: [Attempts, string][] = [[fromAddress, `${path} ${ip}`]];
      if (kind !== 'address' && account !== undefined) {
        keys.push(
          [fromAddressAtAccount, `${path} ${account} ${ip}`],
          [atAccount, `${path} ${account}`],
        );
      }
      const begun = beginAll(keys);
      return kind === undefined ? FREE : { settle: (outcome) => settle(begun, outcome) };
    },
  };
}

function beginAll(keys: readonly [Attempts, string][]): Attempt[] {
  const begun: Attempt[] = [];
  try {
    for (const [attempts, key] of keys) begun.push(attempts.begin(key));
  } catch (error) {
    for (const one of begun) one.withdraw();
    throw error;
  }
  return begun;
}

/** A right password clears the account, not the address: others may be guessed from there. */
function settle([address, ...account]: readonly Attempt[], outcome: Outcome): void {
  if (outcome === 'wrong') return;
  address?.withdraw();
  for (const one of account) {
    if (outcome === 'right') one.succeeded();
    else one.withdraw();
  }
}

function accountOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const { email, provider, username } = body;
  if (typeof username === 'string') return `${String(provider)} ${loginKey(username)}`;
  return typeof email === 'string' ? email.trim().toLowerCase().slice(0, 320) : undefined;
}
