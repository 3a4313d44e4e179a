import { createError } from '@objectos/spec/errors';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Runs `work` over a body that was first written to a temporary file. The body arrives as fast as the
 * client sends it, whatever the database does, and memory holds none of it.
 *
 * @throws `body_too_large`
 */
export async function withSpooled<T>(
  body: Readable,
  maxBytes: number,
  work: (bytes: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'objectos-import-'));
  const file = path.join(folder, 'body');
  try {
    await pipeline(body, limited(maxBytes), createWriteStream(file, { mode: 0o600 }));
    return await work(createReadStream(file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Passes bytes on, up to so many. @throws `body_too_large` */
export function limited(max: number) {
  return async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    for await (const chunk of source) {
      bytes += chunk.length;
      if (bytes > max) throw createError('body_too_large', { max });
      yield chunk;
    }
  };
}
