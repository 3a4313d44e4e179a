import {
  compareCodePoints,
  type Expected,
  type KeyValueStore,
  type StoredEntry,
  type StoredValue,
} from './store.js';

/** A store in this process's memory: gone with it. */
export function createMemoryStore(): KeyValueStore {
  const scopes = new Map<string, Map<string, StoredValue>>();

  function live(scope: string, key: string, now: number): StoredValue | undefined {
    const value = scopes.get(scope)?.get(key);
    return value === undefined || isOver(value, now) ? undefined : value;
  }

  function fits(scope: string, key: string, expected: Expected, now: number): boolean {
    if (expected === undefined) return true;
    return (live(scope, key, now)?.version ?? null) === expected.version;
  }

  return {
    backend: 'memory',
    prepare: async () => undefined,
    get: async (scope, key, now) => live(scope, key, now),
    async put(scope, { key, ...value }, expected, now) {
      if (!fits(scope, key, expected, now)) return false;
      const values = scopes.get(scope) ?? new Map<string, StoredValue>();
      scopes.set(scope, values.set(key, value));
      return true;
    },
    async delete(scope, key, expected, now) {
      if (live(scope, key, now) === undefined || !fits(scope, key, expected, now)) return false;
      return scopes.get(scope)?.delete(key) ?? false;
    },
    async list(scope, { prefix, after, limit }, now) {
      const found: StoredEntry[] = [];
      for (const [key, value] of scopes.get(scope) ?? []) {
        if (!key.startsWith(prefix) || isOver(value, now)) continue;
        if (after === undefined || compareCodePoints(key, after) > 0) found.push({ key, ...value });
      }
      return found.sort((a, b) => compareCodePoints(a.key, b.key)).slice(0, limit);
    },
    async clear(scope) {
      scopes.delete(scope);
    },
    async sweep(now) {
      for (const [scope, values] of scopes) {
        for (const [key, value] of values) if (isOver(value, now)) values.delete(key);
        if (values.size === 0) scopes.delete(scope);
      }
    },
    isUp: async () => true,
    async close() {
      scopes.clear();
    },
  };
}

function isOver({ expiresAt }: StoredValue, now: number): boolean {
  return expiresAt !== null && expiresAt <= now;
}
