import { createTestKernel } from '@objectos/testing';
import { cacheService } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { cachePlugin, createCacheService } from '../src/index.js';

it('stays within its limits and counts what it throws out', async () => {
  const service = createCacheService({ config: { maxEntries: 10, maxSize: 4_096 } });
  const cache = service.open({ owner: 'a' });
  for (let index = 0; index < 50; index += 1)
    await cache.set(`key-${index}`, index, { tags: ['t'] });
  expect(service.statistics()).toMatchObject({ entries: 10, evictions: 40 });
  expect(await cache.get('key-49')).toBe(49);
  expect(await cache.get('key-0')).toBeUndefined();
  for (let index = 0; index < 9; index += 1) await cache.set(`big-${index}`, 'x'.repeat(1_000));
  expect(service.statistics().bytes).toBeLessThanOrEqual(4_096);
  await cache.set('too big for all of it', 'x'.repeat(5_000), { tags: ['t'] });
  expect(await cache.get('too big for all of it')).toBeUndefined();
  await cache.invalidate('t');
});

it('answers from memory in the same turn', async () => {
  const cache = createCacheService().open({ owner: 'a' });
  await cache.set('key', 1);
  expect(cache.get('key')).toBe(1);
  expect(cache.getOrCompute('key', () => 2)).toBe(1);
});

it('is a plugin with a healthy service and checked configuration', async () => {
  const kernel = await createTestKernel({ plugins: [cachePlugin] });
  expect(kernel.service(cacheService).statistics()).toMatchObject({
    backend: 'memory',
    available: true,
    scopes: [],
  });
  expect((await kernel.health()).status).toBe('up');
  await expect(
    createTestKernel({
      plugins: [cachePlugin],
      config: { '@objectos/cache': { redisUrl: 'http://x' } },
      stopAfterTest: false,
    }),
  ).rejects.toMatchObject({ code: 'kernel_boot_failed' });
});
