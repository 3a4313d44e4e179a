import { fileStoreContract } from '@objectos/testing';
import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createLocalStore } from '../src/index.js';
import { codeOf, temporaryFolder } from './support.js';

fileStoreContract('local folder', async () =>
  createLocalStore({ folder: path.join(await temporaryFolder(), 'new') }),
);

describe('a local store', () => {
  async function* body() {
    yield Buffer.from('x');
  }

  it('leaves nothing pending, and shows its contents to its owner only', async () => {
    const folder = await temporaryFolder();
    const store = createLocalStore({ folder });
    await store.prepare();
    await store.write('a/b', body());
    async function* broken() {
      yield Buffer.from('x');
      throw new Error('gone');
    }
    await expect(store.write('a/c', broken())).rejects.toThrow('gone');
    expect(await readdir(path.join(folder, 'pending'))).toEqual([]);
    expect((await stat(path.join(folder, 'content', 'a', 'b'))).mode & 0o777).toBe(0o600);
  });

  it('neither reads nor writes through links that somebody put there', async () => {
    const folder = await temporaryFolder();
    const outside = await temporaryFolder();
    const store = createLocalStore({ folder });
    await store.prepare();
    await writeFile(path.join(outside, 'secret'), 'secret');
    await mkdir(path.join(folder, 'content', 'in'));
    await symlink(path.join(outside, 'secret'), path.join(folder, 'content', 'in', 'leak'));
    await symlink(outside, path.join(folder, 'content', 'out'));
    expect(await store.read('in/leak')).toBeUndefined();
    expect(await codeOf(store.write('out/new', body()))).toBe('file_key_invalid');
    expect(await readdir(outside)).toEqual(['secret']);
    await store.write('in/leak', body());
    const found: string[] = [];
    for await (const { key } of store.list('')) found.push(key);
    expect(found).toEqual(['in/leak']);
    expect(await store.read('out/secret')).toBeUndefined();
    expect(await store.size('out/secret')).toBeUndefined();
    expect(await store.delete('out/secret')).toBe(false);
  });
});
