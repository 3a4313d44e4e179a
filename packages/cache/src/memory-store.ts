import { LRUCache } from 'lru-cache';
import type { CacheConfig } from './config.js';
import type { Entry } from './entry.js';
import type { CacheStore, Invalidation } from './store.js';

/** A store in this process's memory, with an index of tags. */
export interface MemoryStore extends CacheStore {
  get(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  invalidate(invalidation: Invalidation): void;
  clear(): void;
}

/** Makes a memory store. The least recently used entries go when it is full. */
export function createMemoryStore(
  config: Pick<CacheConfig, 'maxEntries' | 'maxSize'>,
): MemoryStore {
  const keysByTag = new Map<string, Set<string>>();
  let evictions = 0;
  const entries = new LRUCache<string, Entry>({
    max: config.maxEntries,
    maxSize: config.maxSize,
    // An entry costs something even when its value is short.
    sizeCalculation: (entry, key) => entry.text.length + key.length + 64,
    dispose(entry, key, reason) {
      if (reason === 'evict') evictions += 1;
      for (const tag of entry.tags) untag(keysByTag, tag, key);
    },
  });

  return {
    backend: 'memory',
    available: true,
    get: (key) => entries.get(key),
    set(key, entry) {
      entries.set(key, entry);
      // Too large for the whole memory: not kept, so not tagged either.
      if (entry.tags.length === 0 || !entries.has(key)) return;
      for (const tag of entry.tags) {
        const keys = keysByTag.get(tag);
        if (keys === undefined) keysByTag.set(tag, new Set([key]));
        else keys.add(key);
      }
    },
    invalidate({ keys = [], tags = [], prefix }) {
      for (const key of keys) entries.delete(key);
      for (const tag of tags) {
        for (const key of [...(keysByTag.get(tag) ?? [])]) entries.delete(key);
      }
      if (prefix === undefined) return;
      for (const key of [...entries.keys()]) if (key.startsWith(prefix)) entries.delete(key);
    },
    clear: () => entries.clear(),
    memory: () => ({ entries: entries.size, size: entries.calculatedSize, evictions }),
    close: async () => entries.clear(),
  };
}

function untag(keysByTag: Map<string, Set<string>>, tag: string, key: string): void {
  const keys = keysByTag.get(tag);
  keys?.delete(key);
  if (keys?.size === 0) keysByTag.delete(tag);
}
