import type {
  DataEngine,
  ExecutionContext,
  FilesService,
  FileUpload,
  PluginContext,
  StoredFile,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { randomUUID } from 'node:crypto';
import type { FilesConfig } from '../config.js';
import type { FileAccess } from './access.js';
import type { FileStore } from './file-store.js';
import type { FileLinks } from './links.js';
import { receiveFile } from './receive.js';
import {
  asSystem,
  contentKey,
  FILE_OBJECT,
  fileNotFound,
  findFile,
  setStatus,
  thumbnailKey,
} from './rows.js';

/** What the service stands on. */
export interface FilesParts {
  readonly plugin: Pick<PluginContext, 'hasHooks' | 'runHooks'>;
  readonly engine: DataEngine;
  readonly store: FileStore;
  readonly config: FilesConfig;
  readonly links: FileLinks;
  readonly access: FileAccess;
}

/** The service, and what routes and jobs need beside it. */
export interface OwnedFilesService extends FilesService {
  /** Stores a file under an id that was given out before. */
  receive(id: string, upload: FileUpload, ctx: ExecutionContext): Promise<StoredFile>;
  /** A file whoever asks; for addresses that bear a signature. @throws as `get` */
  getSigned(id: string): Promise<StoredFile>;
  /** Content of a file that was got before. @throws `file_not_found` */
  content(file: StoredFile, range?: { start: number; end: number }): Promise<ReadableStream>;
  /** Removes a file unless a record has it. @returns whether it did */
  discard(id: string, ctx: ExecutionContext): Promise<boolean>;
}

/** Makes the files of an application. */
export function createFilesService(parts: FilesParts): OwnedFilesService {
  const { engine, store, links, access } = parts;

  async function get(id: string, ctx: ExecutionContext): Promise<StoredFile> {
    return usable(await access.require(id, ctx));
  }

  async function content(
    file: StoredFile,
    range?: { start: number; end: number },
  ): Promise<ReadableStream<Uint8Array>> {
    const body = await store.read(contentKey(file.id), range);
    if (body === undefined) throw fileNotFound(file.id);
    return body;
  }

  async function discard(id: string, ctx: ExecutionContext): Promise<boolean> {
    const isGone = await links.whileFree(id, asSystem(ctx), async (places, inner) => {
      if (places > 0) return false;
      await engine.delete(FILE_OBJECT, id, inner);
      return true;
    });
    // After the commit: a content without a file is found by the next collection.
    if (isGone) {
      await store.delete(contentKey(id));
      for await (const { key } of store.list(thumbnailKey(id))) await store.delete(key);
    }
    return isGone;
  }

  async function requireManaged(id: string, ctx: ExecutionContext): Promise<void> {
    await access.requireManager(ctx);
    if ((await findFile(engine, id, ctx)) === undefined) throw fileNotFound(id);
  }

  async function receive(
    id: string,
    upload: FileUpload,
    ctx: ExecutionContext,
  ): Promise<StoredFile> {
    access.requireUpload(ctx);
    return receiveFile(parts, id, upload, ctx);
  }

  return {
    backend: store.backend,
    upload: (file, ctx) => receive(randomUUID(), file, ctx),
    receive,
    get,
    async getSigned(id) {
      const ctx = { principal: SIGNED, requestId: 'signed' };
      const file = await findFile(engine, id, ctx);
      if (file === undefined) throw fileNotFound(id);
      return usable(file);
    },
    content,
    async open(id, ctx, range) {
      const file = await get(id, ctx);
      return { file, body: await content(file, range) };
    },
    async delete(id, ctx) {
      await access.require(id, ctx);
      if (!(await discard(id, ctx))) throw createError('file_in_use', { id });
    },
    discard,
    async quarantine(id, reason, ctx) {
      await requireManaged(id, ctx);
      return setStatus(engine, id, 'quarantined', { reason, ctx });
    },
    async release(id, ctx) {
      await requireManaged(id, ctx);
      return setStatus(engine, id, 'ready', { ctx });
    },
  };
}

/** Whoever bears a signature has been let in when it was made. */
const SIGNED = { kind: 'system', id: 'signed-address', tenantId: null } as const;

function usable(file: StoredFile): StoredFile {
  if (file.status === 'ready') return file;
  throw createError('file_quarantined', { id: file.id });
}
