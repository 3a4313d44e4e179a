import type { KeyValue } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { z } from 'zod';
import type { FileStore } from '../file-store.js';
import type { UploadSession } from './session.js';

const chunkSchema = z.object({ size: z.number(), sha256: z.string() });

/** A chunk that arrived. */
export type Chunk = z.infer<typeof chunkSchema> & { readonly index: number };

/** The chunks of uploads: their contents in the file store, what is known of them beside. */
export interface Chunks {
  /** Takes a chunk in, in the place of one of this index. @throws `upload_chunk_invalid` */
  put(
    id: string,
    session: UploadSession,
    index: number,
    body: AsyncIterable<Uint8Array>,
  ): Promise<Chunk>;
  /** What arrived, by index. */
  of(id: string): Promise<readonly Chunk[]>;
  /** The contents of all chunks, one after the other. */
  read(id: string, session: UploadSession): AsyncIterable<Uint8Array>;
  remove(id: string): Promise<void>;
}

/** How many chunks an upload has. */
export function chunkCount({ size, chunkSize = size }: UploadSession): number {
  return Math.max(1, Math.ceil(size / Math.max(1, chunkSize)));
}

/** Makes the chunks over both storages. */
export function createChunks(store: FileStore, values: KeyValue): Chunks {
  const recordKey = (id: string, index: number) => `chunk:${id}:${String(index).padStart(6, '0')}`;

  return {
    async put(id, session, index, body) {
      const expected = lengthOf(session, index);
      const digest = await store.write(chunkKey(id, index), limited(body, expected, index), {
        seal({ size }) {
          if (size < expected) throw wrongLength(index, expected, size);
        },
      });
      // As long as the session at most; a day more does no harm.
      const ttl = Math.max(1, session.expiresAt - session.startedAt) + 24 * 3_600_000;
      await values.put(recordKey(id, index), digest, { ttl });
      return { ...digest, index };
    },
    async of(id) {
      const found: Chunk[] = [];
      for await (const { key, value } of values.entries(`chunk:${id}:`)) {
        const index = Number(key.slice(key.lastIndexOf(':') + 1));
        found.push({ ...chunkSchema.parse(value), index });
      }
      return found;
    },
    async *read(id, session) {
      for (let index = 0; index < chunkCount(session); index += 1) {
        const body = await store.read(chunkKey(id, index));
        if (body === undefined) throw missing(id, index);
        for await (const bytes of body) yield bytes;
      }
    },
    async remove(id) {
      for await (const { key } of store.list(`parts/${id}/`)) await store.delete(key);
      for await (const { key } of values.entries(`chunk:${id}:`)) await values.delete(key);
    },
  };
}

/** The refusal of an upload that is not complete. */
export function missing(id: string, index: number): Error {
  return createError('upload_conflict', { id, reason: `chunk ${index} is missing` });
}

function chunkKey(id: string, index: number): string {
  return `parts/${id}/${index}`;
}

/** @throws `upload_chunk_invalid` for an index that the upload does not have */
function lengthOf(session: UploadSession, index: number): number {
  const { size, chunkSize = size } = session;
  const count = chunkCount(session);
  if (!Number.isInteger(index) || index < 0 || index >= count) {
    const reason = `the upload has ${count} chunks, from 0 on`;
    throw createError('upload_chunk_invalid', { index, reason });
  }
  return index === count - 1 ? size - index * chunkSize : chunkSize;
}

async function* limited(
  body: AsyncIterable<Uint8Array>,
  expected: number,
  index: number,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const bytes of body) {
    size += bytes.length;
    if (size > expected) throw wrongLength(index, expected, size);
    yield bytes;
  }
}

function wrongLength(index: number, expected: number, actual: number): Error {
  const reason = `it has ${actual > expected ? 'more' : actual} bytes; ${expected} are expected`;
  return createError('upload_chunk_invalid', { index, reason });
}
