import { cacheContract, type CacheFixture } from '@objectos/testing';
import { afterEach, describe, it } from 'vitest';
import { cacheConfigSchema, createCacheService, createRedisStore } from '../src/index.js';
import type { ClosableCacheService } from '../src/index.js';
import { findRedis, uniquePrefix } from './support.js';

const opened: ClosableCacheService[] = [];
afterEach(async () => {
  for (const service of opened.splice(0)) await service.close();
});

cacheContract('memory', () => {
  let time = Date.now();
  const now = () => time;
  return fixture(
    createCacheService({ config: { maxValueSize: 1_000 }, now }),
    (by) => (time += by),
  );
});

const redisUrl = await findRedis();
if (redisUrl === undefined) {
  describe.skip('cache contract: Redis - SKIPPED, no Redis answers here', () => it('is there'));
} else {
  cacheContract('Redis', async () => {
    let time = Date.now();
    const now = () => time;
    const config = cacheConfigSchema.parse({
      maxValueSize: 1_000,
      redisUrl,
      prefix: uniquePrefix(),
    });
    const store = await createRedisStore({ ...config, redisUrl }, () => undefined, now);
    const service = createCacheService({ config, now, store: () => store });
    return fixture(service, (by) => (time += by));
  });
}

function fixture(service: ClosableCacheService, advance: (by: number) => void): CacheFixture {
  opened.push(service);
  return { service, advance };
}
