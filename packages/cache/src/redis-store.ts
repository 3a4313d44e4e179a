import type { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { CacheConfig } from './config.js';
import { createBroadcast } from './broadcast.js';
import { createRedisCounters } from './counters.js';
import { fromText, type Entry } from './entry.js';
import { createMemoryStore } from './memory-store.js';
import { openRedisLink } from './redis-link.js';
import type { CacheStore, Invalidation, InvalidationListener } from './store.js';

/**
 * A store on Redis with this process's memory before it.
 *
 * What keeps it from answering old values: every invalidation is told to the other nodes, which drop
 * it from their memory. A node that loses its connection hears nothing, so it drops its whole memory,
 * reads and keeps nothing, and when it is back it raises the epoch, which is part of every key: values
 * whose invalidation was lost meanwhile are never read again.
 */
export async function createRedisStore(
  config: CacheConfig & { readonly redisUrl: string },
  onRemote: InvalidationListener,
  now: () => number = Date.now,
): Promise<CacheStore> {
  const memory = createMemoryStore(config);
  const node = randomUUID();
  const epochKey = `${config.prefix}:epoch`;
  let epoch = 0;
  /** Counts what makes a value old, so that a read under way does not bring it back to memory. */
  let turn = 0;

  const invalidations = `${config.prefix}:invalidations`;
  const messages = `${config.prefix}:messages`;
  const broadcast = createBroadcast(node, (text) => link.publish(messages, text));

  const link = await openRedisLink(config.redisUrl, [invalidations, messages], {
    async onUp(commands, again) {
      memory.clear();
      epoch = again ? await commands.incr(epochKey) : Number((await commands.get(epochKey)) ?? 0);
      if (again) await commands.publish(invalidations, write({ epoch }));
    },
    onDown() {
      turn += 1;
      memory.clear();
      onRemote({});
    },
    onMessage(channel, text) {
      if (channel === messages) {
        broadcast.receive(text);
        return;
      }
      const message = read(text);
      if (message === undefined || message.from === node) return;
      if (message.epoch !== undefined) {
        turn += 1;
        epoch = Math.max(epoch, message.epoch);
        memory.clear();
        onRemote({});
        return;
      }
      turn += 1;
      memory.invalidate(message);
      onRemote(message);
    },
  });

  function write(content: Invalidation & { readonly epoch?: number }): string {
    return JSON.stringify({ from: node, ...content });
  }

  const entryKey = (key: string): string => `${config.prefix}:${epoch}:v:${key}`;
  const tagKey = (tag: string): string => `${config.prefix}:${epoch}:t:${tag}`;

  async function getRemote(redis: Redis, key: string): Promise<Entry | undefined> {
    const asked = turn;
    const text = await redis.get(entryKey(key)).catch(() => null);
    const entry = text === null ? undefined : parseEntry(text);
    if (entry === undefined) return undefined;
    if (asked === turn && link.commands() !== undefined) memory.set(key, entry);
    return entry;
  }

  async function setRemote(redis: Redis, key: string, entry: Entry): Promise<void> {
    const left = Math.max(1, Math.ceil(entry.expiresAt - now()));
    const batch = redis.multi().set(entryKey(key), writeEntry(entry), 'PX', left);
    for (const tag of entry.tags) {
      // The list of a tag lives as long as the value that lives longest.
      batch
        .sadd(tagKey(tag), key)
        .pexpire(tagKey(tag), left, 'NX')
        .pexpire(tagKey(tag), left, 'GT');
    }
    await batch.exec().catch(() => undefined);
    link.publish(invalidations, write({ keys: [key] }));
  }

  async function invalidateRemote(redis: Redis, what: Invalidation): Promise<void> {
    const keys = new Set(what.keys);
    for (const tag of what.tags ?? []) {
      for (const key of await redis.smembers(tagKey(tag))) keys.add(key);
      await redis.unlink(tagKey(tag));
    }
    if (keys.size > 0) await redis.unlink([...keys].map(entryKey));
    if (what.prefix !== undefined) {
      await unlinkMatching(redis, entryKey(what.prefix));
      await unlinkMatching(redis, tagKey(what.prefix));
    }
    link.publish(invalidations, write(what));
  }

  return {
    backend: 'redis',
    get available() {
      return link.commands() !== undefined;
    },
    get(key) {
      const redis = link.commands();
      if (redis === undefined) return undefined;
      return memory.get(key) ?? getRemote(redis, key);
    },
    set(key, entry) {
      const redis = link.commands();
      if (redis === undefined) return;
      turn += 1;
      memory.set(key, entry);
      return setRemote(redis, key, entry);
    },
    async invalidate(what) {
      turn += 1;
      memory.invalidate(what);
      const redis = link.commands();
      // While Redis is away nothing is lost: coming back raises the epoch.
      if (redis !== undefined) await invalidateRemote(redis, what).catch(() => undefined);
    },
    memory: () => memory.memory(),
    broadcast,
    counters: createRedisCounters(() => link.commands(), config.prefix),
    async close() {
      await link.close();
      await memory.close();
    },
  };
}

const messageSchema = z.object({
  from: z.string(),
  epoch: z.number().int().optional(),
  keys: z.array(z.string()).optional(),
  tags: z.array(z.string()).optional(),
  prefix: z.string().optional(),
});
type Message = z.infer<typeof messageSchema>;

/** Anything that is not ours on the channel is passed over. */
function read(text: string): Message | undefined {
  try {
    return messageSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const entrySchema = z.tuple([z.number(), z.number(), z.array(z.string()), z.string()]);

function writeEntry({ freshUntil, expiresAt, tags, text }: Entry): string {
  return JSON.stringify([freshUntil, expiresAt, tags, text]);
}

/** A value that another version wrote in another form counts as absent. */
function parseEntry(stored: string): Entry | undefined {
  try {
    const [freshUntil, expiresAt, tags, text] = entrySchema.parse(JSON.parse(stored));
    return { freshUntil, expiresAt, tags, text, value: fromText(text) };
  } catch {
    return undefined;
  }
}

async function unlinkMatching(redis: Redis, prefix: string): Promise<void> {
  const pattern = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', pattern, 'COUNT', 500);
    if (keys.length > 0) await redis.unlink(keys);
    cursor = next;
  } while (cursor !== '0');
}
