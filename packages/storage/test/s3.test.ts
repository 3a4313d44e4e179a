import { fileStoreContract } from '@objectos/testing';
import { createHash } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseFilesUrl } from '../src/files/files-url.js';
import { createS3Store } from '../src/index.js';
import { bytes, PDF, startApplication } from './application.js';
import { startS3, type TestS3 } from './s3.js';
import { codeOf, freePort } from './support.js';

fileStoreContract('S3', async () => {
  const service = await startS3('installation-a/');
  onTestFinished(() => service.stop());
  return createS3Store(service.config);
});

describe('a store on S3', () => {
  let service: TestS3;
  beforeAll(async () => {
    service = await startS3();
  });
  afterAll(() => service.stop());

  it('shares a bucket with others by its prefix', async () => {
    const a = createS3Store({ ...service.config, prefix: 'a/' });
    const b = createS3Store({ ...service.config, prefix: 'b/' });
    await a.write('files/one', bytes('x'));
    expect(await b.size('files/one')).toBeUndefined();
    for await (const { key } of b.list('')) expect.fail(key);
    for await (const { key } of a.list('')) expect(key).toBe('files/one');
  });

  it('lists more than one page', async () => {
    const store = createS3Store({ ...service.config, prefix: 'many/' });
    const written = Array.from({ length: 31 }, (_, at) => `p/${at}`);
    for (const key of written) await store.write(key, bytes('x'));
    const listed: string[] = [];
    for await (const { key } of store.list('p/')) listed.push(key);
    expect(listed.sort()).toEqual(written.sort());
  });

  it('says what the service refuses, and when it is away', async () => {
    const wrong = createS3Store({ ...service.config, secretAccessKey: 'wrong' });
    expect(await codeOf(wrong.write('a', bytes('x')))).toBe('file_store_failed');
    expect(await codeOf(wrong.read('a'))).toBe('file_store_failed');
    expect(await wrong.isUp()).toBe(false);
    const bucketless = createS3Store({ ...service.config, bucket: 'nobody-has-this' });
    expect(await codeOf(bucketless.write('a', bytes('x')))).toBe('file_store_failed');
    expect(await codeOf(bucketless.list('')[Symbol.asyncIterator]().next())).toBe(
      'file_store_failed',
    );
    expect(await codeOf(bucketless.read('a'))).toBe('file_store_failed');
    expect(await codeOf(bucketless.delete('a'))).toBe('file_store_failed');
    expect(await bucketless.isUp()).toBe(false);
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const away = createS3Store({ ...service.config, endpoint });
    expect(await codeOf(away.write('a', bytes('x')))).toBe('storage_unavailable');
    expect(await codeOf(away.read('a'))).toBe('storage_unavailable');
    expect(await away.isUp()).toBe(false);
  });

  it('sends length and checksum with a content, and tries again what has none', async () => {
    const asked: http.IncomingHttpHeaders[] = [];
    const busy = http.createServer((request, response) => {
      asked.push(request.headers);
      request.resume().on('end', () => {
        response.statusCode = request.method === 'PUT' ? 200 : asked.length < 4 ? 503 : 404;
        response.end();
      });
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void busy.close());
    const endpoint = `http://127.0.0.1:${(busy.address() as AddressInfo).port}`;
    const store = createS3Store({ ...service.config, endpoint });
    await store.write('a', bytes('abc'), { contentType: 'text/plain' });
    expect(asked[0]).toMatchObject({
      'content-length': '3',
      'content-type': 'text/plain',
      'x-amz-content-sha256': createHash('sha256').update('abc').digest('hex'),
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d+\/eu-test-1\/s3/,
      ) as unknown,
    });
    expect(asked[0]?.['transfer-encoding']).toBeUndefined();
    expect(await store.size('a')).toBeUndefined();
    expect(asked).toHaveLength(4);
  });

  it('serves an application: upload, part of a download, chunks, deletion', async () => {
    const app = await startApplication({
      config: { files: { backend: 's3', s3: service.config } },
    });
    const id = await app.upload('a.pdf', PDF);
    const headers = { range: 'bytes=0-3' };
    const part = await app.call('GET', `/api/storage/files/${id}/content`, { headers });
    expect([part.status, part.text]).toEqual([206, '%PDF']);
    const bad = await app.call('POST', '/api/storage/files?name=x.png', {
      body: PDF,
      headers: { 'content-type': 'image/png' },
    });
    expect(bad.body.code).toBe('file_type_mismatch');
    const begun = await app.call('POST', '/api/storage/upload/chunked', {
      body: { filename: 'b.txt', totalSize: 70_000, chunkSize: 65_536 },
    });
    const { uploadId, resumeToken, fileId } = begun.body.data as Record<string, string>;
    for (const [index, length] of [65_536, 4_464].entries()) {
      await app.call('PUT', `/api/storage/upload/chunked/${uploadId}/chunk/${index}`, {
        body: String(index).repeat(length),
        headers: { 'x-resume-token': resumeToken ?? '' },
      });
    }
    await app.call('POST', `/api/storage/upload/chunked/${uploadId}/complete`, { body: {} });
    const whole = await app.call('GET', `/api/storage/files/${fileId}/content`);
    expect(whole.text).toBe('0'.repeat(65_536) + '1'.repeat(4_464));
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
    expect((await app.call('GET', `/api/storage/files/${id}/content`)).status).toBe(404);
    const keys: string[] = [];
    for await (const { key } of createS3Store(service.config).list('files/')) keys.push(key);
    expect(keys).toEqual([`files/${fileId?.slice(-2)}/${fileId}`]);
  });

  it('is configured by one variable', async () => {
    const { endpoint, bucket, accessKeyId, secretAccessKey, region } = service.config;
    const { host } = new URL(endpoint);
    const secret = encodeURIComponent(secretAccessKey);
    const filesUrl = `s3://${accessKeyId}:${secret}@${host}/${bucket}/a/b?region=${region}&tls=false`;
    expect(parseFilesUrl(filesUrl)).toEqual({ ...service.config, prefix: 'a/b/' });
    const app = await startApplication({ config: { filesUrl } });
    const id = await app.upload('a.txt', 'by url');
    expect((await app.call('GET', `/api/storage/files/${id}/content`)).text).toBe('by url');
    for (const bad of [
      's3://',
      's3://host',
      's3://k:s@host',
      's3://k:s@host/b&',
      's3://k:s@host/bucket?x=1',
    ])
      expect(() => parseFilesUrl(bad), bad).toThrow(/s3:\/\/<key>/);
    expect(() => parseFilesUrl('s3://k:geheim@host/B!')).toThrow(/^(?!.*geheim)/s);
  });

  it('is refused with a configuration that cannot work', async () => {
    const start = (files: object) => startApplication({ config: { files } });
    await expect(start({ backend: 's3' })).rejects.toThrow(/files\.s3/);
    const large = { backend: 's3', s3: service.config, maxSize: 6 * 1024 ** 3 };
    await expect(start(large)).rejects.toThrow(/maxSize/);
  });
});
