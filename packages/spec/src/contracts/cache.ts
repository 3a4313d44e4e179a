import type { MaybePromise } from './disposable.js';
import { serviceRef } from './refs.js';

/** Whose entries a cache holds. Caches of other owners and tenants are out of reach. */
export interface CacheScope {
  /** Usually the plugin's id. Letters, digits and `@/._-`. */
  readonly owner: string;
  /** The tenant the values belong to; absent or null for values that belong to none. */
  readonly tenantId?: string | null | undefined;
}

/** How long a value is good, and what makes it bad before. */
export interface CacheOptions {
  /** Milliseconds until the value is gone. Default: the plugin's `defaultTtl`. */
  readonly ttl?: number | undefined;
  /** Names under which the value can be invalidated together with others of the same scope. */
  readonly tags?: readonly string[] | undefined;
}

/** Options of {@link Cache.getOrCompute}. */
export interface ComputeOptions extends CacheOptions {
  /**
   * Milliseconds after `ttl` in which the old value is still answered while a new one is computed in
   * the background (stale-while-revalidate). Default 0.
   */
  readonly stale?: number | undefined;
}

/** Counters of a cache since it was opened in this process. */
export interface CacheStatistics {
  readonly hits: number;
  readonly misses: number;
  /** Hits that were answered with a value past its `ttl`. */
  readonly staleHits: number;
  readonly writes: number;
  readonly computations: number;
  /** Callers that waited for the computation of another one. */
  readonly shared: number;
  readonly invalidations: number;
}

/**
 * The cache of one scope. Values are JSON; what is read is frozen and shared, so copy it to change
 * it. A cache is never the only place of a value: reads fall through when a backend is away.
 */
export interface Cache {
  /** The value, in the same turn when it is in this process's memory. */
  get<T = unknown>(key: string): MaybePromise<T | undefined>;
  /** @throws `cache_value_invalid` for what is not JSON, `cache_value_too_large` */
  set(key: string, value: unknown, options?: CacheOptions): Promise<void>;
  /**
   * The value, or what `compute` returns, stored. Callers of the same key wait for one computation.
   * A value that was invalidated while it was computed is answered and not stored.
   */
  getOrCompute<T>(
    key: string,
    compute: () => MaybePromise<T>,
    options?: ComputeOptions,
  ): MaybePromise<T>;
  /** Forgets keys, on every node. */
  delete(...keys: readonly string[]): Promise<void>;
  /** Forgets every value that bears one of the tags, on every node. */
  invalidate(...tags: readonly string[]): Promise<void>;
  /** Forgets everything of this scope, on every node. */
  clear(): Promise<void>;
  statistics(): CacheStatistics;
}

/** Caches by scope. */
export interface CacheService {
  /** The cache of a scope; the same one for the same scope. @throws `cache_key_invalid` */
  open(scope: CacheScope): Cache;
  /** The caches that were opened, and what the memory holds. */
  statistics(): {
    readonly backend: 'memory' | 'redis';
    readonly available: boolean;
    readonly entries: number;
    readonly bytes: number;
    readonly evictions: number;
    readonly scopes: readonly (CacheScope & CacheStatistics)[];
  };
}

/** The cache. Provided by the cache plugin. */
export const cacheService = serviceRef<CacheService>('cache');
