import type { KeyValueService, MaybePromise } from '@objectos/spec/contracts';
import { beforeEach, describe, expect, it } from 'vitest';

/** A key-value storage under test, with a clock the suite moves. */
export interface KeyValueFixture {
  readonly service: KeyValueService;
  /** Moves the clock of the service by milliseconds. */
  advance(milliseconds: number): void;
}

/**
 * The suite that every backend of key-value storage must pass. Call it in a Vitest file.
 *
 * @param factory makes an empty storage whose values may have 1,000 bytes; the caller closes it
 */
export function keyValueContract(name: string, factory: () => MaybePromise<KeyValueFixture>): void {
  describe(`key-value contract: ${name}`, () => {
    let fixture: KeyValueFixture;
    const open = (owner = 'suite', tenantId?: string) => fixture.service.open({ owner, tenantId });
    beforeEach(async () => {
      fixture = await factory();
    });

    it('answers what was put, as JSON', async () => {
      const storage = open();
      expect(await storage.get('key')).toBeUndefined();
      const value = { text: 'ä€😀 "\\\n', list: [1, 1.5, null, true], at: new Date(0) };
      await storage.put('key', value);
      expect(await storage.get('key')).toEqual({ ...value, at: '1970-01-01T00:00:00.000Z' });
      await storage.put('key', null);
      expect(await storage.get('key')).toBeNull();
      await storage.put('key', 'text');
      expect(await storage.read('key')).toMatchObject({
        key: 'key',
        value: 'text',
        expiresAt: null,
      });
    });

    it('deletes, and says whether there was something', async () => {
      const storage = open();
      const version = await storage.put('key', 1);
      expect(await storage.delete('key', { ifVersion: 'another' })).toBe(false);
      expect(await storage.get('key')).toBe(1);
      expect(await storage.delete('key', { ifVersion: version })).toBe(true);
      expect(await storage.delete('key')).toBe(false);
      expect(await storage.get('key')).toBeUndefined();
      await storage.put('key', 2);
      expect(await storage.delete('key')).toBe(true);
    });

    it('forgets after the ttl, and not before', async () => {
      const storage = open();
      const from = Date.now();
      await storage.put('key', 1, { ttl: 5_000 });
      const expires = Date.parse((await storage.read('key'))?.expiresAt ?? '');
      expect(Math.abs(expires - from - 5_000)).toBeLessThan(60_000);
      fixture.advance(4_999);
      expect(await storage.get('key')).toBe(1);
      fixture.advance(2);
      expect(await storage.get('key')).toBeUndefined();
      expect(await storage.delete('key')).toBe(false);
      expect((await storage.list()).entries).toEqual([]);
      // A write without a ttl takes the end away.
      await storage.put('key', 2, { ttl: 5_000 });
      await storage.put('key', 3);
      fixture.advance(6_000);
      expect(await storage.get('key')).toBe(3);
    });

    it('compares and sets', async () => {
      const storage = open();
      const first = await storage.compareAndSet('key', null, 1);
      expect(first).toEqual(expect.any(String));
      expect(await storage.compareAndSet('key', null, 2)).toBeUndefined();
      expect(await storage.compareAndSet('key', 'another', 2)).toBeUndefined();
      const second = await storage.compareAndSet('key', first ?? '', 2);
      expect(second).not.toBe(first);
      expect(await storage.compareAndSet('key', first ?? '', 3)).toBeUndefined();
      expect(await storage.read('key')).toMatchObject({ value: 2, version: second });
      const third = await storage.put('key', 2);
      expect(third, 'the same value, but written again').not.toBe(second);
      expect(await storage.compareAndSet('key', second ?? '', 4)).toBeUndefined();
    });

    it('takes what is over for what is not there', async () => {
      const storage = open();
      const version = await storage.compareAndSet('key', null, 1, { ttl: 1_000 });
      fixture.advance(1_001);
      expect(await storage.compareAndSet('key', version ?? '', 2)).toBeUndefined();
      expect(await storage.compareAndSet('key', null, 3)).toEqual(expect.any(String));
      expect(await storage.get('key')).toBe(3);
    });

    it('lets one of many writers win, and loses no increment', async () => {
      const storage = open();
      const first = await Promise.all(
        Array.from({ length: 10 }, (_, at) => storage.compareAndSet('lock', null, at)),
      );
      expect(first.filter((version) => version !== undefined)).toHaveLength(1);
      const increment = async (): Promise<void> => {
        for (;;) {
          const now = await storage.read<number>('count');
          const next = (now?.value ?? 0) + 1;
          const version = await storage.compareAndSet('count', now?.version ?? null, next);
          if (version !== undefined) return;
        }
      };
      await Promise.all(Array.from({ length: 10 }, increment));
      expect(await storage.get('count')).toBe(10);
    });

    it('lists by prefix, in the order of code points, page by page', async () => {
      const storage = open();
      const keys = ['b', 'a', 'a:2', 'a:10', 'a:1', 'a_', 'a%', 'A:1', 'ä', '\u{ff5e}', '😀'];
      for (const key of keys) await storage.put(key, key.length);
      const all: string[] = [];
      for await (const { key } of storage.entries()) all.push(key);
      expect(all).toEqual([...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      const page = await storage.list({ prefix: 'a:', limit: 2 });
      expect(page.entries.map(({ key, value }) => [key, value])).toEqual([
        ['a:1', 3],
        ['a:10', 4],
      ]);
      const rest = await storage.list({ prefix: 'a:', limit: 2, after: page.next });
      expect(rest.entries.map(({ key }) => key)).toEqual(['a:2']);
      expect(rest.next).toBeUndefined();
      expect((await storage.list({ prefix: 'a:', after: 'b' })).entries).toEqual([]);
      expect((await storage.list({ prefix: 'b:' })).entries).toEqual([]);
    });

    it('leaves out of pages what is over', async () => {
      const storage = open();
      for (let at = 10; at < 30; at += 1)
        await storage.put(`k${at}`, at, at % 2 === 0 ? { ttl: 1_000 } : {});
      fixture.advance(2_000);
      const { entries } = await storage.list({ limit: 10 });
      expect(entries.map(({ value }) => value)).toEqual([11, 13, 15, 17, 19, 21, 23, 25, 27, 29]);
    });

    it('keeps owners and tenants apart, also when names run together', async () => {
      await open('a', 'b').put('c', 1);
      await open('a').put('c', 2);
      expect(await open('a', 'c').get('c')).toBeUndefined();
      expect(await open('ab').get('c')).toBeUndefined();
      expect((await open('a').list()).entries.map(({ key }) => key)).toEqual(['c']);
      await open('a').clear();
      expect(await open('a').get('c')).toBeUndefined();
      expect(await open('a', 'b').get('c')).toBe(1);
      await open('a', 'b').clear();
      expect(await open('a', 'b').get('c')).toBeUndefined();
    });

    it('refuses what it cannot keep, and leaves what was there', async () => {
      const storage = open();
      await storage.put('key', 1);
      const code = (work: Promise<unknown>) =>
        work.then(
          () => 'no refusal',
          (error: unknown) => (error as { code: string }).code,
        );
      expect(await code(storage.put('key', '€'.repeat(400)))).toBe('storage_value_too_large');
      expect(await code(storage.put('key', 'x'.repeat(998)))).toBe('no refusal');
      expect(await code(storage.put('key', () => 1))).toBe('storage_value_invalid');
      expect(await code(storage.put('key', 1n))).toBe('storage_value_invalid');
      expect(await code(storage.put('key', 1, { ttl: 0 }))).toBe('storage_value_invalid');
      for (const key of ['', 'a\nb', 'a\u0000', 'k'.repeat(513), '\ud800'])
        expect(await code(storage.put(key, 1)), JSON.stringify(key)).toBe('storage_key_invalid');
      expect(() => open('a\u001fb')).toThrow(
        expect.objectContaining({ code: 'storage_key_invalid' }),
      );
      expect(await storage.get('key')).toBe('x'.repeat(998));
    });
  });
}
