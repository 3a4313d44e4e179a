import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createLimiter } from '../src/files/thumbnails/limiter.js';
import { startApplication, type Application } from './application.js';

/** A plain image of a test. */
function plain(width: number, height: number) {
  return sharp({ create: { width, height, channels: 3, background: '#c00' } });
}

async function fetchImage(app: Application, id: string, query: string, as = 'ada') {
  const response = await fetch(`${app.url}/api/storage/files/${id}/content?${query}`, {
    headers: { authorization: `Bearer ${as}` },
  });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
}

async function thumbnails({ folder }: Application): Promise<string[]> {
  const found = await readdir(folder, { recursive: true });
  return found.filter((name) => /thumbs.*\./.test(name)).map((name) => path.basename(name));
}

const LARGE = await plain(900, 600).png().toBuffer();

describe('a thumbnail', () => {
  it('is made in the sizes, fits and formats that are allowed, and never larger', async () => {
    const app = await startApplication();
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
    const app = await startApplication();
    const id = await app.upload('photo.png', LARGE, { type: 'image/png' });
    const query = 'width=64&height=64';
    const answers = await Promise.all(Array.from({ length: 12 }, () => fetchImage(app, id, query)));
    const [first] = answers;
    for (const { bytes } of answers) expect(bytes.equals(first!.bytes)).toBe(true);
    expect(await thumbnails(app)).toEqual([`${id}.64x64-inside.webp`]);

    const etag = first!.response.headers.get('etag')!;
    const whole = await app.call('GET', `/api/storage/files/${id}/content`);
    expect(etag).not.toBe(whole.headers.get('etag'));
    const at = `/api/storage/files/${id}/content?${query}`;
    expect((await app.call('GET', at, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const part = await app.call('GET', at, { headers: { range: 'bytes=0-3' } });
    expect([part.status, part.text]).toEqual([206, 'RIFF']);

    // Not made again: the content that it was made of is gone.
    await rm(path.join(app.folder, 'content', 'files'), { recursive: true });
    expect((await fetchImage(app, id, query)).response.status).toBe(200);
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
    expect(await thumbnails(app)).toEqual([]);
  });

  it('is seen by who may see the file, and by nobody else', async () => {
    const app = await startApplication();
    const id = await app.upload('photo.png', LARGE, { type: 'image/png' });
    const query = 'width=64&height=64';
    expect((await fetchImage(app, id, query)).response.status).toBe(200);
    for (const as of ['bob', 'ada@other']) {
      expect((await fetchImage(app, id, query, as)).response.status, as).toBe(404);
    }
    const { url } = (await app.call('GET', `/api/storage/files/${id}/url`)).body.data as {
      url: string;
    };
    const signed = await app.call('GET', `${url}&${query}`, { as: null });
    expect([signed.status, signed.headers.get('content-type')]).toEqual([200, 'image/webp']);
    await app.files.quarantine(id, 'odd', app.system);
    expect((await app.call('GET', `/api/storage/files/${id}/content?${query}`)).body.code).toBe(
      'file_quarantined',
    );
  });

  it('stands upright, and tells nothing of the camera', async () => {
    const app = await startApplication();
    const taken = await plain(60, 30)
      .withExif({ IFD0: { Copyright: 'canary' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    expect(taken.includes('canary')).toBe(true);
    const id = await app.upload('photo.jpg', taken, { type: 'image/jpeg' });
    const { bytes } = await fetchImage(app, id, 'width=400&format=jpeg');
    const { width, height, exif, orientation } = await sharp(bytes).metadata();
    expect({ width, height, exif, orientation }).toEqual({
      width: 30,
      height: 60,
      exif: undefined,
      orientation: undefined,
    });
  });

  it('is refused for what is no image, what is damaged, and what is a bomb', async () => {
    const app = await startApplication({
      config: { files: { thumbnails: { maxPixels: 1_000_000, maxBytes: 200_000 } } },
    });
    const refusal = async (name: string, content: Buffer | string, type: string) => {
      const body = typeof content === 'string' ? content : new Uint8Array(content);
      const id = await app.upload(name, body, { type });
      const answer = await app.call('GET', `/api/storage/files/${id}/content?width=400`);
      expect(answer.body.code, name).toBe('thumbnail_not_possible');
      expect(answer.status).toBe(422);
      return answer.body.message as string;
    };
    // 75 MB of pixels in a small file.
    const bomb = await plain(5_000, 5_000).png({ compressionLevel: 9 }).toBuffer();
    expect(bomb.length).toBeLessThan(200_000);
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
    expect(await refusal('drawing.svg', svg, 'image/svg+xml')).toMatch(/not an image of pixels/);
    expect(await refusal('notes.txt', 'text', 'text/plain')).toMatch(/not an image of pixels/);
    expect(await refusal('bomb.png', bomb, 'image/png')).toMatch(/5000 x 5000 pixels/);
    expect(await refusal('cut.png', LARGE.subarray(0, 400), 'image/png')).toMatch(/damaged/);
    const heavy = Buffer.concat([LARGE, Buffer.alloc(250_000)]);
    expect(await refusal('heavy.png', heavy, 'image/png')).toMatch(/bytes/);
    expect(await thumbnails(app)).toEqual([]);
  });
});

it('does so many things at a time, in their order, and goes on after a failure', async () => {
  const limited = createLimiter(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const results = await Promise.allSettled(
    [0, 1, 2, 3, 4, 5].map((index) =>
      limited(async () => {
        order.push(index);
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        if (index === 1) throw new Error('no');
      }),
    ),
  );
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(results.map(({ status }) => status === 'fulfilled')).toEqual([
    true,
    false,
    true,
    true,
    true,
    true,
  ]);
});
