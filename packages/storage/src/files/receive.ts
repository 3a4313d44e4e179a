import type {
  ExecutionContext,
  FileUpload,
  PluginContext,
  StoredFile,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { DataEngine } from '@objectos/spec/contracts';
import type { FilesConfig } from '../config.js';
import { contentTypeOf, declaredType, HEAD_BYTES, matchesType } from './content-type.js';
import type { Digest, FileStore } from './file-store.js';
import { checkFileName, endingOf } from './names.js';
import {
  actorOf,
  asSystem,
  contentKey,
  FILE_OBJECT,
  findFile,
  insertFile,
  setStatus,
} from './rows.js';

/** What receiving a file needs. */
export interface ReceiveParts {
  readonly plugin: Pick<PluginContext, 'hasHooks' | 'runHooks'>;
  readonly engine: DataEngine;
  readonly store: FileStore;
  readonly config: FilesConfig;
}

const HOOK = 'storage.file.received';

/**
 * Takes a file in: name and declared type are checked before a byte is read, size while they come,
 * and what they are before anybody sees them.
 *
 * @param id of the new file; nothing has it yet
 */
export async function receiveFile(
  parts: ReceiveParts,
  id: string,
  upload: FileUpload,
  ctx: ExecutionContext,
): Promise<StoredFile> {
  const { engine, store, config, plugin } = parts;
  const announced = checkUpload(upload, config);
  const { name, declared } = announced;
  const head: Head = { bytes: Buffer.alloc(0) };
  let contentType = '';
  const key = contentKey(id);
  const digest = await store.write(key, observed(upload.body, config.maxSize, head), {
    contentType: declared,
    async seal({ size }) {
      checkSize(upload.size, size);
      contentType = await contentTypeOf(declared, head.bytes);
      checkType(contentType, endingOf(name), config);
    },
  });
  const scanned = plugin.hasHooks(HOOK);
  try {
    const row = toRow({ id, name, contentType, digest, ctx, scanned });
    const file = await insertFile(engine, row, ctx);
    return scanned ? await scan(parts, file, ctx) : file;
  } catch (error) {
    // Another process may have stored the file meanwhile; then the content is that file's.
    if ((await findFile(engine, id, asSystem(ctx))) === undefined) await store.delete(key);
    throw error;
  }
}

/**
 * What can be said before the bytes come.
 *
 * @throws `file_name_invalid`, `file_type_refused`, `file_too_large`
 */
export function checkUpload(
  { name: given, contentType, size }: Omit<FileUpload, 'body'>,
  config: FilesConfig,
): { readonly name: string; readonly declared: string | undefined } {
  const name = checkFileName(given);
  const declared = declaredType(contentType);
  if (declared !== undefined) checkType(declared, endingOf(name), config);
  if (size !== undefined && size > config.maxSize) throw tooLarge(config.maxSize);
  return { name, declared };
}

async function scan(
  { plugin, engine, store }: ReceiveParts,
  file: StoredFile,
  ctx: ExecutionContext,
): Promise<StoredFile> {
  let reason: string | undefined;
  try {
    await plugin.runHooks(HOOK, {
      file,
      ctx,
      async open() {
        const body = await store.read(contentKey(file.id));
        if (body !== undefined) return body;
        throw createError('file_not_found', { id: file.id });
      },
      quarantine(why) {
        reason = why;
      },
    });
  } catch (error) {
    await engine.delete(FILE_OBJECT, file.id, asSystem(ctx));
    throw error;
  }
  const status = reason === undefined ? 'ready' : 'quarantined';
  return setStatus(engine, file.id, status, { reason, ctx });
}

interface Head {
  bytes: Buffer;
}

/** The body, with its first bytes kept and its length held against the limit. */
async function* observed(
  body: AsyncIterable<Uint8Array>,
  max: number,
  head: Head,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > max) throw tooLarge(max);
    if (head.bytes.length < HEAD_BYTES) {
      const missing = HEAD_BYTES - head.bytes.length;
      head.bytes = Buffer.concat([head.bytes, chunk.subarray(0, missing)]);
    }
    yield chunk;
  }
}

function checkSize(expected: number | undefined, actual: number): void {
  if (expected === undefined || expected === actual) return;
  throw createError('file_size_mismatch', { expected, actual });
}

function checkType(contentType: string, ending: string, config: FilesConfig): void {
  const { allowedTypes, blockedTypes } = config;
  const isOneOf = (patterns: readonly string[]) =>
    patterns.some((pattern) => matchesType(pattern, contentType, ending));
  if (isOneOf(blockedTypes)) {
    throw createError('file_type_refused', { contentType, reason: 'this type is blocked' });
  }
  if (allowedTypes.length === 0 || isOneOf(allowedTypes)) return;
  const reason = `the allowed ones are ${allowedTypes.join(', ')}`;
  throw createError('file_type_refused', { contentType, reason });
}

function tooLarge(max: number) {
  return createError('file_too_large', { max });
}

function toRow(given: {
  readonly id: string;
  readonly name: string;
  readonly contentType: string;
  readonly digest: Digest;
  readonly ctx: ExecutionContext;
  readonly scanned: boolean;
}): Omit<StoredFile, 'tenantId' | 'createdAt'> {
  const { id, name, contentType, digest, ctx, scanned } = given;
  return {
    id,
    name,
    contentType,
    size: digest.size,
    checksum: digest.sha256,
    status: scanned ? 'scanning' : 'ready',
    uploadedBy: actorOf(ctx),
  };
}
