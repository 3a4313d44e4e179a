import type { ByteRange, MaybePromise } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';

/** What was written. */
export interface Digest {
  /** Bytes. */
  readonly size: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** How a content is written. */
export interface WriteOptions {
  readonly contentType?: string | undefined;
  /** Called when all bytes are there, and before anybody can see them; a throw leaves nothing. */
  readonly seal?: ((digest: Digest) => MaybePromise<void>) | undefined;
}

/** A content in the listing. */
export interface StoredContent {
  readonly key: string;
  readonly size: number;
  /** Epoch milliseconds. */
  readonly modifiedAt: number;
}

/**
 * Where contents are kept, by key. A content is there whole or not at all, whatever happens while it
 * is written. Knows nothing of names, people or records. Suite: `fileStoreContract` in
 * `@objectos/testing`. All refuse other keys than {@link checkFileKey} takes, with `file_key_invalid`,
 * and throw `storage_unavailable` when the backend does not answer.
 */
export interface FileStore {
  readonly backend: 'local' | 's3';
  /** Called once, before the first use. */
  prepare(): Promise<void>;
  /** Writes a content, in the place of one that is there; durable when it resolves. */
  write(key: string, body: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<Digest>;
  /** The bytes, or those of a range that lies within them; `undefined` for no such content. */
  read(key: string, range?: ByteRange): Promise<ReadableStream<Uint8Array> | undefined>;
  /** @returns its bytes; `undefined` for no such content */
  size(key: string): Promise<number | undefined>;
  /** @returns whether there was one, as far as the backend says */
  delete(key: string): Promise<boolean>;
  /** All contents whose key begins with `prefix`, in any order. */
  list(prefix: string): AsyncIterable<StoredContent>;
  /** Whether it answers. */
  isUp(): Promise<boolean>;
}

const PART = /^[a-z0-9][a-z0-9._-]*$/;
const MAX_KEY = 200;
/** Names that stand for devices on Windows, whatever their ending. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/;

/** @throws `file_key_invalid` */
export function checkFileKey(key: string): void {
  const isKey =
    key.length <= MAX_KEY &&
    key.split('/').every((part) => PART.test(part) && !DEVICES.test(part) && !part.endsWith('.'));
  if (!isKey) throw createError('file_key_invalid', { key: printable(key) });
}

/** Part of a text from outside, as a message may show it. */
export function printable(text: string): string {
  return text.slice(0, 80).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}
