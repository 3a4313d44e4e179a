export { cacheConfigSchema, type CacheConfig } from './config.js';
export {
  createCacheService,
  type CacheServiceOptions,
  type ClosableCacheService,
} from './cache-service.js';
export { createRedisStore } from './redis-store.js';
export type { CacheStore, Invalidation, InvalidationListener } from './store.js';
export { cachePlugin } from './plugin.js';
export { createMemoryCounters, createRedisCounters } from './counters.js';
