import { createError } from '@objectos/spec/errors';
import { LRUCache } from 'lru-cache';

const MINUTE = 60_000;

/** Counts the requests of keys in the running minute, on this node. */
export interface KeyRates {
  /** @throws `rate_limit_exceeded` */
  count(key: string, limit: number): void;
}

/** Makes the counter. It forgets a key that was not used for a minute. */
export function createKeyRates(now: () => number = Date.now): KeyRates {
  const windows = new LRUCache<string, { readonly begun: number; used: number }>({
    max: 10_000,
    ttl: MINUTE,
    perf: { now },
  });
  return {
    count(key, limit) {
      const at = now();
      const window = windows.get(key);
      if (window === undefined || at - window.begun >= MINUTE) {
        windows.set(key, { begun: at, used: 1 });
        return;
      }
      window.used += 1;
      if (window.used <= limit) return;
      const seconds = Math.ceil((window.begun + MINUTE - at) / 1000);
      const details = { retryAfterSeconds: seconds };
      throw createError('rate_limit_exceeded', { limit, seconds }, { details });
    },
  };
}
