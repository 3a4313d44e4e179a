import { keyValueService, type PluginStorage } from '@objectos/spec/contracts';
import { createMemoryStateStore, withKeyValue } from '@objectos/kernel';
import { createTestKernel, keyValueContract, type KeyValueFixture } from '@objectos/testing';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import {
  dataEngineService,
  definePlugin,
  filesService,
  systemContext,
} from '@objectos/spec/contracts';
import { createNodeCarrier } from '@objectos/kernel/node';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import {
  createDatabaseStore,
  createKeyValueService,
  createMemoryStore,
  createRedisStore,
  storagePlugin,
  type KeyValueStore,
  type OwnedKeyValueService,
} from '../src/index.js';
import {
  codeOf,
  findRedis,
  freePort,
  hasRedisServer,
  postgresDatabase,
  sqliteDatabase,
  startRedis,
  uniquePrefix,
} from './support.js';

const opened: OwnedKeyValueService[] = [];
afterEach(async () => {
  for (const service of opened.splice(0)) await service.close();
});

function fixture(
  store: KeyValueStore,
): KeyValueFixture & { readonly service: OwnedKeyValueService } {
  let time = Date.now();
  const service = createKeyValueService({ store, maxValueSize: 1_000, now: () => time });
  opened.push(service);
  return { service, advance: (by) => (time += by) };
}

keyValueContract('memory', () => fixture(createMemoryStore()));
keyValueContract('SQLite', async () => fixture(createDatabaseStore(await sqliteDatabase())));

if (postgresDatabase === undefined) {
  describe.skip('key-value contract: PostgreSQL - SKIPPED, none answers', () => it('is there'));
} else {
  const make = postgresDatabase;
  keyValueContract('PostgreSQL', async () => fixture(createDatabaseStore(await make())));
}

const redisUrl = await findRedis();
if (redisUrl === undefined) {
  describe.skip('key-value contract: Redis - SKIPPED, none answers', () => it('is there'));
} else {
  keyValueContract('Redis', () => fixture(createRedisStore({ redisUrl, prefix: uniquePrefix() })));
}

describe('values whose time is over', () => {
  it.each([
    ['memory', async () => createMemoryStore()],
    ['SQLite', async () => createDatabaseStore(await sqliteDatabase())],
  ] as const)('are removed by the sweep in %s', async (_name, make) => {
    const store = await make();
    const over = fixture(store);
    const { service } = over;
    const storage = service.open({ owner: 'suite' });
    await storage.put('short', 1, { ttl: 1_000 });
    await storage.put('long', 1, { ttl: 9_000 });
    await storage.put('forever', 1);
    over.advance(5_000);
    await service.sweep();
    // As if the clock stood still: only what was removed is not there.
    const kept = await store.list(
      'suite\u001f\u001f',
      { prefix: '', after: undefined, limit: 9 },
      0,
    );
    expect(kept.map(({ key }) => key)).toEqual(['forever', 'long']);
  });
});

describe.skipIf(!hasRedisServer())('a Redis that goes away', () => {
  it('fails operations with storage_unavailable also when it only hangs', async () => {
    const port = await freePort();
    const stop = await startRedis(port);
    onTestFinished(() => stop());
    const store = createRedisStore({ redisUrl: `redis://127.0.0.1:${port}`, prefix: 'test' });
    const { service } = fixture(store);
    const storage = service.open({ owner: 'suite' });
    await storage.put('key', 1);
    stop.freeze();
    expect(await codeOf(storage.get('key'))).toBe('storage_unavailable');
    expect(await service.isUp()).toBe(false);
  });

  it('fails operations with storage_unavailable, and serves them when it is back', async () => {
    const port = await freePort();
    let stop = await startRedis(port);
    onTestFinished(() => stop());
    const store = createRedisStore({ redisUrl: `redis://127.0.0.1:${port}`, prefix: 'test' });
    const { service } = fixture(store);
    const storage = service.open({ owner: 'suite' });
    await storage.put('key', 1);
    expect(await service.isUp()).toBe(true);
    await stop();
    expect(await codeOf(storage.get('key'))).toBe('storage_unavailable');
    expect(await codeOf(storage.put('key', 2))).toBe('storage_unavailable');
    expect(await service.isUp()).toBe(false);
    stop = await startRedis(port);
    await expect.poll(() => codeOf(storage.put('key', 3))).toBe('no refusal');
    expect(await storage.get('key')).toBe(3);
  });
});

