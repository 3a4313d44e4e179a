import sharp from 'sharp';
import { expect, it } from 'vitest';
import type { FileStore } from '../src/files/file-store.js';
import { startApplication, type Application, type ApplicationOptions } from './application.js';

/** Where the files of one test are. */
export interface Place {
  readonly options: ApplicationOptions;
  /** The same place, past the application. */
  readonly store: FileStore;
}

/** A plain image of a test. */
export function plain(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#c00' } });
}

export async function fetchImage(app: Application, id: string, query: string, as = 'ada') {
  const response = await fetch(`${app.url}/api/storage/files/${id}/content?${query}`, {
    headers: { authorization: `Bearer ${as}` },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

/** Those that are kept. */
export async function thumbnails(store: FileStore): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('thumbs/')) found.push(key.split('/').at(-1) ?? '');
  return found;
}

export const LARGE = await plain(900, 600).png().toBuffer();

/** What holds wherever files are kept. */
export function thumbnailSuite(makePlace: () => Promise<Place>): void {
  it('is made in the sizes, fits and formats that are allowed, and never larger', async () => {
    const { options } = await makePlace();
    const app = await startApplication(options);
    const id = await app.upload('photo.png', LARGE, { type: 'image/png' });
    const seen = async (query: string) => {
      const { response, bytes } = await fetchImage(app, id, query);
      const { width, height, format } = await sharp(bytes).metadata();
      expect(response.headers.get('content-type')).toBe(`image/${format}`);
      expect(response.headers.get('content-length')).toBe(String(bytes.length));
      return `${width}x${height} ${format}`;
    };
    expect(await seen('width=200&height=200')).toBe('200x133 webp');
    expect(await seen('width=200&height=200&fit=cover&format=jpeg')).toBe('200x200 jpeg');
    expect(await seen('width=200&height=200&fit=contain&format=png')).toBe('200x200 png');
    expect(await seen('width=400')).toBe('400x267 webp');
    expect(await seen('width=1200')).toBe('900x600 webp');
    for (const query of [
      'width=201&height=200',
      'width=200',
      'format=png',
      'width=0&height=0',
      'width=400&fit=stretch',
      'width=400&format=svg',
      'width=1e3',
    ]) {
      const refused = await app.call('GET', `/api/storage/files/${id}/content?${query}`);
      expect([refused.status, refused.body.code], query).toEqual([400, 'invalid_parameter']);
    }
    const shown = (await fetchImage(app, id, 'width=400&inline=1')).response.headers;
    expect(shown.get('content-disposition')).toContain('inline; filename="photo.webp"');
    expect(shown.get('x-content-type-options')).toBe('nosniff');
  });

  it('is made once, kept beside the file, and goes with it', async () => {
    const { options, store } = await makePlace();
    const app = await startApplication(options);
    const id = await app.upload('photo.png', LARGE, { type: 'image/png' });
    const query = 'width=64&height=64';
    const answers = await Promise.all(Array.from({ length: 12 }, () => fetchImage(app, id, query)));
    const [first] = answers;
    for (const { bytes } of answers) expect(bytes.equals(first!.bytes)).toBe(true);
    expect(await thumbnails(store)).toEqual([`${id}.64x64-inside.webp`]);

    const etag = first!.response.headers.get('etag')!;
    const whole = await app.call('GET', `/api/storage/files/${id}/content`);
    expect(etag).not.toBe(whole.headers.get('etag'));
    const at = `/api/storage/files/${id}/content?${query}`;
    expect((await app.call('GET', at, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const part = await app.call('GET', at, { headers: { range: 'bytes=0-3' } });
    expect([part.status, part.text]).toEqual([206, 'RIFF']);

    // Not made again: the content that it was made of is gone.
    for await (const { key } of store.list('files/')) await store.delete(key);
    expect((await fetchImage(app, id, query)).response.status).toBe(200);
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
    expect(await thumbnails(store)).toEqual([]);
  });
}
