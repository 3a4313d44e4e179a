import { createError } from '@objectos/spec/errors';
import { LRUCache } from 'lru-cache';

const MAX_KEYS = 50_000;

/** How many failures, and how long the waits. */
export interface AttemptRules {
  readonly limit: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** One attempt under way. */
export interface Attempt {
  /** It was right: its failures are forgotten. */
  succeeded(): void;
  /** It was neither right nor wrong, e.g. malformed: it does not count. */
  withdraw(): void;
}

interface Failures {
  count: number;
  blockedUntil: number;
}

/**
 * Counts failed attempts by key. An attempt counts as failed from its beginning, so however many
 * arrive at once, no more than the limit are looked at. After the limit each failure doubles the wait.
 */
export function createAttempts(rules: AttemptRules, now: () => number = Date.now) {
  const known = new LRUCache<string, Failures>({
    max: MAX_KEYS,
    ttl: rules.longestWaitMs,
    perf: { now },
  });
  return {
    /** @throws `too_many_attempts` */
    begin(key: string): Attempt {
      const failures = known.get(key) ?? { count: 0, blockedUntil: 0 };
      const wait = failures.blockedUntil - now();
      if (wait > 0) throw tooMany(wait);
      const before = { ...failures };
      failures.count += 1;
      const over = failures.count - rules.limit;
      if (over >= 0) {
        const pause = Math.min(rules.firstWaitMs * 2 ** over, rules.longestWaitMs);
        failures.blockedUntil = now() + pause;
      }
      known.set(key, failures);
      return {
        succeeded: () => known.delete(key),
        withdraw() {
          failures.count = Math.max(0, failures.count - 1);
          failures.blockedUntil = before.blockedUntil;
        },
      };
    },
  };
}

/** Failed attempts by key. */
export type Attempts = ReturnType<typeof createAttempts>;

function tooMany(waitMs: number): Error {
  const seconds = Math.ceil(waitMs / 1000);
  return createError('too_many_attempts', { seconds }, { details: { retryAfterSeconds: seconds } });
}
