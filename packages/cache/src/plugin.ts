import {
  broadcastService,
  cacheService,
  countersService,
  definePlugin,
} from '@objectos/spec/contracts';
import { createCacheService } from './cache-service.js';
import { createBroadcast } from './broadcast.js';
import { cacheConfigSchema } from './config.js';
import { createMemoryCounters } from './counters.js';
import { createRedisStore } from './redis-store.js';
import type { CacheStore, InvalidationListener } from './store.js';

/** Cache, counters and messages between nodes as a plugin: in memory, and on Redis when `redisUrl` is set. */
export const cachePlugin = definePlugin({
  manifest: { id: '@objectos/cache', version: '0.1.0' },
  config: cacheConfigSchema,
  provides: [cacheService, countersService, broadcastService],
  async setup(ctx) {
    const { redisUrl } = ctx.config;
    let listener: InvalidationListener = () => undefined;
    let store: CacheStore | undefined;
    if (redisUrl !== undefined) {
      const config = { ...ctx.config, redisUrl };
      store = await createRedisStore(config, (what) => listener(what));
    }
    const service = createCacheService({
      config: ctx.config,
      ...(store === undefined ? {} : { store: useStore(store, (next) => (listener = next)) }),
      onBackgroundFailure: (key, error) =>
        ctx.logger.warn({ key: readable(key), error }, 'a cached value could not be renewed'),
    });
    ctx.provide(cacheService, service);
    ctx.provide(broadcastService, store?.broadcast ?? createBroadcast('alone'));
    ctx.provide(countersService, store?.counters ?? createMemoryCounters());
    ctx.onDispose(() => service.close());
    return {
      health() {
        const { available } = service.statistics();
        return available
          ? { status: 'up' as const }
          : { status: 'degraded' as const, detail: 'Redis does not answer; nothing is cached' };
      },
    };
  },
});

function useStore(store: CacheStore, setListener: (listener: InvalidationListener) => void) {
  return (listener: InvalidationListener): CacheStore => {
    setListener(listener);
    return store;
  };
}

function readable(key: string): string {
  return key.replaceAll('\u0000', ' ');
}
