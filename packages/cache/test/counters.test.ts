import {
  counterContract,
  createTestKernel,
  hasRedisServer,
  startPrivateRedis,
} from '@objectos/testing';
import { countersService, type CounterService } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  cacheConfigSchema,
  cachePlugin,
  createMemoryCounters,
  createRedisStore,
} from '../src/index.js';
import type { CacheStore } from '../src/index.js';
import { findRedis, uniquePrefix } from './support.js';

const opened: CacheStore[] = [];
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
});

counterContract('memory', () => {
  let time = 1;
  return { counters: createMemoryCounters(() => time), advance: (by) => void (time += by) };
});

const redisUrl = await findRedis();
if (redisUrl === undefined) {
  describe.skip('counter contract: Redis - SKIPPED, no Redis answers here', () => it('is there'));
} else {
  counterContract('Redis', async () => {
    const prefix = uniquePrefix();
    const node = async (): Promise<CounterService> => {
      const config = { ...cacheConfigSchema.parse({ prefix }), redisUrl };
      const store = await createRedisStore(config, () => undefined);
      opened.push(store);
      return store.counters!;
    };
    return {
      counters: await node(),
      elsewhere: await node(),
      // Redis has a clock of its own.
      advance: (by) => new Promise((resolve) => setTimeout(resolve, by)),
    };
  });
}

it('counters come with the plugin', async () => {
  const kernel = await createTestKernel({ plugins: [cachePlugin] });
  const counters = kernel.service(countersService);
  expect(counters.shared).toBe(false);
  expect(await counters.add([{ key: 'a', by: 2, ttl: 1_000 }])).toEqual([2]);
});

describe.skipIf(!hasRedisServer())('Redis goes away (skipped without redis-server)', () => {
  it('counters say that they cannot be asked (counters_unavailable)', async () => {
    const redis = await startPrivateRedis({ keeps: true });
    onTestFinished(() => redis.remove());
    const config = { '@objectos/cache': { redisUrl: redis.url, prefix: uniquePrefix() } };
    const kernel = await createTestKernel({ plugins: [cachePlugin], config });
    const counters = kernel.service(countersService);
    const add = () => counters.add([{ key: 'a', by: 1, ttl: 60_000 }]);
    expect(await add()).toEqual([1]);
    await redis.stop();
    await expect(add()).rejects.toMatchObject({ code: 'counters_unavailable' });
    await redis.start();
    await expect.poll(() => add().catch(() => [0]), { timeout: 10_000 }).toEqual([2]);
  });
});
