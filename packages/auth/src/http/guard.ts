import { addressKey, type Logger, type RouteContext } from '@objectos/spec/contracts';
import type { AuthConfig } from '../config.js';
import { LDAP_PATH } from '../ldap/directories.js';
import { loginKey } from '../ldap/login.js';
import { ACS_ROUTE, FINISH_PATH } from '../saml/paths.js';
import type { AttemptRules, Attempts, Counted } from './attempts.js';

/** How a guarded request ended. `neither`: it was malformed, or refused for another reason. */
export type Outcome = 'right' | 'wrong' | 'neither';

/** A request that was let through; its outcome must be told. */
export interface Admitted {
  /** Never throws: an outcome that can't be noted leaves the attempt counted as a failure. */
  settle(outcome: Outcome): Promise<void>;
}

/** Holds back who guesses. */
export interface Guard {
  /** @throws `too_many_attempts` */
  admit(
    path: string,
    body: Readonly<Record<string, unknown>>,
    ctx: RouteContext,
  ): Promise<Admitted>;
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
  ['/two-factor/generate-backup-codes', 'user'],
  ['/two-factor/get-totp-uri', 'user'],
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

const FREE: Admitted = { settle: () => Promise.resolve() };

/** Where somebody who is signed in proves the password: guesses at one place count at all of them. */
const OWN_PASSWORD = 'own-password';

/** Makes the guard. Nodes that share `attempts` hold back together. */
export function createGuard(
  rules: AuthConfig['lockout'],
  attempts: Pick<Attempts, 'begin'>,
  logger: Logger,
): Guard {
  const limited = (limit: number): AttemptRules => ({
    limit,
    firstWaitMs: rules.seconds * 1000,
    longestWaitMs: rules.maxMinutes * 60_000,
  });
  const fromAddressAtAccount = limited(rules.attempts);
  const atAccount = limited(rules.attempts * 3);
  const fromAddress = limited(rules.attempts * 10);

  return {
    async admit(path, body, ctx) {
      const kind = GUESSES.get(path);
      if (kind === undefined && !COSTLY.has(path)) return FREE;
      const ip = addressKey(ctx.origin?.ip ?? '');
      const account = kind === 'user' ? ctx.principal.id : accountOf(body);
      const what = kind === 'user' ? OWN_PASSWORD : path;
      const address: Counted = { key: `address ${what} ${ip}`, rules: fromAddress };
      const atOne: Counted[] =
        kind === 'address' || account === undefined
          ? []
          : [
              { key: `pair ${what} ${account} ${ip}`, rules: fromAddressAtAccount },
              { key: `account ${what} ${account}`, rules: atAccount },
            ];
      const begun = await attempts.begin([address, ...atOne]);
      if (kind === undefined) return FREE;
      return {
        async settle(outcome) {
          if (outcome === 'wrong') return;
          // A right password clears the account, not the address: others may be guessed from there.
          const told = new Map([[address, 'neither' as const], ...atOne.map(withOutcome(outcome))]);
          try {
            await begun.settle(told);
          } catch (error) {
            logger.warn(
              { error, path },
              'an attempt that was not wrong stays counted as a failure',
            );
          }
        },
      };
    },
  };
}

function withOutcome(outcome: 'right' | 'neither') {
  return (one: Counted): [Counted, 'right' | 'neither'] => [one, outcome];
}

function accountOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const { email, provider, username } = body;
  if (typeof username === 'string') return `${String(provider)} ${loginKey(username)}`;
  return typeof email === 'string' ? email.trim().toLowerCase().slice(0, 320) : undefined;
}
