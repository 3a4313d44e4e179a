import type { Cache, CacheScope, CacheService } from '@objectos/spec/contracts';
import { createCoarseClock } from './clock.js';
import { createFlights } from './flights.js';
import { createMemoryStore } from './memory-store.js';
import { createScopedCache, scopePrefix, type CacheParts } from './scoped-cache.js';
import { cacheConfigSchema, type CacheConfig } from './config.js';
import type { CacheStore, InvalidationListener } from './store.js';

/** What {@link createCacheService} is made of. */
export interface CacheServiceOptions {
  readonly config?: Partial<CacheConfig> | undefined;
  /** Makes the store; it calls `onRemote` for what other nodes invalidate. Default: memory. */
  readonly store?: ((onRemote: InvalidationListener) => CacheStore) | undefined;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined;
  readonly onBackgroundFailure?: CacheParts['onBackgroundFailure'] | undefined;
}

/** A cache service that can be closed. */
export interface ClosableCacheService extends CacheService {
  close(): Promise<void>;
}

/** Most scopes whose counters are kept; beyond it a cache still works, and is made anew each time. */
const MAX_SCOPES = 10_000;

/**
 * Makes a cache service, without a kernel.
 *
 * @example
 * const service = createCacheService();
 * const rates = service.open({ owner: 'billing' });
 * await rates.getOrCompute('eur', () => fetchRate('eur'), { ttl: 60_000 });
 */
export function createCacheService(options: CacheServiceOptions = {}): ClosableCacheService {
  const config = cacheConfigSchema.parse(options.config ?? {});
  const now = options.now ?? createCoarseClock();
  const flights = createFlights();
  const store = options.store?.((remote) => flights.outdate(remote)) ?? createMemoryStore(config);
  const { onBackgroundFailure = () => undefined } = options;
  const parts: CacheParts = { store, flights, config, now, onBackgroundFailure };
  const caches = new Map<string, { readonly scope: CacheScope; readonly cache: Cache }>();

  return {
    open(scope) {
      const prefix = scopePrefix(scope);
      const known = caches.get(prefix);
      if (known !== undefined) return known.cache;
      const cache = createScopedCache(scope, parts);
      if (caches.size < MAX_SCOPES) caches.set(prefix, { scope: { ...scope }, cache });
      return cache;
    },
    statistics() {
      const { entries, size, evictions } = store.memory();
      const scopes = [...caches.values()].map(({ scope, cache }) => ({
        ...scope,
        ...cache.statistics(),
      }));
      const { backend, available } = store;
      return { backend, available, entries, bytes: size, evictions, scopes };
    },
    close: () => store.close(),
  };
}
