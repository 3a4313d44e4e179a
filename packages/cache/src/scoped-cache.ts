import type {
  Cache,
  CacheOptions,
  CacheScope,
  CacheStatistics,
  ComputeOptions,
  MaybePromise,
} from '@objectos/spec/contracts';
import type { CacheConfig } from './config.js';
import { checkKey, fromText, toText, type Entry } from './entry.js';
import type { Flight, Flights } from './flights.js';
import type { CacheStore } from './store.js';

/** What the caches of a service share. */
export interface CacheParts {
  readonly store: CacheStore;
  readonly flights: Flights;
  readonly config: CacheConfig;
  readonly now: () => number;
  /** Told of a computation that failed in the background. */
  readonly onBackgroundFailure: (key: string, error: unknown) => void;
}

/** Makes the cache of one scope. Its keys and tags all begin with the scope. */
export function createScopedCache(scope: CacheScope, parts: CacheParts): Cache {
  const { store, flights, config, now } = parts;
  const prefix = scopePrefix(scope);
  const counters = {
    hits: 0,
    misses: 0,
    staleHits: 0,
    writes: 0,
    computations: 0,
    shared: 0,
    invalidations: 0,
  };
  const full = createNames(prefix, config.maxEntries);

  function makeEntry(key: string, value: unknown, options: ComputeOptions): Entry {
    const text = toText(key, value, config.maxValueSize);
    const freshUntil = now() + (options.ttl ?? config.defaultTtl);
    return {
      value: fromText(text),
      text,
      freshUntil,
      expiresAt: freshUntil + (options.stale ?? 0),
      tags: (options.tags ?? []).map(full),
    };
  }

  /** A value past its ttl counts for `getOrCompute` only. */
  function read(entry: Entry | undefined): unknown {
    if (entry !== undefined && now() < entry.freshUntil) {
      counters.hits += 1;
      return entry.value;
    }
    counters.misses += 1;
    return undefined;
  }

  function compute<T>(
    key: string,
    work: () => MaybePromise<T>,
    options: ComputeOptions,
  ): Promise<T> {
    const running = flights.find(prefix + key);
    if (running !== undefined) {
      counters.shared += 1;
      return running as Promise<T>;
    }
    counters.computations += 1;
    return flights.start(prefix + key, (options.tags ?? []).map(full), async (flight) => {
      const value = await work();
      if (value === undefined) return value;
      return keep(key, makeEntry(key, value, options), flight) as Promise<T>;
    });
  }

  async function keep(key: string, entry: Entry, flight: Flight): Promise<unknown> {
    if (!flight.isOutdated()) {
      counters.writes += 1;
      await store.set(prefix + key, entry);
      // Invalidated while it was on its way to the store: what was just kept is old.
      if (flight.isOutdated()) await store.invalidate({ keys: [prefix + key] });
    }
    return entry.value;
  }

  function answer<T>(
    key: string,
    entry: Entry | undefined,
    work: () => MaybePromise<T>,
    options: ComputeOptions,
  ): MaybePromise<T> {
    const time = now();
    const live = entry !== undefined && time < entry.expiresAt;
    if (!live) {
      counters.misses += 1;
      return compute(key, work, options);
    }
    counters.hits += 1;
    if (time >= entry.freshUntil) {
      counters.staleHits += 1;
      compute(key, work, options).catch((error: unknown) => parts.onBackgroundFailure(key, error));
    }
    return entry.value as T;
  }

  return {
    get<T>(key: string): MaybePromise<T | undefined> {
      const found = store.get(full(key));
      const value = found instanceof Promise ? found.then(read) : read(found);
      return value as MaybePromise<T | undefined>;
    },
    async set(key: string, value: unknown, options: CacheOptions = {}) {
      const name = full(key);
      const entry = makeEntry(key, value, options);
      counters.writes += 1;
      flights.outdate({ keys: [name] });
      await store.set(name, entry);
    },
    getOrCompute(key, work, options = {}) {
      const found = store.get(full(key));
      return found instanceof Promise
        ? found.then((entry) => answer(key, entry, work, options))
        : answer(key, found, work, options);
    },
    delete: (...keys) => invalidate({ keys: keys.map(full) }),
    invalidate: (...tags) => invalidate({ tags: tags.map(full) }),
    clear: () => invalidate({ prefix }),
    statistics: (): CacheStatistics => ({ ...counters }),
  };

  async function invalidate(invalidation: Parameters<CacheStore['invalidate']>[0]): Promise<void> {
    counters.invalidations += 1;
    flights.outdate(invalidation);
    await store.invalidate(invalidation);
  }
}

/** `owner NUL tenant NUL`: no owner, tenant or key holds the separator, so scopes never overlap. */
export function scopePrefix({ owner, tenantId }: CacheScope): string {
  checkKey(owner);
  if (typeof tenantId === 'string') checkKey(tenantId);
  return `${owner}\u0000${tenantId ?? ''}\u0000`;
}

/**
 * Complete names of keys. A name is joined and checked once: joined text has no hash yet, and a
 * look-up by it costs more than all the rest of a read.
 */
function createNames(prefix: string, max: number): (key: string) => string {
  const names = new Map<string, string>();
  return (key) => {
    const known = names.get(key);
    if (known !== undefined) return known;
    checkKey(key);
    if (names.size >= max) names.clear();
    const name = prefix + key;
    names.set(key, name);
    return name;
  };
}
