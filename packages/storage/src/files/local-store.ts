import { createError } from '@objectos/spec/errors';
import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import {
  lstat,
  mkdir,
  open,
  opendir,
  realpath,
  rename,
  rm,
  stat,
  type FileHandle,
} from 'node:fs/promises';
import path from 'node:path';
import { webStreamOf } from './web-stream.js';
import { checkFileKey, type Digest, type FileStore, type StoredContent } from './file-store.js';

/** A folder for everything, and what is readable in it is the owner's alone. */
const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;

/**
 * A store in a folder of this machine, or of a network drive that all nodes share. A content is
 * written beside its place, made durable, and then renamed into it.
 */
export function createLocalStore({ folder }: { readonly folder: string }): FileStore {
  const root = path.resolve(folder, 'content');
  const pending = path.resolve(folder, 'pending');

  const placeOf = (key: string): string => {
    checkFileKey(key);
    return path.join(root, ...key.split('/'));
  };

  async function prepare(): Promise<void> {
    await mkdir(root, { recursive: true, mode: FOLDER_MODE });
    await mkdir(pending, { recursive: true, mode: FOLDER_MODE });
  }

  /** Somebody with access to the folder may have put a link there; nothing goes through it. */
  async function isInside(place: string): Promise<boolean> {
    const real = await realpath(path.dirname(place)).catch(absent);
    const base = await realpath(root).catch(absent);
    if (real === undefined || base === undefined) return false;
    return real === base || real.startsWith(base + path.sep);
  }

  /** The place of a key, if there may be something. */
  async function findPlace(key: string): Promise<string | undefined> {
    const place = placeOf(key);
    return (await isInside(place)) ? place : undefined;
  }

  async function makeFolder(place: string): Promise<void> {
    await mkdir(path.dirname(place), { recursive: true, mode: FOLDER_MODE });
    if (await isInside(place)) return;
    throw createError('file_key_invalid', { key: path.relative(root, place) });
  }

  async function* walk(start: string): AsyncGenerator<StoredContent> {
    const entries = await opendir(start).catch(absent);
    if (entries === undefined) return;
    for await (const entry of entries) {
      const place = path.join(start, entry.name);
      if (entry.isDirectory()) yield* walk(place);
      if (!entry.isFile()) continue;
      const found = await stat(place).catch(absent);
      const key = path.relative(root, place).split(path.sep).join('/');
      if (found !== undefined) yield { key, size: found.size, modifiedAt: found.mtimeMs };
    }
  }

  return {
    backend: 'local',
    prepare,
    async write(key, body, { seal } = {}) {
      const place = placeOf(key);
      await makeFolder(place);
      await mkdir(pending, { recursive: true, mode: FOLDER_MODE });
      const draft = path.join(pending, randomUUID());
      try {
        const digest = await writeDraft(draft, body);
        await seal?.(digest);
        await rename(draft, place);
        await syncFolder(path.dirname(place));
        return digest;
      } finally {
        await rm(draft, { force: true });
      }
    },
    async read(key, range) {
      const place = await findPlace(key);
      const handle = place === undefined ? undefined : await openContent(place);
      if (handle === undefined) return undefined;
      return webStreamOf(handle.createReadStream({ ...range, autoClose: true }));
    },
    async size(key) {
      const place = await findPlace(key);
      const found = place === undefined ? undefined : await lstat(place).catch(absent);
      return found?.isFile() === true ? found.size : undefined;
    },
    async delete(key) {
      const place = await findPlace(key);
      const found = place === undefined ? undefined : await lstat(place).catch(absent);
      if (place === undefined || found === undefined) return false;
      await rm(place, { force: true });
      return true;
    },
    async *list(prefix) {
      // Only the folder that the prefix names is walked through.
      const start = path.join(root, prefix.slice(0, prefix.lastIndexOf('/') + 1));
      for await (const content of walk(start)) if (content.key.startsWith(prefix)) yield content;
    },
    async isUp() {
      return (await stat(root).catch(absent))?.isDirectory() === true;
    },
  };
}

async function writeDraft(draft: string, body: AsyncIterable<Uint8Array>): Promise<Digest> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(draft, 'wx', FILE_MODE);
  try {
    for await (const chunk of body) {
      hash.update(chunk);
      size += chunk.length;
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { size, sha256: hash.digest('hex') };
}

/** A link in the place of a content is none of ours. */
async function openContent(place: string): Promise<FileHandle | undefined> {
  const handle = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW).catch(absent);
  if (handle === undefined) return undefined;
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  return undefined;
}

/** Makes the new name durable; where a folder cannot be opened (Windows), renaming is all there is. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function absent(error: unknown): undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
  throw error;
}
