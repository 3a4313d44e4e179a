import { fileStoreContract } from '@objectos/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { createS3Store } from '../src/index.js';
import { bytes, PDF, startApplication } from './application.js';
import { postgresUrl } from './support.js';
import { PAGE_SIZE, startSwift } from './swift/swift.js';
import { thumbnailSuite } from './thumbnail-suite.js';

// A service that others wrote: it decides what a signature, a key and a page of a list are.
const swift = await startSwift();
afterAll(() => swift?.remove());

describe.skipIf(swift === undefined)('on OpenStack Swift', () => {
  let places = 0;
  const settings = () => ({ ...swift!.config, prefix: `place-${(places += 1)}/` });
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => 'no refusal',
      (error: unknown) => {
        const { code, message } = error as { code?: string; message: string };
        return `${code}: ${message}`;
      },
    );

  fileStoreContract('S3 of OpenStack Swift', () => createS3Store(settings()));

  it('lists more than one page', async () => {
    const store = createS3Store(settings());
    const written = Array.from({ length: 2 * PAGE_SIZE + 1 }, (_, at) => `p/${at}`);
    await Promise.all(written.map((key) => store.write(key, bytes('x'))));
    const listed: string[] = [];
    for await (const { key } of store.list('p/')) listed.push(key);
    expect(listed.sort()).toEqual(written.sort());
  });

  it('says what the service refuses', async () => {
    const { config } = swift!;
    const refused = async (change: Partial<typeof config>) => {
      const store = createS3Store({ ...config, ...change });
      const list = store.list('')[Symbol.asyncIterator]();
      const said = await Promise.all([
        refusal(store.write('a', bytes('x'))),
        refusal(store.read('a')),
        refusal(list.next()),
        refusal(store.delete('a')),
      ]);
      expect(await store.isUp()).toBe(false);
      return [...new Set(said)];
    };
    expect(await refused({ secretAccessKey: 'wrong' })).toEqual([
      expect.stringMatching(/^file_store_failed: .*403.*SignatureDoesNotMatch/),
    ]);
    expect(await refused({ accessKeyId: 'test:nobody' })).toEqual([
      expect.stringMatching(/^file_store_failed: .*403.*SignatureDoesNotMatch/),
    ]);
    expect(await refused({ region: 'eu-other-1' })).toEqual([
      expect.stringMatching(/^file_store_failed: .*400.*AuthorizationHeaderMalformed/),
    ]);
    expect(await refused({ bucket: 'nobody-has-this' })).toEqual([
      expect.stringMatching(/^file_store_failed: .*404.*NoSuchBucket/),
    ]);
  });

  it('serves files of any name, and loses none when it dies in the middle of one', async () => {
    const app = await startApplication({
      config: { files: { backend: 's3', s3: settings() } },
      ...(await database()),
    });
    const download = (id: string) => app.call('GET', `/api/storage/files/${id}/content`);
    const name = 'Größe + 100 % ok #1 &日本.pdf';
    const kept = await app.upload(name, PDF);
    const answer = await download(kept);
    expect(answer.text).toBe(PDF.toString());
    expect(answer.headers.get('content-disposition')).toContain(encodeURIComponent(name));

    const large = Buffer.alloc(16 * 1024 ** 2, 'large');
    const cut = app.call('POST', '/api/storage/files?name=large.txt', { body: large });
    await swift!.isWriting(1);
    await swift!.kill();
    const away = await cut;
    expect([away.status, away.body.code]).toEqual([503, 'storage_unavailable']);
    expect((await download(kept)).body.code).toBe('storage_unavailable');

    await swift!.start();
    expect((await download(kept)).text).toBe(PDF.toString());
    const again = await app.upload('large.txt', large);
    expect((await download(again)).text.length).toBe(large.length);
    const { records } = await app.engine.find('stored_file', { fields: ['name'] }, app.system);
    expect(records.map((record) => record['name']).sort()).toEqual([name, 'large.txt'].sort());
  });

  describe('a thumbnail, with PostgreSQL', () => {
    thumbnailSuite(async () => {
      const s3 = settings();
      const config = { files: { backend: 's3', s3 } };
      return { options: { config, ...(await database()) }, store: createS3Store(s3) };
    });
  });
});

/** PostgreSQL, where it is there: what tests otherwise have is SQLite. */
async function database() {
  return postgresUrl === undefined ? {} : { database: await postgresUrl() };
}
