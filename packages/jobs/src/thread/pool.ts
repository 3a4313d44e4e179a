import { Worker } from 'node:worker_threads';
import { createError } from '@objectos/spec/errors';

/** What a module in a thread is given. */
export interface ThreadInput {
  readonly id: string;
  readonly payload: unknown;
  readonly attempt: number;
}

/** Threads that run modules. */
export interface ThreadPool {
  /** Runs a module that exports `run`. */
  run(module: URL, input: ThreadInput, signal: AbortSignal): Promise<unknown>;
  /** Sends a message to a free thread and waits for its answer. */
  exchange(message: unknown, signal: AbortSignal): Promise<unknown>;
  close(): Promise<void>;
}

type Reply = { readonly result: unknown } | { readonly error: string; readonly stack?: string };

/** The thread itself: imports the module once, and runs it for each message. */
const THREAD = `
import { parentPort } from 'node:worker_threads';
parentPort.on('message', async ({ module, input }) => {
  try {
    const { run } = await import(module);
    if (typeof run !== 'function') throw new Error('the module exports no function "run"');
    parentPort.postMessage({ result: (await run(input)) ?? null });
  } catch (error) {
    parentPort.postMessage({ error: String(error?.message ?? error), stack: error?.stack });
  }
});`;

/**
 * Makes a pool of at most `size` threads, started when they are needed. A run that is aborted ends
 * its thread, whatever it does; the next one gets another.
 */
export function createThreadPool(size: number, program: string = THREAD): ThreadPool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: ((thread: Worker) => void)[] = [];

  function open(): Worker {
    const url = new URL(`data:text/javascript,${encodeURIComponent(program)}`);
    const thread = new Worker(url);
    thread.unref();
    all.add(thread);
    thread.once('exit', () => forget(thread));
    return thread;
  }

  /** A thread that ends gives its place to another one; called before it is gone, and when it is. */
  function forget(thread: Worker): void {
    if (!all.delete(thread)) return;
    const at = idle.indexOf(thread);
    if (at !== -1) idle.splice(at, 1);
    waiting.shift()?.(open());
  }

  function take(): Promise<Worker> {
    const free = idle.pop();
    if (free !== undefined) return Promise.resolve(free);
    if (all.size < size) return Promise.resolve(open());
    return new Promise((resolve) => waiting.push(resolve));
  }

  function give(thread: Worker): void {
    if (!all.has(thread)) return;
    const next = waiting.shift();
    if (next === undefined) idle.push(thread);
    else next(thread);
  }

  async function send(message: unknown, signal: AbortSignal): Promise<unknown> {
    const thread = await take();
    try {
      return await exchange(thread, message, { signal, forget });
    } finally {
      give(thread);
    }
  }

  return {
    exchange: send,
    async run(module, input, signal) {
      const reply = (await send({ module: module.href, input }, signal)) as Reply;
      if (!('error' in reply)) return reply.result;
      const failure = new Error(reply.error);
      if (reply.stack !== undefined) failure.stack = reply.stack;
      throw failure;
    },
    async close() {
      waiting.length = 0;
      await Promise.all([...all].map((thread) => thread.terminate()));
    },
  };
}

function exchange(
  thread: Worker,
  message: unknown,
  { signal, forget }: { readonly signal: AbortSignal; readonly forget: (thread: Worker) => void },
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      forget(thread);
      void thread.terminate();
      reject(signal.reason as Error);
    };
    const died = (): void => reject(createError('job_stalled', { job: 'a job in a thread' }));
    const failed = (error: Error): void => reject(error);
    const done = (reply: unknown): void => {
      signal.removeEventListener('abort', stop);
      thread.off('exit', died);
      thread.off('error', failed);
      resolve(reply);
    };
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    thread.once('message', done);
    thread.once('exit', died);
    thread.once('error', failed);
    thread.postMessage(message);
  });
}
