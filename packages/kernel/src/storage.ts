import type {
  InstalledPlugin,
  KernelStateStore,
  KeyValueService,
  PluginStorage,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Scope } from './scope.js';

/** Keeps plugin state and storage in memory: every start of the process is the first one. */
export function createMemoryStateStore(): KernelStateStore {
  const plugins = new Map<string, InstalledPlugin>();
  const values = new Map<string, Map<string, string>>();
  const valuesOf = (id: string) => {
    const own = values.get(id) ?? new Map<string, string>();
    values.set(id, own);
    return own;
  };
  return {
    loadPlugins: () => Promise.resolve([...plugins.values()]),
    async savePlugin(plugin) {
      plugins.set(plugin.id, plugin);
    },
    async removePlugin(id) {
      plugins.delete(id);
    },
    storage: (id) => ({
      async get(key) {
        const text = values.get(id)?.get(key);
        return text === undefined ? undefined : (JSON.parse(text) as unknown);
      },
      async set(key, value) {
        valuesOf(id).set(key, JSON.stringify(value));
      },
      async setIfAbsent(key, value) {
        const own = valuesOf(id);
        const kept = own.get(key) ?? JSON.stringify(value);
        own.set(key, kept);
        return JSON.parse(kept) as unknown;
      },
      delete: (key) => Promise.resolve(values.get(id)?.delete(key) ?? false),
      keys: () => Promise.resolve([...(values.get(id)?.keys() ?? [])]),
    }),
  };
}

/**
 * Keeps the storage of plugins in a key-value storage instead, each plugin in a scope of its own.
 * What the store below holds from before is read until it is written anew, so nothing is lost.
 *
 * @example createKernel({ plugins, stateStore: withKeyValue(createMemoryStateStore(), keyValue) })
 */
export function withKeyValue(below: KernelStateStore, keyValue: KeyValueService): KernelStateStore {
  const exclusive = below.exclusive?.bind(below);
  return {
    // What installs once with the store below installs once with this one.
    ...(exclusive === undefined ? {} : { exclusive }),
    loadPlugins: () => below.loadPlugins(),
    savePlugin: (plugin) => below.savePlugin(plugin),
    removePlugin: (id) => below.removePlugin(id),
    storage(id) {
      const values = keyValue.open({ owner: `plugin:${id}` });
      const before = below.storage(id);
      return {
        async get(key) {
          const entry = await values.read(key);
          return entry === undefined ? before.get(key) : entry.value;
        },
        async set(key, value) {
          await values.put(key, value);
          await before.delete(key);
        },
        async setIfAbsent(key, value) {
          for (;;) {
            const own = await values.read(key);
            if (own !== undefined) return own.value;
            const old = await before.get(key);
            if (old !== undefined) return old;
            // Somebody else may be first; when that is gone again, this one has another go.
            if ((await values.compareAndSet(key, null, value)) !== undefined) return value;
          }
        },
        async delete(key) {
          // The older one first: it must not show through when the process ends in between.
          const [old, present] = [await before.delete(key), await values.delete(key)];
          return old || present;
        },
        async keys() {
          const keys = new Set(await before.keys());
          for await (const { key } of values.entries()) keys.add(key);
          return [...keys].sort();
        },
      };
    },
  };
}

/**
 * The storage a plugin is handed: refuses what is not JSON before any store sees it, and everything
 * once the plugin has stopped.
 */
export function guardedStorage(storage: PluginStorage, scope: Scope): PluginStorage {
  return {
    async get(key) {
      scope.assertOpen('read its storage');
      return storage.get(key);
    },
    async set(key, value) {
      scope.assertOpen('write its storage');
      assertJson(scope.owner, key, value);
      return storage.set(key, value);
    },
    async setIfAbsent(key, value) {
      scope.assertOpen('write its storage');
      assertJson(scope.owner, key, value);
      return storage.setIfAbsent(key, value);
    },
    async delete(key) {
      scope.assertOpen('write its storage');
      return storage.delete(key);
    },
    async keys() {
      scope.assertOpen('read its storage');
      return storage.keys();
    },
  };
}

const MAX_DEPTH = 64;

function assertJson(plugin: string, key: string, value: unknown, depth = 0): void {
  const refuse = (reason: string) => createError('plugin_storage_value', { plugin, key, reason });
  if (depth > MAX_DEPTH)
    throw refuse(`it is nested more than ${MAX_DEPTH} levels deep, or in itself`);
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw refuse(`${value} is not a JSON number`);
    return;
  }
  if (typeof value !== 'object') throw refuse(`a ${typeof value} is not JSON`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) {
    throw refuse('only plain objects are JSON');
  }
  for (const part of Object.values(value) as unknown[]) assertJson(plugin, key, part, depth + 1);
}
