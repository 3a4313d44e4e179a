import type { Logger } from '@objectos/spec/contracts';
import type { Queue, Worker, WorkerOptions } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Brought, Receipt } from '../carrier.js';

/** Where the queues lie on Redis. */
export interface RedisPlace {
  readonly url: string;
  readonly prefix: string;
  /** Milliseconds after which a job is taken from a worker of BullMQ that shows no life. */
  readonly lease: number;
  /** Milliseconds after which a job that may not run here is offered to others. */
  readonly retryIn: number;
  readonly logger: Logger;
}

/** What is told of the queues. */
export interface RedisEvents {
  receive(job: Brought): Promise<Receipt>;
  /** BullMQ let go of an entry. */
  onEnd(queue: string, key: string): void;
  /** No entry waits any more. */
  onDrained(queue: string): void;
  onUp(): void;
}

/** An entry of a queue of BullMQ. */
export interface Entry extends Brought {
  /** Names this turn of the job; an entry with a key that is there already is no second one. */
  readonly key: string;
}

/** Queues and workers of BullMQ over one Redis. */
export interface RedisQueues {
  readonly available: boolean;
  add(queue: string, entries: readonly Entry[]): Promise<void>;
  /** Takes from a queue, as many at once as told, from now on. */
  work(queue: string, concurrency: number): void;
  quiesce(): Promise<void>;
  close(): Promise<void>;
}

const MOST_TO_CLOSE = 1_500;
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 2_000);

/** Connects to Redis, and again whenever the connection is lost. Loads the clients only now. */
export async function openRedisQueues(
  place: RedisPlace,
  events: RedisEvents,
): Promise<RedisQueues> {
  const { url, prefix, logger } = place;
  const [bullmq, { Redis }] = await Promise.all([import('bullmq'), import('ioredis')]);
  // What is handed over fails at once while Redis is away: the job waits in the database.
  const producer = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: 10_000,
    connectTimeout: 5_000,
    retryStrategy,
  });
  // Workers wait until Redis is back, which BullMQ asks for.
  const consumer = new Redis(url, { maxRetriesPerRequest: null, retryStrategy });
  const queues = new Map<string, Queue>();
  const workers = new Map<string, Worker>();
  let wasUp: boolean | undefined;

  function tell(up: boolean, error?: unknown): void {
    if (wasUp === up) return;
    if (!up) logger.warn({ error }, 'Redis does not answer; jobs wait in the database');
    else if (wasUp === false) logger.info({}, 'Redis is back; waiting jobs are handed over');
    wasUp = up;
  }
  producer.on('ready', () => {
    tell(true);
    events.onUp();
  });
  producer.on('error', (error) => tell(false, error));
  // The producer tells for both.
  consumer.on('error', () => undefined);

  function queueOf(name: string): Queue {
    let queue = queues.get(name);
    if (queue === undefined) {
      queue = new bullmq.Queue(onRedis(name), {
        connection: producer,
        prefix,
        streams: { events: { maxLen: 100 } },
      });
      queue.on('error', () => undefined);
      queues.set(name, queue);
    }
    return queue;
  }

  function startWorker(name: string, concurrency: number): Worker {
    const options: WorkerOptions = {
      connection: consumer,
      prefix,
      concurrency,
      lockDuration: Math.max(place.lease, 1_000),
      stalledInterval: Math.max(place.lease / 3, 1_000),
      runRetryDelay: 500,
    };
    const worker = new bullmq.Worker(
      onRedis(name),
      async (job, token) => {
        const { id } = job.data as { id: string };
        const receipt = await events.receive({ id, name: job.name, queue: name });
        if (receipt !== 'elsewhere') return receipt;
        await job.moveToDelayed(Date.now() + place.retryIn, token);
        throw new bullmq.DelayedError();
      },
      options,
    );
    worker.on('completed', ({ id = '' }) => events.onEnd(name, id));
    worker.on('drained', () => events.onDrained(name));
    // A connection that broke, or a job that Redis no longer knows: the database knows it.
    worker.on('error', (error) => logger.debug({ queue: name, error }, 'BullMQ told of an error'));
    return worker;
  }

  async function closeWorker(worker: Worker): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), MOST_TO_CLOSE);
    });
    // Without Redis a worker cannot take leave; its jobs are in the database.
    const isForced = producer.status !== 'ready';
    const closed = worker.close(isForced).then(
      () => true,
      () => true,
    );
    const isClosed = await Promise.race([closed, late]);
    if (!isClosed) worker.disconnect().catch(() => undefined);
    clearTimeout(timer);
  }

  return {
    get available() {
      return producer.status === 'ready';
    },
    async add(name, entries) {
      const options = { removeOnComplete: true, removeOnFail: true };
      const jobs = entries.map(({ key, id, name: job }) => ({
        name: job,
        data: { id },
        opts: { ...options, jobId: key },
      }));
      try {
        await queueOf(name).addBulk(jobs);
      } catch (error) {
        // One that could not begin stays so for ever.
        queues.delete(name);
        throw error;
      }
    },
    work(name, concurrency) {
      if (!workers.has(name)) workers.set(name, startWorker(name, concurrency));
    },
    async quiesce() {
      await Promise.all([...workers.values()].map((worker) => worker.pause(true)));
    },
    async close() {
      await Promise.all([...workers.values()].map(closeWorker));
      await Promise.all([...queues.values()].map((queue) => queue.close().catch(() => undefined)));
      disconnect(producer);
      disconnect(consumer);
    },
  };
}

/** BullMQ keeps ":" for itself; "%" is in no name of a queue. */
function onRedis(queue: string): string {
  return queue.replaceAll(':', '%3A');
}

function disconnect(client: Redis): void {
  client.removeAllListeners('error');
  client.on('error', () => undefined);
  client.disconnect();
}
