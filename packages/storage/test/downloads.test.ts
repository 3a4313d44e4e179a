import { definePlugin, type ReceivedFile } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createSigner } from '../src/files/signing.js';
import { PDF, startApplication } from './application.js';

const DIGITS = '0123456789';

describe('a download', () => {
  it('answers parts, and whom it need not answer at all', async () => {
    const app = await startApplication();
    const id = await app.upload('d.txt', DIGITS);
    const empty = await app.upload('e.txt', '');
    const get = async (headers: Record<string, string>, file = id) => {
      const answer = await app.call('GET', `/api/storage/files/${file}/content`, { headers });
      return [answer.status, answer.text, answer.headers.get('content-range')];
    };
    const whole = await app.call('GET', `/api/storage/files/${id}/content`);
    const etag = whole.headers.get('etag') ?? '';
    expect(whole.headers.get('accept-ranges')).toBe('bytes');
    expect(whole.headers.get('content-length')).toBe('10');
    expect(whole.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(await get({ range: 'bytes=2-4' })).toEqual([206, '234', 'bytes 2-4/10']);
    expect(await get({ range: 'bytes=7-' })).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await get({ range: 'bytes=-3' })).toEqual([206, '789', 'bytes 7-9/10']);
    expect(await get({ range: 'bytes=8-99' })).toEqual([206, '89', 'bytes 8-9/10']);
    expect(await get({ range: 'bytes=-99' })).toEqual([206, DIGITS, 'bytes 0-9/10']);
    for (const range of ['bytes=', 'bytes=4-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b'])
      expect(await get({ range }), range).toEqual([200, DIGITS, null]);
    expect((await get({ range: 'bytes=10-' }))[0]).toBe(416);
    expect((await get({ range: 'bytes=-0' }))[0]).toBe(416);
    expect((await get({ range: 'bytes=0-0' }, empty))[0]).toBe(416);
    expect(await get({}, empty)).toEqual([200, '', null]);
    expect(await get({ range: 'bytes=0-1', 'if-range': etag })).toEqual([
      206,
      '01',
      'bytes 0-1/10',
    ]);
    expect(await get({ range: 'bytes=0-1', 'if-range': '"old"' })).toEqual([200, DIGITS, null]);
    expect(await get({ 'if-none-match': `"x", W/${etag}` })).toEqual([304, '', null]);
    expect(await get({ 'if-none-match': '"x"' })).toEqual([200, DIGITS, null]);
    const unsatisfied = await app.call('GET', `/api/storage/files/${id}/content`, {
      headers: { range: 'bytes=20-' },
    });
    expect(unsatisfied.body).toMatchObject({ code: 'file_range_invalid' });
    const head = await app.call('HEAD', `/api/storage/files/${id}/content`);
    expect([head.status, head.text, head.headers.get('content-length')]).toEqual([200, '', '10']);
  });

  it('ends with an error when the content is gone, and says nothing of a place', async () => {
    const app = await startApplication();
    const id = await app.upload('d.txt', DIGITS);
    const { rm } = await import('node:fs/promises');
    await rm(path.join(app.folder, 'content'), { recursive: true });
    const answer = await app.call('GET', `/api/storage/files/${id}/content`);
    expect([answer.status, answer.body.code]).toEqual([404, 'file_not_found']);
    expect(answer.text).not.toContain(app.folder);
  });
});

