import type { ByteRange, MaybePromise } from '@objectos/spec/contracts';
import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';

/** What the suite asks of a file store; `FileStore` of `@objectos/storage` is it. */
export interface FileStoreUnderTest {
  prepare(): Promise<void>;
  write(
    key: string,
    body: AsyncIterable<Uint8Array>,
    options?: {
      readonly contentType?: string | undefined;
      readonly seal?:
        ((digest: { size: number; sha256: string }) => MaybePromise<void>) | undefined;
    },
  ): Promise<{ readonly size: number; readonly sha256: string }>;
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  size(key: string): Promise<number | undefined>;
  delete(key: string): Promise<boolean>;
  list(
    prefix: string,
  ): AsyncIterable<{ readonly key: string; readonly size: number; readonly modifiedAt: number }>;
  isUp(): Promise<boolean>;
}

/**
 * The suite that every file store must pass. Call it in a Vitest file.
 *
 * @param factory makes an empty store; the caller takes it away
 */
export function fileStoreContract(
  name: string,
  factory: () => MaybePromise<FileStoreUnderTest>,
): void {
  describe(`file store contract: ${name}`, () => {
    let store: FileStoreUnderTest;
    beforeEach(async () => {
      store = await factory();
      await store.prepare();
    });

    const text = async (key: string, range?: ByteRange) => {
      const body = await store.read(key, range);
      return body === undefined ? undefined : new Response(body).text();
    };
    const keys = async (prefix = '') => {
      const found: string[] = [];
      for await (const { key } of store.list(prefix)) found.push(key);
      return found.sort();
    };

    it('answers what was written, and says what it was', async () => {
      expect(await store.isUp()).toBe(true);
      const digest = await store.write('files/aa/one', chunks('hello ', 'world'));
      expect(digest).toEqual({ size: 11, sha256: sha256('hello world') });
      expect(await text('files/aa/one')).toBe('hello world');
      expect(await store.size('files/aa/one')).toBe(11);
    });

    it('keeps empty contents, and tells them from absent ones', async () => {
      expect(await store.write('empty', chunks())).toEqual({ size: 0, sha256: sha256('') });
      expect(await store.size('empty')).toBe(0);
      expect(await text('empty')).toBe('');
      expect(await store.size('absent')).toBeUndefined();
      expect(await text('absent')).toBeUndefined();
      expect(await text('absent/below')).toBeUndefined();
    });

    it('answers parts', async () => {
      await store.write('digits', chunks('01234', '56789'));
      expect(await text('digits', { start: 0, end: 0 })).toBe('0');
      expect(await text('digits', { start: 3, end: 6 })).toBe('3456');
      expect(await text('digits', { start: 9, end: 9 })).toBe('9');
    });

    it('takes bytes in chunks of any size, byte for byte', async () => {
      const bytes = randomBytes(9_000_001);
      async function* pieces() {
        for (let at = 0; at < bytes.length; at += 777_777) yield bytes.subarray(at, at + 777_777);
      }
      const digest = await store.write('large', pieces());
      expect(digest).toEqual({ size: bytes.length, sha256: sha256(bytes) });
      const body = await store.read('large');
      const read = Buffer.from(await new Response(body).arrayBuffer());
      expect(sha256(read)).toBe(digest.sha256);
    });

    it('replaces a content, and shows one or the other to everybody', async () => {
      await store.write('key', chunks('old'));
      await store.write('key', chunks('newer'));
      expect(await text('key')).toBe('newer');
      const [a, b] = ['a'.repeat(200_000), 'b'.repeat(200_000)];
      await Promise.all([store.write('key', chunks(a)), store.write('key', chunks(b))]);
      expect([a, b]).toContain(await text('key'));
    });

    it('leaves nothing of a body that breaks off, or that is refused at its end', async () => {
      async function* broken() {
        yield Buffer.from('some');
        throw new Error('gone');
      }
      await expect(store.write('broken', broken())).rejects.toThrow('gone');
      await store.write('kept', chunks('old'));
      const refuse = () => Promise.reject(new Error('refused'));
      await expect(store.write('kept', chunks('new'), { seal: refuse })).rejects.toThrow('refused');
      expect(await text('kept')).toBe('old');
      expect(await store.size('broken')).toBeUndefined();
      expect(await keys()).toEqual(['kept']);
    });

    it('tells the digest before anybody can see the content', async () => {
      let seen: unknown;
      await store.write('key', chunks('abc'), {
        seal: async (digest) => {
          seen = [digest, await store.size('key')];
        },
      });
      expect(seen).toEqual([{ size: 3, sha256: sha256('abc') }, undefined]);
    });

    it('deletes', async () => {
      await store.write('a/key', chunks('x'));
      expect(await store.delete('a/key')).toBe(true);
      expect(await store.size('a/key')).toBeUndefined();
      await store.delete('a/key');
      expect(await keys()).toEqual([]);
    });

    it('lists by prefix, with size and time', async () => {
      for (const key of ['parts/u1/0', 'parts/u1/1', 'parts/u2/0', 'files/ab/x'])
        await store.write(key, chunks(key));
      expect(await keys('parts/')).toEqual(['parts/u1/0', 'parts/u1/1', 'parts/u2/0']);
      expect(await keys('parts/u1/')).toEqual(['parts/u1/0', 'parts/u1/1']);
      expect(await keys('nothing/')).toEqual([]);
      for await (const content of store.list('files/')) {
        expect(content.size).toBe(10);
        expect(Math.abs(content.modifiedAt - Date.now())).toBeLessThan(3_600_000);
      }
    });

    it.each([
      '',
      '/',
      '../../etc/passwd',
      'a/../../b',
      'a/./b',
      'a//b',
      '/etc/passwd',
      '..%2f..%2fetc',
      '%252e%252e/x',
      'a\\..\\b',
      'nul\u0000.txt',
      'con',
      'files/com1.txt',
      'a/',
      'A/b',
      'ä',
      'x'.repeat(300),
    ])('refuses the key %j everywhere', async (key) => {
      const refused: unknown = expect.objectContaining({ code: 'file_key_invalid' });
      await expect(store.write(key, chunks('x'))).rejects.toEqual(refused);
      await expect(store.read(key)).rejects.toEqual(refused);
      await expect(store.size(key)).rejects.toEqual(refused);
      await expect(store.delete(key)).rejects.toEqual(refused);
      expect(await keys()).toEqual([]);
    });
  });
}

async function* chunks(...parts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
