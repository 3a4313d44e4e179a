import { createError, isObjectOSError } from '@objectos/spec/errors';
import type { Redis } from 'ioredis';
import { DELETE, FORGET, PUT } from './redis-scripts.js';
import {
  ABOVE_ALL,
  compareCodePoints,
  type Expected,
  type KeyValueStore,
  type StoredEntry,
} from './store.js';

/** Where values are kept on Redis. */
export interface RedisStoreOptions {
  readonly redisUrl: string;
  /** First part of every key. */
  readonly prefix: string;
}

/** Position in the index: so many are removed at once. */
const LAST_OF_MANY = '499';
/** What the scripts answer when they did it. */
const WRITTEN = 1;

/**
 * A store on Redis, as durable as that Redis is (`appendonly yes`, and no eviction). The keys of a
 * scope share a hash slot, so it works on a cluster too.
 */
export function createRedisStore({ redisUrl, prefix }: RedisStoreOptions): KeyValueStore {
  let client: Redis | undefined;
  /** Loads the client only now: who keeps values elsewhere does not pay for it. */
  async function open(): Promise<Redis> {
    const { Redis } = await import('ioredis');
    const opened = new Redis(redisUrl, {
      lazyConnect: true,
      connectTimeout: 3_000,
      // One that hangs keeps its connections.
      commandTimeout: 3_000,
      // A caller is told soon; the connection is tried again and again meanwhile.
      maxRetriesPerRequest: 1,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1_000),
    });
    // Without a listener ioredis prints; whoever asks is told.
    return opened.on('error', () => undefined);
  }
  function redis(): Redis {
    if (client !== undefined) return client;
    throw createError('storage_unavailable', { backend: 'Redis' });
  }

  const slot = (scope: string) => `${prefix}:{${encodeURIComponent(scope)}}`;
  const valueKey = (scope: string, key: string) => `${slot(scope)}:v:${key}`;
  const indexKey = (scope: string) => `${slot(scope)}:index`;
  const keys = (scope: string, key: string): [string, string] => [
    valueKey(scope, key),
    indexKey(scope),
  ];

  async function ask<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (isObjectOSError(cause)) throw cause;
      throw createError('storage_unavailable', { backend: 'Redis' }, { cause });
    }
  }

  async function readMany(
    scope: string,
    names: readonly string[],
    now: number,
  ): Promise<StoredEntry[]> {
    const batch = redis().pipeline();
    for (const name of names) batch.hmget(valueKey(scope, name), 'text', 'version', 'expires');
    const answers = (await batch.exec()) ?? [];
    const found: StoredEntry[] = [];
    for (const [at, [error, fields]] of answers.entries()) {
      if (error !== null) throw error;
      const key = names[at] ?? '';
      const entry = entryOf(key, fields as (string | null)[], now);
      if (entry !== undefined) found.push(entry);
      else await redis().eval(FORGET, 2, ...keys(scope, key), key);
    }
    return found;
  }

  async function list(
    scope: string,
    range: Parameters<KeyValueStore['list']>[1],
    now: number,
  ): Promise<StoredEntry[]> {
    const { prefix: start, after, limit } = range;
    const isBefore = after === undefined || compareCodePoints(after, start) < 0;
    let from = isBefore ? `[${start}` : `(${after}`;
    const found: StoredEntry[] = [];
    // Keys whose value is over stand in the index until somebody looks.
    for (;;) {
      const wanted = limit - found.length;
      const index = indexKey(scope);
      const names = await redis().zrangebylex(
        index,
        from,
        `(${start}${ABOVE_ALL}`,
        'LIMIT',
        0,
        wanted,
      );
      found.push(...(await readMany(scope, names, now)));
      if (names.length < wanted || found.length >= limit) return found;
      from = `(${names.at(-1) ?? ''}`;
    }
  }

  return {
    backend: 'redis',
    async prepare() {
      // Redis may be away at the start; operations say so until it is there.
      client = await open();
      await client.connect().catch(() => undefined);
    },
    get: (scope, key, now) =>
      ask(async () => {
        const fields = await redis().hmget(valueKey(scope, key), 'text', 'version', 'expires');
        return entryOf(key, fields, now);
      }),
    put: (scope, { key, text, version, expiresAt }, expected, now) =>
      ask(async () => {
        const end = expiresAt === null ? '' : String(Math.ceil(expiresAt));
        const [mode, wanted] = modeOf(expected);
        const args = [String(now), mode, wanted, key, text, version, end];
        return (await redis().eval(PUT, 2, ...keys(scope, key), ...args)) === WRITTEN;
      }),
    delete: (scope, key, expected, now) =>
      ask(async () => {
        const args = [String(now), ...modeOf(expected), key];
        return (await redis().eval(DELETE, 2, ...keys(scope, key), ...args)) === WRITTEN;
      }),
    list: (scope, range, now) => ask(() => list(scope, range, now)),
    clear: (scope) =>
      ask(async () => {
        for (;;) {
          const names = await redis().zrange(indexKey(scope), '0', LAST_OF_MANY);
          if (names.length === 0) return;
          const gone = names.map((name) => valueKey(scope, name));
          await redis()
            .multi()
            .unlink(...gone)
            .zrem(indexKey(scope), ...names)
            .exec();
        }
      }),
    // Redis does it by itself.
    sweep: async () => undefined,
    isUp: async () =>
      client?.ping().then(
        () => true,
        () => false,
      ) ?? false,
    async close() {
      client?.disconnect();
    },
  };
}

function modeOf(expected: Expected): [string, string] {
  if (expected === undefined) return ['any', ''];
  return expected.version === null ? ['none', ''] : ['version', expected.version];
}

function entryOf(
  key: string,
  [text, version, expires]: readonly (string | null)[],
  now: number,
): StoredEntry | undefined {
  if (typeof text !== 'string' || typeof version !== 'string') return undefined;
  const expiresAt = expires === '' || typeof expires !== 'string' ? null : Number(expires);
  if (expiresAt !== null && expiresAt <= now) return undefined;
  return { key, text, version, expiresAt };
}
