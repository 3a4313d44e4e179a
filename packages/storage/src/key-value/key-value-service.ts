import type {
  KeyValue,
  KeyValueEntry,
  KeyValueListOptions,
  KeyValueScope,
  KeyValueService,
  PutOptions,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomUUID } from 'node:crypto';
import { checkKey, scopePrefix, toText } from './keys.js';
import { createMemoryStore } from './memory-store.js';
import type { Expected, KeyValueStore, StoredEntry, StoredValue } from './store.js';

/** What {@link createKeyValueService} is made of. */
export interface KeyValueServiceOptions {
  /** Default: this process's memory. */
  readonly store?: KeyValueStore | undefined;
  /** Most bytes of one value as JSON. Default 1 MiB. */
  readonly maxValueSize?: number | undefined;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: (() => number) | undefined;
}

/** The service with its life. */
export interface OwnedKeyValueService extends KeyValueService {
  /**
   * Makes the backend ready. The first operation does it too, but inside a transaction of an embedded
   * database that would wait for itself.
   */
  prepare(): Promise<void>;
  /** Removes values whose time is over, where the backend does not do that itself. */
  sweep(): Promise<void>;
  /** Whether the backend answers. */
  isUp(): Promise<boolean>;
  close(): Promise<void>;
}

const PAGE = 100;
const MAX_PAGE = 1_000;

/**
 * Makes a key-value storage, without a kernel.
 *
 * @example
 * const storage = createKeyValueService().open({ owner: 'billing' });
 * await storage.put('rate', 1.08, { ttl: 60_000 });
 */
export function createKeyValueService(options: KeyValueServiceOptions = {}): OwnedKeyValueService {
  const { store = createMemoryStore(), maxValueSize = 1024 * 1024, now = Date.now } = options;
  let prepared: Promise<void> | undefined;

  /** The backend is made ready by whoever comes first, and by the next one if that failed. */
  function ready(): Promise<void> {
    prepared ??= store.prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  return {
    backend: store.backend,
    prepare: ready,
    open: (scope) => openScope({ scope, store, maxValueSize, now, ready }),
    async sweep() {
      await ready();
      await store.sweep(now());
    },
    isUp: () => store.isUp(),
    close: () => store.close(),
  };
}

interface ScopeParts {
  readonly scope: KeyValueScope;
  readonly store: KeyValueStore;
  readonly maxValueSize: number;
  readonly now: () => number;
  readonly ready: () => Promise<void>;
}

function openScope({ scope: given, store, maxValueSize, now, ready }: ScopeParts): KeyValue {
  const scope = scopePrefix(given);

  async function write(
    key: string,
    value: unknown,
    { ttl }: PutOptions,
    expected: Expected,
  ): Promise<string | undefined> {
    checkKey(key);
    const text = toText(key, value, maxValueSize);
    if (ttl !== undefined && !(Number.isFinite(ttl) && ttl > 0)) {
      throw createError('storage_value_invalid', { key, reason: `its ttl is ${ttl}` });
    }
    await ready();
    const at = now();
    const expiresAt = ttl === undefined ? null : Math.ceil(at + ttl);
    const entry: StoredEntry = { key, text, version: randomUUID(), expiresAt };
    return (await store.put(scope, entry, expected, at)) ? entry.version : undefined;
  }

  async function find(key: string): Promise<StoredValue | undefined> {
    checkKey(key);
    await ready();
    return store.get(scope, key, now());
  }

  async function list(asked: KeyValueListOptions = {}) {
    const { prefix = '', after, limit = PAGE } = asked;
    if (prefix !== '') checkKey(prefix);
    if (after !== undefined) checkKey(after);
    await ready();
    const size = Math.max(1, Math.min(MAX_PAGE, Math.floor(limit)));
    const found = await store.list(scope, { prefix, after, limit: size }, now());
    const next = found.length === size ? found.at(-1)?.key : undefined;
    return { entries: found.map(toEntry), ...(next === undefined ? {} : { next }) };
  }

  return {
    async get<T>(key: string) {
      const found = await find(key);
      return found === undefined ? undefined : (JSON.parse(found.text) as T);
    },
    async read<T>(key: string) {
      const found = await find(key);
      return found === undefined ? undefined : (toEntry({ key, ...found }) as KeyValueEntry<T>);
    },
    async put(key, value, options = {}) {
      const version = await write(key, value, options, undefined);
      if (version !== undefined) return version;
      throw createError('storage_unavailable', { backend: store.backend });
    },
    compareAndSet: (key, expected, value, options = {}) =>
      write(key, value, options, { version: expected }),
    async delete(key, { ifVersion } = {}) {
      checkKey(key);
      await ready();
      const expected = ifVersion === undefined ? undefined : { version: ifVersion };
      return store.delete(scope, key, expected, now());
    },
    list,
    async *entries(prefix = '') {
      let after: string | undefined;
      do {
        const page = await list({ prefix, after, limit: MAX_PAGE });
        yield* page.entries;
        after = page.next;
      } while (after !== undefined);
    },
    async clear() {
      await ready();
      await store.clear(scope);
    },
  };
}

function toEntry({ key, text, version, expiresAt }: StoredEntry): KeyValueEntry {
  return {
    key,
    value: JSON.parse(text) as unknown,
    version,
    expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString(),
  };
}
