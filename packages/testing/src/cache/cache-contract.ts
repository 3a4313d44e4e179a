import type { CacheService, MaybePromise } from '@objectos/spec/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

/** A cache service under test, with a clock the suite moves. */
export interface CacheFixture {
  readonly service: CacheService;
  /** Moves the clock of the service by milliseconds. */
  advance(milliseconds: number): void;
}

/**
 * The suite that every cache backend must pass. Call it in a Vitest file.
 *
 * @param factory makes an empty cache whose values may have 1,000 characters; the caller closes it
 */
export function cacheContract(name: string, factory: () => MaybePromise<CacheFixture>): void {
  describe(`cache contract: ${name}`, () => {
    let fixture: CacheFixture;
    const open = (owner = 'suite', tenantId?: string) => fixture.service.open({ owner, tenantId });
    beforeEach(async () => {
      fixture = await factory();
    });

    it('answers what was set, as JSON, frozen', async () => {
      const cache = open();
      const value = { text: 'ä€😀', list: [1, null, true], at: new Date(0), gone: undefined };
      await cache.set('key', value);
      const read = await cache.get<{ list: number[] }>('key');
      expect(read).toEqual({ text: 'ä€😀', list: [1, null, true], at: '1970-01-01T00:00:00.000Z' });
      expect(() => read?.list.push(2)).toThrow(TypeError);
      value.list.push(3);
      expect(await cache.get('key')).toEqual(read);
    });

    it('tells null from absent', async () => {
      const cache = open();
      expect(await cache.get('key')).toBeUndefined();
      await cache.set('key', null);
      expect(await cache.get('key')).toBeNull();
    });

    it('forgets after the ttl', async () => {
      const cache = open();
      await cache.set('key', 1, { ttl: 5_000 });
      fixture.advance(4_999);
      expect(await cache.get('key')).toBe(1);
      fixture.advance(2);
      expect(await cache.get('key')).toBeUndefined();
    });

    it('keeps owners and tenants apart, also when names run together', async () => {
      await open('a', 'b').set('c', 1);
      expect(await open('a').get('c')).toBeUndefined();
      expect(await open('ab').get('c')).toBeUndefined();
      await open('a').clear();
      expect(await open('a', 'b').get('c')).toBe(1);
      await open('a', 'b').clear();
      expect(await open('a', 'b').get('c')).toBeUndefined();
    });

    it('deletes keys and invalidates tags of its own scope only', async () => {
      const [mine, other] = [open('mine'), open('other')];
      await mine.set('a', 1, { tags: ['x', 'y'] });
      await mine.set('b', 2, { tags: ['y'] });
      await mine.set('c', 3);
      await other.set('a', 4, { tags: ['x'] });
      await mine.invalidate('x');
      expect(await mine.get('a')).toBeUndefined();
      expect([await mine.get('b'), await mine.get('c'), await other.get('a')]).toEqual([2, 3, 4]);
      await mine.delete('b', 'c', 'unknown');
      expect([await mine.get('b'), await mine.get('c')]).toEqual([undefined, undefined]);
    });

    it('computes once for a stampede', async () => {
      const cache = open();
      let computed = 0;
      const compute = async () => {
        computed += 1;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { computed };
      };
      const all = await Promise.all(
        Array.from({ length: 1_000 }, async () => cache.getOrCompute('key', compute)),
      );
      expect(computed).toBe(1);
      expect(new Set(all.map((one) => one.computed))).toEqual(new Set([1]));
      expect(cache.statistics()).toMatchObject({ computations: 1, shared: 999 });
    });

    it('keeps nothing of a computation that fails, and tells all who wait', async () => {
      const cache = open();
      const fail = () => Promise.reject(new Error('no rate'));
      const both = await Promise.allSettled([
        cache.getOrCompute('key', fail),
        cache.getOrCompute('key', fail),
      ]);
      expect(both.map((one) => one.status)).toEqual(['rejected', 'rejected']);
      expect(await cache.getOrCompute('key', () => 2)).toBe(2);
    });

    it('does not keep what was invalidated while it was computed', async () => {
      const cache = open();
      let release: (value: number) => void = () => undefined;
      const slow = cache.getOrCompute('key', () => new Promise<number>((go) => (release = go)), {
        tags: ['t'],
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      await cache.invalidate('t');
      release(1);
      expect(await slow).toBe(1);
      expect(await cache.get('key')).toBeUndefined();
    });

    it('answers the stale value while one caller renews it', async () => {
      const cache = open();
      let value = 1;
      const options = { ttl: 1_000, stale: 60_000 };
      expect(await cache.getOrCompute('key', () => value, options)).toBe(1);
      value = 2;
      fixture.advance(1_001);
      expect(await cache.get('key'), 'get never answers stale values').toBeUndefined();
      expect(await cache.getOrCompute('key', () => value, options)).toBe(1);
      await expect.poll(() => cache.getOrCompute('key', () => value, options)).toBe(2);
      expect(cache.statistics().staleHits).toBeGreaterThan(0);
    });

    it('refuses what it cannot keep', async () => {
      const cache = open();
      const code = (work: Promise<unknown>) =>
        work.catch((error: unknown) => (error as { code: string }).code);
      expect(await code(cache.set('key', 'x'.repeat(1_001)))).toBe('cache_value_too_large');
      expect(await code(cache.set('key', () => 1))).toBe('cache_value_invalid');
      expect(await code(cache.set('key', 1n))).toBe('cache_value_invalid');
      expect(await code(cache.set('bad\nkey', 1))).toBe('cache_key_invalid');
      expect(await code(cache.set('k'.repeat(513), 1))).toBe('cache_key_invalid');
      expect(() => open('a\u0000b')).toThrow(
        expect.objectContaining({ code: 'cache_key_invalid' }),
      );
      expect(await cache.get('key')).toBeUndefined();
    });
  });
}
