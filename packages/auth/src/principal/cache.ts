import { LRUCache } from 'lru-cache';

/** Shorter than a second: a session that another node ended is known to be over within it. */
const TTL_MS = 900;
const MAX_ENTRIES = 10_000;

/** What a cached finding depends on: the ids of its session or key, its user, its membership. */
export interface Cached<T> {
  readonly value: T;
  readonly dependsOn: readonly string[];
}

/**
 * Keeps findings for a moment, and drops those that a change concerns at once. A finding that was
 * under way while something changed is answered, but not kept.
 */
export function createPrincipalCache<T>(now: () => number = Date.now) {
  const known = new LRUCache<string, Cached<T>>({ max: MAX_ENTRIES, ttl: TTL_MS, perf: { now } });
  const underWay = new Map<string, Promise<T | undefined>>();
  let generation = 0;

  async function load(
    key: string,
    find: () => Promise<Cached<T> | undefined>,
  ): Promise<T | undefined> {
    const begun = generation;
    const found = await find();
    if (found !== undefined && begun === generation) known.set(key, found);
    return found?.value;
  }

  return {
    get: (key: string): T | undefined => known.get(key)?.value,

    /** Finds by `find`, once for all that ask for the same key at the same moment. */
    find(key: string, find: () => Promise<Cached<T> | undefined>): Promise<T | undefined> {
      const waiting = underWay.get(key);
      if (waiting !== undefined) return waiting;
      const loading = load(key, find).finally(() => {
        if (underWay.get(key) === loading) underWay.delete(key);
      });
      underWay.set(key, loading);
      return loading;
    },

    /** Forgets every finding that depends on this record. */
    drop(id: string): void {
      generation += 1;
      underWay.clear();
      for (const [key, { dependsOn }] of known.entries()) {
        if (dependsOn.includes(id)) known.delete(key);
      }
    },

    clear(): void {
      generation += 1;
      underWay.clear();
      known.clear();
    },
  };
}
