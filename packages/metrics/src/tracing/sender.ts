import type { CounterMetric, Logger } from '@objectos/spec/contracts';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import type { Batch } from './batches.js';

/** What a sender is made of. */
export interface SenderOptions {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly logger: Logger;
  /** Counts spans. */
  readonly spans: CounterMetric<'result'>;
}

/** Sends batches to a collector, one after the other. */
export interface Sender {
  send(batch: Batch): void;
  /** Sends what waits, for at most two seconds. */
  close(): Promise<void>;
}

/** Batches that wait; the ones of a storm beyond it are counted and dropped. */
const MOST_WAITING = 8;
const ANSWER_TIMEOUT = 10_000;
const CLOSE_TIMEOUT = 2_000;
/** Milliseconds before a batch is sent again, and again. */
const PAUSES = [1_000, 5_000];
/** Milliseconds between two lines in the log about a collector that takes nothing. */
const SILENCE = 60_000;
/** By which a collector says that it may take the batch later (OTLP). */
const LATER: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * Makes a sender (OTLP over HTTP, as JSON). A collector that is away costs some memory and never a
 * request: batches wait for a while, and then are dropped and counted.
 */
export function createSender({ endpoint, headers, logger, spans }: SenderOptions): Sender {
  const url = new URL(endpoint);
  const isTls = url.protocol === 'https:';
  const agent = isTls
    ? new HttpsAgent({ keepAlive: true, maxSockets: 1 })
    : new HttpAgent({ keepAlive: true, maxSockets: 1 });
  const request = isTls ? httpsRequest : httpRequest;
  const waiting: Batch[] = [];
  const closing = new AbortController();
  let sending: Promise<void> | undefined;
  let toldAt = -Infinity;

  function post(body: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      const outgoing = request(
        url,
        {
          method: 'POST',
          agent,
          headers: {
            ...headers,
            'content-type': 'application/json',
            'content-length': body.length,
          },
          signal: AbortSignal.any([AbortSignal.timeout(ANSWER_TIMEOUT), closing.signal]),
        },
        (answer) => {
          answer.resume();
          answer.once('end', () => resolve(answer.statusCode ?? 0));
          answer.once('error', reject);
        },
      );
      outgoing.once('error', reject);
      outgoing.end(body);
    });
  }

  /** @returns why it was not taken, and whether it may be later */
  async function refusal(
    body: Uint8Array,
  ): Promise<{ reason: unknown; isFinal: boolean } | undefined> {
    try {
      const status = await post(body);
      if (status >= 200 && status < 300) return undefined;
      return { reason: `it answered ${status}`, isFinal: !LATER.has(status) };
    } catch (error) {
      return { reason: error, isFinal: closing.signal.aborted };
    }
  }

  async function sendOne(batch: Batch): Promise<void> {
    await sendOrDrop(batch);
    batch.release();
  }

  async function sendOrDrop({ body, spans: count }: Batch): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      const refused = await refusal(body);
      if (refused === undefined) return spans.add(count, { result: 'sent' });
      const pause = PAUSES[attempt];
      if (refused.isFinal || pause === undefined) return drop(count, refused.reason);
      await wait(pause, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  }

  function drop(count: number, reason: unknown): void {
    spans.add(count, { result: 'dropped' });
    if (performance.now() - toldAt < SILENCE) return;
    toldAt = performance.now();
    logger.warn({ reason, endpoint: url.origin }, 'the collector took no traces; they are dropped');
  }

  async function sendAll(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      await sendOne(next);
  }

  return {
    send(batch) {
      if (waiting.length >= MOST_WAITING) {
        drop(batch.spans, 'too many wait');
        return batch.release();
      }
      waiting.push(batch);
      sending ??= sendAll().finally(() => {
        sending = undefined;
      });
    },
    async close() {
      const timer = setTimeout(() => closing.abort(), CLOSE_TIMEOUT);
      await sending;
      clearTimeout(timer);
      agent.destroy();
    },
  };
}