describe('the storage of plugins', () => {
  it('lives in the key-value storage, each plugin apart, and keeps what was there before', async () => {
    const { service } = fixture(createMemoryStore());
    const below = createMemoryStateStore();
    await below.storage('a').set('old', 1);
    const state = withKeyValue(below, service);
    let storage: PluginStorage | undefined;
    const kernel = await createTestKernel({
      stateStore: state,
      plugins: [
        definePlugin({
          manifest: { id: 'a', version: '1.0.0' },
          async setup(ctx) {
            storage = ctx.storage;
            expect(await ctx.storage.get('old')).toBe(1);
            await ctx.storage.set('old', 2);
            await ctx.storage.set('new', 3);
            await ctx.storage.set('gone', 4);
            expect(await ctx.storage.delete('gone')).toBe(true);
            expect(await ctx.storage.delete('gone')).toBe(false);
          },
        }),
      ],
    });
    expect(await storage?.get('old')).toBe(2);
    expect(await below.storage('a').keys()).toEqual([]);
    expect(await state.storage('a').keys()).toEqual(['new', 'old']);
    expect(await state.storage('b').keys()).toEqual([]);
    expect(await service.open({ owner: 'plugin:a' }).get('new')).toBe(3);
    await kernel.stop();
  });

  it('tells null from absent, and removes what both hold', async () => {
    const { service } = fixture(createMemoryStore());
    const below = createMemoryStateStore();
    await below.storage('a').set('key', 1);
    const storage = withKeyValue(below, service).storage('a');
    await storage.set('key', null);
    expect(await storage.get('key')).toBeNull();
    expect(await storage.delete('key')).toBe(true);
    expect(await storage.get('key')).toBeUndefined();
  });

  it('makes a value once, also over what was there before', async () => {
    const { service } = fixture(createMemoryStore());
    const below = createMemoryStateStore();
    await below.storage('a').set('old', 1);
    const nodes = [1, 2, 3].map(() => withKeyValue(below, service).storage('a'));
    const kept = await Promise.all(nodes.map((node, index) => node.setIfAbsent('new', { index })));
    expect(kept).toEqual([kept[0], kept[0], kept[0]]);
    expect(await nodes[2]!.get('new')).toEqual(kept[0]);
    expect(await nodes[0]!.setIfAbsent('old', 2)).toBe(1);
    expect(await nodes[0]!.get('old')).toBe(1);
  });
});

describe('the plugin', () => {
  it('keeps values in the database of the application, in the transaction of the caller', async () => {
    const engine = objectqlPlugin({
      driver: new SqlDriver({ url: ':memory:' }),
      carrier: createNodeCarrier(),
      applicationFiles: async () => [
        { file: 'objects/note.object.yml', text: 'name: note\nfields: { title: { type: text } }' },
      ],
    });
    const kernel = await createTestKernel({
      plugins: [engine, storagePlugin],
    });
    const keyValue = kernel.service(keyValueService);
    expect(keyValue.backend).toBe('database');
    const storage = keyValue.open({ owner: 'test', tenantId: 'acme' });
    const data = kernel.service(dataEngineService);
    data.hook(
      'afterInsert',
      'note',
      async ({ record }) => {
        await storage.put('last', record['title']);
        if (record['title'] === 'bad') throw new Error('no');
      },
      { owner: 'test' },
    );
    await data.insert('note', { title: 'good' }, systemContext('test'));
    await expect(data.insert('note', { title: 'bad' }, systemContext('test'))).rejects.toThrow();
    expect(await storage.get('last')).toBe('good');
  });

  it('says that values without a database end with the process', async () => {
    const kernel = await createTestKernel({ plugins: [storagePlugin] });
    expect(kernel.service(keyValueService).backend).toBe('memory');
    expect(kernel.logs.some(({ level }) => level === 'warn')).toBe(true);
    const file = kernel.service(filesService).get('x', systemContext('test'));
    expect(await codeOf(file)).toBe('files_unavailable');
  });

  it('refuses a backend without its address', async () => {
    const started = createTestKernel({
      plugins: [storagePlugin],
      config: { '@objectos/storage': { keyValue: { backend: 'redis' } } },
      stopAfterTest: false,
    });
    await expect(started).rejects.toThrow(/redisUrl/);
  });
});
