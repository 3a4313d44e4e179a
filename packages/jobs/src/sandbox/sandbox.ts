import type { JobScript } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createThreadPool, type ThreadInput } from '../thread/pool.js';
import { SANDBOX_PROGRAM } from './program.js';

/** Runs scripts of people who are not trusted with the server. */
export interface Sandbox {
  /** @throws `job_sandbox_failed`, `job_sandbox_limit` */
  run(
    job: string,
    script: JobScript,
    given: { readonly input: ThreadInput; readonly signal: AbortSignal },
  ): Promise<unknown>;
  close(): Promise<void>;
}

interface Reply {
  readonly result?: string;
  readonly error?: string;
  readonly limit?: 'time' | 'memory' | undefined;
}

const DEFAULT_MEMORY = 16 * 1024 * 1024;
const DEFAULT_MILLISECONDS = 1_000;

/** Makes a sandbox of at most `size` threads, started when they are needed. */
export function createSandbox(size: number): Sandbox {
  const require = createRequire(import.meta.url);
  const threads = createThreadPool(size, SANDBOX_PROGRAM);
  return {
    async run(job, script, { input, signal }) {
      const { code, memory = DEFAULT_MEMORY, milliseconds = DEFAULT_MILLISECONDS } = script;
      const message = {
        module: pathToFileURL(require.resolve('quickjs-wasi')).href,
        wasm: pathToFileURL(require.resolve('quickjs-wasi/quickjs.wasm')).href,
        code,
        input: JSON.stringify(input),
        memory,
        milliseconds,
      };
      const reply = (await threads.exchange(message, signal)) as Reply;
      if (reply.result !== undefined) return JSON.parse(reply.result) as unknown;
      if (reply.limit === 'time') {
        throw createError('job_sandbox_limit', { job, limit: `${milliseconds} milliseconds` });
      }
      if (reply.limit === 'memory') {
        throw createError('job_sandbox_limit', { job, limit: `${memory} bytes of memory` });
      }
      throw createError('job_sandbox_failed', { job, reason: reply.error ?? 'it ended' });
    },
    close: () => threads.close(),
  };
}
