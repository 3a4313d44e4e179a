import type { Logger } from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import type { Brought, Carrier, Receipt, Receiver } from '../carrier.js';
import { limitsOf, type JobsConfig, type QueueLimits } from '../config.js';
import { readWaiting, type WaitingJob } from '../waiting.js';
import { openRedisQueues, type RedisQueues } from './redis.js';

/** What the carrier is made of. */
export interface BullmqParts {
  readonly database: Database;
  readonly config: JobsConfig;
  readonly redisUrl: string;
  readonly logger: Logger;
  readonly now: () => number;
}

interface QueueState {
  /** Turns that were handed over and still wait, with the moment, by their key. */
  handed: Map<string, number>;
  /** The last look saw no end of the jobs. */
  isBacklog: boolean;
  /** Jobs that ended here since the last look. */
  ended: number;
  /** Jobs that came and have not ended. */
  running: number;
  /** Redis has no more of what was handed over. */
  isDrained: boolean;
}

/** Most jobs of a queue that are handed over and wait on Redis. */
const WINDOW = 1_000;
/** Looks of the worker after which a job that still waits is handed over again. */
const LOOKS_UNTIL_AGAIN = 10;

/**
 * Carries jobs over queues of BullMQ. The table is the outbox: each look hands over the first jobs of
 * a queue that wait, which Redis takes once, and again after a while, in case Redis lost them. Order
 * and limits of groups are those of the database when a job is handed over.
 */
export function createBullmqCarrier(parts: BullmqParts): Carrier {
  const { database, config, logger, now } = parts;
  const states = new Map<string, QueueState>();
  const again = config.pollInterval * LOOKS_UNTIL_AGAIN;
  let opening: Promise<RedisQueues> | undefined;
  let redis: RedisQueues | undefined;
  let receiver: Receiver | undefined;

  function stateOf(queue: string): QueueState {
    const known = states.get(queue);
    if (known !== undefined) return known;
    const state: QueueState = {
      handed: new Map(),
      isBacklog: false,
      ended: 0,
      running: 0,
      isDrained: false,
    };
    states.set(queue, state);
    return state;
  }

  async function receive(job: Brought): Promise<Receipt> {
    const state = stateOf(job.queue);
    state.running += 1;
    try {
      return (await receiver?.receive(job)) ?? 'elsewhere';
    } finally {
      state.running -= 1;
      state.ended += 1;
      goOn(job.queue, state);
    }
  }

  /**
   * Looks for more where there is more. By what ended, not by what came: a job that came may still
   * wait in the table, and would hide those behind it from the look.
   */
  function goOn(queue: string, state: QueueState): void {
    const isIdle = state.isDrained && state.running === 0;
    if (state.isBacklog && (isIdle || state.ended >= WINDOW / 2)) receiver?.look(queue);
  }

  function onDrained(queue: string): void {
    const state = stateOf(queue);
    state.isDrained = true;
    goOn(queue, state);
  }

  /** A job that still waits, because it might not run, is handed over by the next look. */
  function onEnd(queue: string, key: string): void {
    stateOf(queue).handed.delete(key);
  }

  function onUp(): void {
    // Redis may have lost anything while it was away.
    for (const [queue, state] of states) {
      state.handed.clear();
      receiver?.look(queue);
    }
  }

  async function open(): Promise<RedisQueues> {
    const place = {
      url: parts.redisUrl,
      prefix: config.redisPrefix,
      lease: config.lease,
      retryIn: config.pollInterval,
      logger,
    };
    redis = await openRedisQueues(place, { receive, onEnd, onDrained, onUp });
    // Queues that are known take from the start; the others once a job of them is seen.
    for (const queue of ['default', ...Object.keys(config.queues)]) {
      redis.work(queue, limitsOf(config, queue).concurrency);
    }
    return redis;
  }

  async function handOver(request: {
    readonly queue: string;
    readonly names: readonly string[];
    readonly limits: QueueLimits;
  }): Promise<void> {
    const { queue, names, limits } = request;
    const state = stateOf(queue);
    const queues = await opening;
    if (queues?.available !== true || names.length === 0) return;
    queues.work(queue, limits.concurrency);
    state.ended = 0;
    const found = await readWaiting(database.reader, { ...request, limit: WINDOW, now: now() });
    state.isBacklog = !found.isAll;
    const moment = performance.now();
    const before = state.handed;
    // What no longer waits is forgotten by this, whoever ran it.
    state.handed = new Map();
    const next = found.jobs.filter((job) => {
      const key = keyOf(job);
      const since = before.get(key);
      const isKnown = since !== undefined && moment - since < again;
      state.handed.set(key, isKnown ? since : moment);
      return !isKnown;
    });
    if (next.length === 0) return;
    const entries = next.map((job) => ({ key: keyOf(job), id: job.id, name: job.name, queue }));
    state.isDrained = false;
    try {
      await queues.add(queue, entries);
    } catch (error) {
      for (const { key } of entries) state.handed.delete(key);
      throw error;
    }
  }

  return {
    get available() {
      return redis?.available === true;
    },
    start(given) {
      receiver = given;
      opening = open();
      opening.catch((error: unknown) => logger.error({ error }, 'BullMQ could not be started'));
    },
    handOver,
    async quiesce() {
      await redis?.quiesce();
    },
    async stop() {
      const queues = await opening?.catch(() => undefined);
      receiver = undefined;
      await queues?.close();
    },
  };
}

/** A job that waits anew, after a failed attempt or for another moment, has another key. */
function keyOf({ id, attempt, run_at: runAt }: WaitingJob): string {
  return `${id}.${attempt}.${Date.parse(runAt).toString(36)}`;
}
