import type { StoredFile } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { FilesConfig } from '../../config.js';
import type { FileStore } from '../file-store.js';
import { contentKey, fileNotFound, thumbnailKey } from '../rows.js';
import { createLimiter } from './limiter.js';
import { makeThumbnail } from './make.js';
import { variantOf, type ThumbnailSpec } from './request.js';

/** Small images of files, made when first asked for and kept beside them. */
export interface Thumbnails {
  readonly config: FilesConfig['thumbnails'];
  /**
   * A thumbnail as a file, with its own entity tag. Whoever asks must have been let in to the file.
   *
   * @throws `thumbnail_not_possible`, `file_not_found`
   */
  get(file: StoredFile, spec: ThumbnailSpec): Promise<StoredFile>;
  /** The content of one that was got before. */
  content(file: StoredFile, spec: ThumbnailSpec, range?: Range): Promise<ReadableStream>;
}

type Range = { readonly start: number; readonly end: number };

/** Makes the thumbnails over a store; a few at a time, and each once. */
export function createThumbnails(store: FileStore, config: FilesConfig['thumbnails']): Thumbnails {
  const limited = createLimiter(config.concurrency);
  const underWay = new Map<string, Promise<number>>();

  async function make(file: StoredFile, spec: ThumbnailSpec, key: string): Promise<number> {
    const image = await readWhole(store, file);
    const made = await makeThumbnail(image, spec, config);
    const contentType = `image/${spec.format}`;
    await store.write(key, one(made), { contentType });
    return made.length;
  }

  /** The first to ask has it made; the others wait for that. */
  function sizeOf(file: StoredFile, spec: ThumbnailSpec, key: string): Promise<number> {
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const finding = (async () => {
      return (await store.size(key)) ?? limited(() => make(file, spec, key));
    })().finally(() => underWay.delete(key));
    underWay.set(key, finding);
    return finding;
  }

  return {
    config,
    async get(file, spec) {
      if (file.size > config.maxBytes) {
        const reason = `it has ${file.size} bytes, and ${config.maxBytes} are the most`;
        throw createError('thumbnail_not_possible', { reason });
      }
      const variant = variantOf(spec);
      const size = await sizeOf(file, spec, thumbnailKey(file.id, variant));
      const name = `${file.name.replace(/\.[^.]*$/, '')}.${spec.format}`;
      const checksum = `${file.checksum}-${variant}`;
      return { ...file, name, size, checksum, contentType: `image/${spec.format}` };
    },
    async content(file, spec, range) {
      const body = await store.read(thumbnailKey(file.id, variantOf(spec)), range);
      if (body === undefined) throw fileNotFound(file.id);
      return body;
    },
  };
}

async function readWhole(store: FileStore, { id }: StoredFile): Promise<Buffer> {
  const body = await store.read(contentKey(id));
  if (body === undefined) throw fileNotFound(id);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
