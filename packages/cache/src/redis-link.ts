import type { Redis, RedisOptions } from 'ioredis';
import { setImmediate as nextTurn, setTimeout as wait } from 'node:timers/promises';

/** The two connections of a node: one for commands, one that listens. */
export interface RedisLink {
  /** The connection for commands while both are up, else nothing. */
  commands(): Redis | undefined;
  publish(channel: string, message: string): void;
  close(): Promise<void>;
}

/** What a link tells. */
export interface RedisLinkEvents {
  /** Both connections are up and listening; `again` when they were before. */
  onUp(commands: Redis, again: boolean): Promise<void>;
  onDown(): void;
  onMessage(channel: string, message: string): void;
}

const OPTIONS = {
  // A command answers or fails at once: a cache that waits is worse than none.
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  commandTimeout: 2_000,
  connectTimeout: 5_000,
  retryStrategy: (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000),
} satisfies RedisOptions;

/** Milliseconds between two looks whether Redis still answers. */
const LOOK_EVERY = 1_000;
/** Milliseconds without an answer after which it counts as away. */
const PATIENCE = 1_000;

/** Connects to Redis, and again whenever a connection is lost. Loads the client only now. */
export async function openRedisLink(
  url: string,
  channels: readonly string[],
  events: RedisLinkEvents,
): Promise<RedisLink> {
  const { Redis } = await import('ioredis');
  const commands = new Redis(url, OPTIONS);
  const listener = new Redis(url, { ...OPTIONS, autoResubscribe: false });
  let up = false;
  let wasUp = false;
  let closed = false;
  /** Counts changes of the connections, so that a slow hello does not outlive its connection. */
  let turn = 0;

  async function hello(): Promise<void> {
    if (commands.status !== 'ready' || listener.status !== 'ready') return;
    const mine = ++turn;
    await listener.subscribe(...channels);
    if (mine !== turn) return;
    await events.onUp(commands, wasUp);
    if (mine !== turn) return;
    wasUp = true;
    up = true;
  }

  function down(): void {
    turn += 1;
    if (!up) return;
    up = false;
    events.onDown();
  }

  /**
   * A Redis that hangs keeps its connections: each command would wait for its timeout. Such connections
   * are given up, so that nobody waits, and are made again like lost ones.
   */
  async function lookAfter(): Promise<void> {
    const asked = { isAnswered: false };
    commands.ping().then(
      () => (asked.isAnswered = true),
      () => undefined,
    );
    await wait(PATIENCE, undefined, { ref: false });
    // A process that was busy itself first reads what came meanwhile.
    await nextTurn();
    await nextTurn();
    if (asked.isAnswered || !up || closed) return;
    commands.disconnect(true);
    listener.disconnect(true);
  }
  let looking = false;
  const looks = setInterval(() => {
    if (!up || looking) return;
    looking = true;
    void lookAfter().finally(() => {
      looking = false;
    });
  }, LOOK_EVERY).unref();

  // The plugin starts once the link is up, or once it is known that Redis is away.
  const first = new Promise<void>((resolve) => {
    const tried = (): void => {
      // A failed hello means a connection that just broke; it comes back with another `ready`.
      hello().then(
        () => {
          if (up) resolve();
        },
        () => resolve(),
      );
    };
    for (const client of [commands, listener]) {
      client.on('ready', tried);
      client.on('close', () => {
        down();
        resolve();
      });
      // Without a listener ioredis prints; the state of the link is what tells.
      client.on('error', () => undefined);
    }
  });
  listener.on('message', (channel, message) => events.onMessage(channel, message));
  await first;

  return {
    commands: () => (up && !closed ? commands : undefined),
    publish(channel, message) {
      if (up) commands.publish(channel, message).catch(() => undefined);
    },
    async close() {
      closed = true;
      clearInterval(looks);
      commands.disconnect();
      listener.disconnect();
    },
  };
}
