import type { ExecutionContext, FileUpload, KeyValue, StoredFile } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { createHash, randomBytes, randomUUID, timingSafeEqual } from 'node:crypto';
import type { FilesConfig } from '../../config.js';
import type { FileAccess } from '../access.js';
import type { FileStore } from '../file-store.js';
import type { OwnedFilesService } from '../files-service.js';
import { checkUpload } from '../receive.js';
import { chunkCount, createChunks, missing, type Chunk } from './chunks.js';
import {
  contextOf,
  createUploadSessions,
  principalOf,
  requireAlive,
  requireOwnUpload,
  type UploadSession,
} from './session.js';

/** What a client announces. */
export interface Announcement extends Omit<FileUpload, 'body'> {
  readonly size: number;
}

/** How far a chunked upload is. */
export interface UploadProgress {
  readonly session: UploadSession;
  readonly status: 'in_progress' | 'completing' | 'completed' | 'expired';
  readonly totalChunks: number;
  /** Chunks from the first on without a gap: a client goes on with the next. */
  readonly uploadedChunks: number;
  readonly uploadedSize: number;
}

/** Uploads in more than one request. */
export interface Uploads {
  /** Announces a file that comes in one request to a signed address. @returns the id of the file */
  announce(file: Announcement, ctx: ExecutionContext): Promise<UploadSession>;
  /** Takes the file in that was announced under this id; once. */
  receive(id: string, body: AsyncIterable<Uint8Array>, ctx: ExecutionContext): Promise<StoredFile>;
  /** Whether the announced file is there. @throws `upload_conflict` when it is not */
  requireReceived(id: string, ctx: ExecutionContext): Promise<void>;
  /** Begins an upload in chunks. */
  begin(
    file: Announcement & { readonly chunkSize: number },
    ctx: ExecutionContext,
  ): Promise<{ readonly id: string; readonly token: string; readonly session: UploadSession }>;
  putChunk(
    id: string,
    chunk: {
      readonly index: number;
      readonly token: string;
      readonly body: AsyncIterable<Uint8Array>;
    },
    ctx: ExecutionContext,
  ): Promise<Chunk>;
  progress(id: string, ctx: ExecutionContext): Promise<UploadProgress>;
  /** Puts the chunks together; a second time answers with the same file. */
  complete(
    id: string,
    parts: readonly { readonly chunkIndex: number; readonly eTag: string }[],
    ctx: ExecutionContext,
  ): Promise<StoredFile>;
  abort(id: string, ctx: ExecutionContext): Promise<void>;
  /** Ids of the uploads in chunks whose contents are still needed. */
  liveIds(): Promise<ReadonlySet<string>>;
}

/** Chunks of one upload: more would make its progress slow to tell. */
const MAX_CHUNKS = 10_000;

/** What uploads stand on. */
export interface UploadsParts {
  readonly files: OwnedFilesService;
  readonly access: FileAccess;
  readonly store: FileStore;
  readonly values: KeyValue;
  readonly config: FilesConfig;
  readonly now: () => number;
}

