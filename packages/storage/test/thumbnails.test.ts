import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { createLimiter } from '../src/files/thumbnails/limiter.js';
import { createLocalStore } from '../src/index.js';
import { startApplication } from './application.js';
import { temporaryFolder } from './support.js';
import { fetchImage, LARGE, plain, thumbnails, thumbnailSuite } from './thumbnail-suite.js';

describe('a thumbnail', () => {
  thumbnailSuite(async () => {
    const folder = await temporaryFolder();
    return { options: { folder }, store: createLocalStore({ folder }) };
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
    expect(await thumbnails(createLocalStore({ folder: app.folder }))).toEqual([]);
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