describe('a signed address', () => {
  it('works for everybody, for one file and a time', async () => {
    const app = await startApplication();
    const id = await app.upload('a.pdf', PDF);
    const other = await app.upload('b.pdf', PDF);
    const told = await app.call('GET', `/api/v1/storage/files/${id}/url?expiresIn=60`);
    // Both of where the published clients look.
    const { url, expiresIn } = told.body as { url: string; expiresIn: number };
    expect(told.body.data.url).toBe(url);
    expect(expiresIn).toBe(60);
    const read = await app.call('GET', url, { as: null });
    expect([read.status, read.text]).toEqual([200, PDF.toString()]);
    const part = await app.call('GET', url, { as: null, headers: { range: 'bytes=0-3' } });
    expect([part.status, part.text]).toEqual([206, '%PDF']);
    for (const wrong of [
      url.replace(id, other),
      url.replace(/expires=\d+/, 'expires=99999999999'),
      url.replace(/signature=../, 'signature=AA'),
      url.split('?')[0] ?? '',
      url.replace(/signature=[^&]+/, 'signature='),
    ]) {
      const refused = await app.call('GET', wrong, { as: null });
      expect([refused.status, refused.body.code], wrong).toEqual([403, 'signature_invalid']);
    }
    const upload = await app.call('PUT', url, { as: null, body: 'x' });
    expect(upload.status, 'no upload by the address of a download').toBeGreaterThan(400);
    expect((await app.call('GET', `/api/storage/files/${id}/url?expiresIn=0`)).status).toBe(400);
    expect((await app.call('GET', `/api/storage/files/${id}/url?expiresIn=999999`)).status).toBe(
      400,
    );
  });

  it('ends when its time is over, and with the file', async () => {
    let time = 1_000_000_000_000;
    const signer = createSigner('s'.repeat(32), () => time);
    const query = new URLSearchParams(signer.sign('GET', 'file', time + 5_000));
    signer.verify('GET', 'file', query);
    expect(() => signer.verify('PUT', 'file', query)).toThrow(/not signed/);
    time += 5_000;
    expect(() => signer.verify('GET', 'file', query)).toThrow(/over/);
    const another = createSigner('t'.repeat(32), () => 0);
    expect(() => another.verify('GET', 'file', query)).toThrow(/not signed/);
    const app = await startApplication();
    const id = await app.upload('a.pdf', PDF);
    const told = await app.call('GET', `/api/storage/files/${id}/url`);
    await app.call('DELETE', `/api/storage/files/${id}`);
    expect((await app.call('GET', told.body.url as string, { as: null })).status).toBe(404);
  });

  it('is signed with a key of the installation where no secret is configured', async () => {
    const database = `sqlite:${path.join((await startApplication()).folder, 'kept.sqlite')}`;
    const first = await startApplication({ database });
    const id = await first.upload('a.pdf', PDF);
    const told = await first.call('GET', `/api/storage/files/${id}/url`);
    const { pathname, search } = new URL(told.body.url as string);
    await first.kernel.stop();
    const second = await startApplication({ database, folder: first.folder });
    expect((await second.call('GET', pathname + search, { as: null })).status).toBe(200);
    await second.kernel.stop();
    const config = { secret: 'another secret, and a long one too' };
    const third = await startApplication({ database, folder: first.folder, config });
    expect((await third.call('GET', pathname + search, { as: null })).status).toBe(403);
  });
});

describe('a hook on received files', () => {
  const scanner = (scan: (received: ReceivedFile) => Promise<void>) =>
    definePlugin({
      manifest: { id: 'scanner', version: '1.0.0' },
      setup: (ctx) => void ctx.hook('storage.file.received', scan),
    });

  it('reads a file before anybody else, and may put it into quarantine', async () => {
    const app = await startApplication({
      plugins: [
        scanner(async ({ file, open, quarantine }) => {
          expect(file.status).toBe('scanning');
          const text = await new Response(await open()).text();
          if (text.includes('virus')) quarantine('a virus');
        }),
      ],
    });
    const good = await app.upload('a.txt', 'harmless');
    expect((await app.call('GET', `/api/storage/files/${good}/content`)).status).toBe(200);
    const bad = await app.upload('b.txt', 'a virus');
    const address = `/api/storage/files/${bad}`;
    expect((await app.call('GET', `${address}/content`)).body.code).toBe('file_quarantined');
    expect((await app.call('GET', `${address}/url`)).body.code).toBe('file_quarantined');
    const given = await app.call('POST', '/api/data/deal', { body: { contract: bad } });
    expect(given.body.code).toBe('file_quarantined');
    const record = await app.engine.get('stored_file', bad, app.system);
    expect(record['quarantine_reason']).toBe('a virus');
    expect((await app.call('POST', `${address}/release`)).body.code).toBe('permission_denied');
    expect((await app.call('POST', `${address}/release`, { as: 'kim@other' })).status).toBe(404);
    expect((await app.call('POST', `${address}/release`, { as: 'kim' })).status).toBe(200);
    expect((await app.call('GET', `${address}/content`)).status).toBe(200);
  });

  it('may refuse it, and then nothing is left', async () => {
    const app = await startApplication({
      plugins: [
        scanner(async () => {
          throw createError('file_type_refused', { contentType: 'x', reason: 'of the scanner' });
        }),
      ],
    });
    const path_ = '/api/storage/files?name=a.txt';
    expect((await app.call('POST', path_, { body: 'x' })).body.code).toBe('file_type_refused');
    expect((await app.engine.find('stored_file', {}, app.system)).records).toEqual([]);
    const left = await readdir(app.folder, { recursive: true, withFileTypes: true });
    expect(left.filter((entry) => entry.isFile())).toEqual([]);
  });

  it('is not the only way: who may, puts a file into quarantine later', async () => {
    const app = await startApplication();
    const id = await app.upload('a.txt', 'x');
    const body = { reason: 'reported' };
    const address = `/api/storage/files/${id}/quarantine`;
    expect((await app.call('POST', address, { body })).body.code).toBe('permission_denied');
    expect((await app.call('POST', address, { as: 'kim', body })).status).toBe(200);
    expect((await app.call('GET', `/api/storage/files/${id}`)).body.code).toBe('file_quarantined');
  });
});
