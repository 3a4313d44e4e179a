import type { CounterService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { LRUCache } from 'lru-cache';
import type { Redis } from 'ioredis';

const MAX_COUNTERS = 100_000;

/** Counters in the memory of this process. */
export function createMemoryCounters(now: () => number = Date.now): CounterService {
  const counters = new LRUCache<string, { value: number }>({
    max: MAX_COUNTERS,
    perf: { now },
    ttlResolution: 0,
  });
  return {
    shared: false,
    async add(increments) {
      return increments.map(({ key, by, ttl }) => {
        const known = counters.get(key);
        if (known !== undefined) return (known.value += by);
        counters.set(key, { value: by }, { ttl });
        return by;
      });
    },
  };
}

/** Counters on Redis. @param commands the connection, while there is one */
export function createRedisCounters(
  commands: () => Redis | undefined,
  prefix: string,
): CounterService {
  return {
    shared: true,
    async add(increments) {
      const redis = commands();
      if (redis === undefined) throw createError('counters_unavailable', {});
      const batch = redis.pipeline();
      for (const { key, by, ttl } of increments) {
        const name = `${prefix}:counter:${key}`;
        // `NX`: a counter ends when it was to end, however often it is added to.
        batch.incrby(name, by).pexpire(name, ttl, 'NX');
      }
      const replies = (await batch.exec()) ?? [];
      return increments.map((_increment, index) => {
        const [error, value] = replies[index * 2] ?? [];
        if (error === null && typeof value === 'number') return value;
        throw createError('counters_unavailable', {}, { cause: error });
      });
    },
  };
}
