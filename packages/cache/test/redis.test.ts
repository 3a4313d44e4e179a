import { createTestKernel, hasRedisServer, startPrivateRedis } from '@objectos/testing';
import { cacheService } from '@objectos/spec/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { cachePlugin } from '../src/index.js';
import { findRedis, uniquePrefix } from './support.js';

const redisUrl = await findRedis();

async function startNode(url: string, prefix: string) {
  const config = { '@objectos/cache': { redisUrl: url, prefix } };
  const kernel = await createTestKernel({ plugins: [cachePlugin], config });
  const service = kernel.service(cacheService);
  return { kernel, service, cache: service.open({ owner: 'test', tenantId: 'acme' }) };
}

describe.skipIf(redisUrl === undefined)('two nodes on one Redis (skipped without Redis)', () => {
  it('share values, and drop what the other one invalidates', async () => {
    const prefix = uniquePrefix();
    const [a, b] = [await startNode(redisUrl!, prefix), await startNode(redisUrl!, prefix)];
    await a.cache.set('rate', 1, { tags: ['rates'] });
    expect(await b.cache.get('rate')).toBe(1);
    expect(await b.cache.get('rate'), 'from memory now').toBe(1);
    await a.cache.invalidate('rates');
    await expect.poll(() => b.cache.get('rate')).toBeUndefined();
    await a.cache.set('rate', 2);
    await expect.poll(() => b.cache.get('rate')).toBe(2);
    await a.cache.set('rate', 3);
    await expect.poll(() => b.cache.get('rate')).toBe(3);
    await b.cache.clear();
    await expect.poll(() => a.cache.get('rate')).toBeUndefined();
  });

  it('does not keep what another node invalidates while it is computed', async () => {
    const prefix = uniquePrefix();
    const [a, b] = [await startNode(redisUrl!, prefix), await startNode(redisUrl!, prefix)];
    let release: (value: number) => void = () => undefined;
    const slow = b.cache.getOrCompute('x', () => new Promise<number>((go) => (release = go)));
    await a.cache.set('probe', 1);
    await a.cache.delete('x');
    // The message for `probe` follows that for `x` on the same connection.
    await a.cache.delete('probe');
    await expect.poll(() => b.cache.get('probe')).toBeUndefined();
    release(1);
    await slow;
    expect(await b.cache.get('x')).toBeUndefined();
  });
});

describe.skipIf(!hasRedisServer())('Redis goes away (skipped without redis-server)', () => {
  it('falls through while it is away, and answers nothing old when it is back', async () => {
    const redis = await startPrivateRedis({ keeps: true });
    onTestFinished(() => redis.remove());
    const { cache, kernel, service } = await startNode(redis.url, uniquePrefix());
    await cache.set('kept', 'old', { tags: ['t'], ttl: 600_000 });
    await cache.set('other', 'old', { ttl: 600_000 });
    await redis.stop();
    await expect.poll(() => service.statistics().available).toBe(false);
    expect((await kernel.health()).status).toBe('degraded');

    expect(await cache.get('kept')).toBeUndefined();
    expect(await cache.getOrCompute('kept', () => 'computed')).toBe('computed');
    // This invalidation cannot reach Redis, which keeps the old value on its disk.
    await cache.invalidate('t');
    await redis.start();
    await expect.poll(() => service.statistics().available, { timeout: 10_000 }).toBe(true);
    expect(await cache.get('kept')).toBeUndefined();
    expect(await cache.getOrCompute('kept', () => 'new')).toBe('new');
    expect(await cache.get('kept')).toBe('new');
    expect((await kernel.health()).status).toBe('up');
  });

  it('counts as away when it hangs, and lets nobody wait', async () => {
    const redis = await startPrivateRedis({ keeps: true });
    onTestFinished(() => redis.remove());
    const { cache, service } = await startNode(redis.url, uniquePrefix());
    await cache.set('kept', 'old', { ttl: 600_000 });
    redis.freeze();
    const waiting = cache.getOrCompute('other', () => 'computed');
    await expect.poll(() => service.statistics().available).toBe(false);
    expect(await waiting).toBe('computed');
    expect(await cache.get('kept')).toBeUndefined();
    await cache.invalidate('t');
    redis.thaw();
    await expect.poll(() => service.statistics().available, { timeout: 20_000 }).toBe(true);
    expect(await cache.get('kept'), 'what was there before may be old').toBeUndefined();
    await cache.set('kept', 'new');
    expect(await cache.get('kept')).toBe('new');
  });
});
