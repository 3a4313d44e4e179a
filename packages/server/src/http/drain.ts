import { setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { Readiness } from '../health/readiness.js';
import { stopListening } from './listen.js';

/** Ends a server without a client noticing. */
export interface Drain {
  /**
   * Not ready at once, then `drainMs` in which requests are still served, each with the end of its
   * connection, then no new ones, and those under way get `stopMs`. Once; later calls wait for it.
   */
  gently(): Promise<void>;
  /** The same without the wait. */
  now(): Promise<void>;
}

/** Has every answer of a draining server end its connection. */
export function installDrainHeader(fastify: FastifyInstance, readiness: Readiness): void {
  // A kept connection that ends between two requests loses the second one; so it is told before.
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (readiness.draining()) reply.header('connection', 'close');
    done();
  });
}

/** Makes the end of a server. */
export function createDrain(
  fastify: FastifyInstance,
  readiness: Readiness,
  { drainMs, stopMs }: { readonly drainMs: number; readonly stopMs: number },
): Drain {
  let ending: Promise<void> | undefined;
  const hurry = new AbortController();
  const end = async (): Promise<void> => {
    readiness.set('draining');
    if (drainMs > 0 && !hurry.signal.aborted) {
      await wait(drainMs, undefined, { signal: hurry.signal }).catch(ignoreAbort);
    }
    await stopListening(fastify, stopMs);
  };
  return {
    gently: () => (ending ??= end()),
    now() {
      hurry.abort();
      return (ending ??= end());
    },
  };
}

function ignoreAbort(error: unknown): void {
  if ((error as { name?: unknown }).name !== 'AbortError') throw error;
}