/** Makes the uploads of an application. */
export function createUploads(parts: UploadsParts): Uploads {
  const { files, access, config, now } = parts;
  const sessions = createUploadSessions(parts.values, now);
  const chunks = createChunks(parts.store, parts.values);

  function newSession(
    kind: UploadSession['kind'],
    file: Announcement,
    ctx: ExecutionContext,
  ): UploadSession {
    access.requireUpload(ctx);
    const { name, declared } = checkUpload(file, config);
    const startedAt = now();
    return {
      kind,
      fileId: randomUUID(),
      name,
      ...(declared === undefined ? {} : { contentType: declared }),
      size: file.size,
      principal: principalOf(ctx),
      startedAt,
      expiresAt: startedAt + config.uploadTtl,
      state: 'open',
    };
  }

  async function own(
    id: string,
    kind: UploadSession['kind'],
    ctx: ExecutionContext,
  ): Promise<UploadSession> {
    const session = await sessions.get(id);
    requireOwnUpload(id, session, ctx);
    if (session.kind === kind) return session;
    throw createError('upload_not_found', { id });
  }

  return {
    async announce(file, ctx) {
      const session = newSession('single', file, ctx);
      await sessions.begin(session.fileId, session);
      return session;
    },
    receive: (id, body, ctx) =>
      sessions.finish(id, (session) => {
        if (session.kind !== 'single') throw createError('upload_not_found', { id });
        return files.receive(id, { ...session, body }, contextOf(session, ctx));
      }),
    async requireReceived(id, ctx) {
      const session = await own(id, 'single', ctx);
      if (session.state === 'done') return;
      throw createError('upload_conflict', { id, reason: 'its content has not arrived' });
    },
    async begin({ chunkSize, ...file }, ctx) {
      const token = randomBytes(32).toString('base64url');
      const session = { ...newSession('chunked', file, ctx), chunkSize, token: hashed(token) };
      if (chunkCount(session) > MAX_CHUNKS) {
        const actual = chunkCount(session);
        throw createError('limit_exceeded', { limit: 'chunks', max: MAX_CHUNKS, actual });
      }
      const id = randomUUID();
      await sessions.begin(id, session);
      return { id, token, session };
    },
    async putChunk(id, { index, token, body }, ctx) {
      const session = await own(id, 'chunked', ctx);
      requireAlive(id, session, now());
      requireToken(id, session, token);
      return chunks.put(id, session, index, body);
    },
    async progress(id, ctx) {
      const session = await own(id, 'chunked', ctx);
      return progressOf(session, await chunks.of(id), now());
    },
    async complete(id, listed, ctx) {
      const session = await own(id, 'chunked', ctx);
      if (session.state === 'done') return files.get(session.fileId, ctx);
      requireComplete(id, session, listed, await chunks.of(id));
      const file = await sessions.finish(id, () =>
        files.receive(session.fileId, { ...session, body: chunks.read(id, session) }, ctx),
      );
      await chunks.remove(id);
      return file;
    },
    async abort(id, ctx) {
      await own(id, 'chunked', ctx);
      await sessions.end(id);
      await chunks.remove(id);
    },
    async liveIds() {
      const live = new Set<string>();
      for await (const id of sessions.ids()) {
        const session = await sessions.get(id).catch(() => undefined);
        const isNeeded = session?.kind === 'chunked' && session.state !== 'done';
        if (isNeeded && session.expiresAt > now()) live.add(id);
      }
      return live;
    },
  };
}

function progressOf(
  session: UploadSession,
  arrived: readonly Chunk[],
  now: number,
): UploadProgress {
  const totalChunks = chunkCount(session);
  const isDone = session.state === 'done';
  const gap = arrived.findIndex((chunk, position) => chunk.index !== position);
  return {
    session,
    status: isDone
      ? 'completed'
      : session.expiresAt <= now
        ? 'expired'
        : session.state === 'working'
          ? 'completing'
          : 'in_progress',
    totalChunks,
    uploadedChunks: isDone ? totalChunks : gap === -1 ? arrived.length : gap,
    uploadedSize: isDone ? session.size : arrived.reduce((sum, { size }) => sum + size, 0),
  };
}

/** @throws `upload_conflict` for a chunk that is not there, `upload_chunk_invalid` for another one */
function requireComplete(
  id: string,
  session: UploadSession,
  listed: readonly { readonly chunkIndex: number; readonly eTag: string }[],
  arrived: readonly Chunk[],
): void {
  const byIndex = new Map(arrived.map((chunk) => [chunk.index, chunk.sha256]));
  for (let index = 0; index < chunkCount(session); index += 1) {
    if (!byIndex.has(index)) throw missing(id, index);
  }
  for (const { chunkIndex, eTag } of listed) {
    if (byIndex.get(chunkIndex) === eTag.replaceAll('"', '')) continue;
    throw createError('upload_chunk_invalid', { index: chunkIndex, reason: 'its eTag is another' });
  }
}

function requireToken(id: string, session: UploadSession, token: string): void {
  const [given, expected] = [Buffer.from(hashed(token)), Buffer.from(session.token ?? '')];
  if (given.length === expected.length && timingSafeEqual(given, expected)) return;
  throw createError('upload_conflict', { id, reason: 'the resume token is not its own' });
}

function hashed(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
