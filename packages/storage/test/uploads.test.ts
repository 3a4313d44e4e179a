import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createUploadSessions } from '../src/files/uploads/session.js';
import { createKeyValueService } from '../src/index.js';
import { PDF, PNG, startApplication, type Application } from './application.js';

const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');
const root = '/api/v1/storage';
/** The published clients send it with everything, chunks included. */
const JSON_TYPE = { 'content-type': 'application/json' };

async function contents(app: Application, folder = 'content'): Promise<string[]> {
  const entries = await readdir(`${app.folder}/${folder}`, {
    recursive: true,
    withFileTypes: true,
  });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('an upload to a signed address, as the published clients do it', () => {
  async function announce(app: Application, body: object = {}) {
    const asked = {
      filename: 'a.pdf',
      mimeType: 'application/pdf',
      size: PDF.length,
      scope: 'user',
    };
    return app.call('POST', `${root}/upload/presigned`, { body: { ...asked, ...body } });
  }

  it('is announced, sent without a credential, completed, and has its address', async () => {
    const app = await startApplication();
    const { body } = await announce(app);
    const { uploadUrl, method, headers, fileId, expiresIn } = body.data;
    expect({ method, headers, expiresIn }).toEqual({
      method: 'PUT',
      headers: { 'content-type': 'application/pdf' },
      expiresIn: 86_400,
    });
    const early = await app.call('POST', `${root}/upload/complete`, { body: { fileId } });
    expect(early.body.code).toBe('upload_conflict');
    const sent = await app.call('PUT', uploadUrl as string, { as: null, headers, body: PDF });
    expect([sent.status, sent.body.data.eTag]).toEqual([200, sha256(PDF)]);
    const completed = await app.call('POST', `${root}/upload/complete`, { body: { fileId } });
    expect(completed.body.data).toMatchObject({
      fileId,
      name: 'a.pdf',
      uploadedBy: 'ada',
      tenantId: 'acme',
    });
    const { url } = (await app.call('GET', `${root}/files/${fileId}/url`)).body as { url: string };
    expect((await app.call('GET', url, { as: null })).text).toBe(PDF.toString());
    // Not for anybody else, who knows the id.
    const foreign = await app.call('POST', `${root}/upload/complete`, {
      as: 'bob',
      body: { fileId },
    });
    expect(foreign.body.code).toBe('upload_not_found');
    expect((await app.call('GET', `${root}/files/${fileId}`, { as: 'bob' })).status).toBe(404);
    const wrong = { fileId, eTag: 'x' };
    const other = await app.call('POST', `${root}/upload/complete`, { body: wrong });
    expect(other.body.code).toBe('upload_conflict');
  });

  it('stores one file, whoever sends how often', async () => {
    const app = await startApplication();
    const { uploadUrl, fileId } = (await announce(app)).body.data as {
      uploadUrl: string;
      fileId: string;
    };
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => app.call('PUT', uploadUrl, { as: null, body: PDF })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(4);
    const again = await app.call('PUT', uploadUrl, { as: null, body: 'other' });
    expect(again.body.code).toBe('upload_conflict');
    expect((await app.call('GET', `${root}/files/${fileId}/content`)).text).toBe(PDF.toString());
  });

  it('is ended by one of all who try in the same moment, on any node', async () => {
    const values = createKeyValueService().open({ owner: 'test' });
    const sessions = createUploadSessions(values, Date.now);
    const principal = { kind: 'user', id: 'ada', tenantId: null } as const;
    const session = { kind: 'single', fileId: 'f', name: 'a', size: 1, principal } as const;
    const times = { startedAt: Date.now(), expiresAt: Date.now() + 60_000 };
    await sessions.begin('f', { ...session, ...times, state: 'open' });
    let done = 0;
    const finish = () => sessions.finish('f', async () => (done += 1));
    const all = await Promise.allSettled([finish(), finish(), finish()]);
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(done).toBe(1);
  });

  it('holds what was announced, and may be tried again', async () => {
    const app = await startApplication({ config: { files: { maxSize: 10_000 } } });
    const { uploadUrl } = (await announce(app)).body.data as { uploadUrl: string };
    const send = (body: Buffer, url = uploadUrl) => app.call('PUT', url, { as: null, body });
    expect((await send(PDF.subarray(1))).body.code).toBe('file_size_mismatch');
    expect((await send(Buffer.alloc(PDF.length))).body.code).toBe('file_type_mismatch');
    expect((await send(Buffer.alloc(20_000))).body.code).toBe('file_too_large');
    expect((await send(PDF, uploadUrl.replace(/expires=\d/, 'expires=9'))).status).toBe(403);
    expect((await send(PDF)).status).toBe(200);
    for (const [body, code] of [
      [{ size: 10_001 }, 'file_too_large'],
      [{ filename: '../x' }, 'file_name_invalid'],
      [{ mimeType: 'x' }, 'file_type_refused'],
      [{ size: -1 }, 'body_invalid'],
      [{ bucket: 'other' }, 'body_invalid'],
    ] as const)
      expect((await announce(app, body)).body.code).toBe(code);
    const anonymous = await app.call('POST', `${root}/upload/presigned`, { as: null, body: {} });
    expect(anonymous.status).toBe(401);
  });
});

describe('an upload in chunks', () => {
  const chunkSize = 65_536;
  const bytes = Buffer.concat([PNG, randomBytes(150_000)]);
  const piece = (index: number) => bytes.subarray(index * chunkSize, (index + 1) * chunkSize);

  async function begin(app: Application, body: object = {}) {
    const asked = { filename: 'a.png', mimeType: 'image/png', totalSize: bytes.length, chunkSize };
    const answer = await app.call('POST', `${root}/upload/chunked`, {
      body: { ...asked, ...body },
    });
    const {
      uploadId = '',
      resumeToken = '',
      fileId = '',
    } = (answer.body.data ?? {}) as Record<string, string>;
    const path = `${root}/upload/chunked/${uploadId}`;
    const put = (index: number | string, content: Buffer, token = resumeToken, as = 'ada') =>
      app.call('PUT', `${path}/chunk/${index}`, {
        as,
        body: content,
        headers: { ...JSON_TYPE, 'x-resume-token': token },
      });
    const progress = (as = 'ada') =>
      app.call('GET', `${path}/progress`, { as, headers: JSON_TYPE });
    const complete = (parts: object[] = [], as = 'ada') =>
      app.call('POST', `${path}/complete`, { as, body: { uploadId, parts } });
    return { answer, path, fileId, put, progress, complete };
  }

  it('is resumed where it broke off, by another process as well', async () => {
    const app = await startApplication();
    const upload = await begin(app);
    expect(upload.answer.body.data).toMatchObject({ totalChunks: 3, chunkSize });
    const first = await upload.put(0, piece(0));
    expect(first.body.data).toEqual({
      chunkIndex: 0,
      eTag: sha256(piece(0)),
      bytesReceived: chunkSize,
    });
    await upload.put(2, piece(2));
    expect((await upload.progress()).body.data).toMatchObject({
      status: 'in_progress',
      filename: 'a.png',
      totalChunks: 3,
      // A client goes on at this one.
      uploadedChunks: 1,
      uploadedSize: chunkSize + piece(2).length,
    });
    expect((await upload.complete()).body.code).toBe('upload_conflict');
    await upload.put(1, piece(1));
    const parts = [0, 1, 2].map((index) => ({ chunkIndex: index, eTag: sha256(piece(index)) }));
    expect((await upload.progress()).body.data).toMatchObject({
      uploadedChunks: 3,
      percentComplete: 100,
    });
    const wrong = await upload.complete([{ chunkIndex: 1, eTag: 'x' }]);
    expect(wrong.body.code).toBe('upload_chunk_invalid');
    const done = await upload.complete(parts);
    expect(done.body.data).toMatchObject({
      fileId: upload.fileId,
      size: bytes.length,
      mimeType: 'image/png',
      eTag: sha256(bytes),
    });
    const read = await fetch(`${app.url}/api/storage/files/${upload.fileId}/content`, {
      headers: { authorization: 'Bearer ada' },
    });
    expect(sha256(Buffer.from(await read.arrayBuffer()))).toBe(sha256(bytes));
    // The answer was lost on its way: asking again is harmless.
    expect((await upload.complete(parts)).body.data.fileId).toBe(upload.fileId);
    expect((await upload.progress()).body.data.status).toBe('completed');
    expect((await upload.put(0, piece(0))).body.code).toBe('upload_conflict');
    expect(await contents(app)).toEqual([upload.fileId]);
  });

  it('takes chunks again, and only those that it has', async () => {
    const app = await startApplication();
    const upload = await begin(app);
    await upload.put(0, Buffer.alloc(chunkSize, 1));
    await upload.put(0, piece(0));
    expect((await upload.put(3, piece(0))).body.code).toBe('upload_chunk_invalid');
    expect((await upload.put(1, piece(1).subarray(1))).body.code).toBe('upload_chunk_invalid');
    expect((await upload.put(2, piece(1))).body.code).toBe('upload_chunk_invalid');
    expect((await upload.put('x', piece(1))).body.code).toBe('invalid_parameter');
    expect((await upload.put('-1', piece(1))).status).toBe(400);
    for (const index of [1, 2]) await upload.put(index, piece(index));
    expect((await upload.complete()).body.data.eTag).toBe(sha256(bytes));
  });

  it('belongs to who began it', async () => {
    const app = await startApplication();
    const upload = await begin(app);
    expect((await upload.put(0, piece(0), 'another token')).body.code).toBe('upload_conflict');
    for (const as of ['bob', 'ada@other']) {
      expect((await upload.put(0, piece(0), undefined, as)).body.code).toBe('upload_not_found');
      expect((await upload.progress(as)).body.code).toBe('upload_not_found');
      expect((await upload.complete([], as)).body.code).toBe('upload_not_found');
      expect((await app.call('DELETE', upload.path, { as })).body.code).toBe('upload_not_found');
    }
    expect((await app.call('GET', `${root}/upload/chunked/..%2fx/progress`)).status).toBe(404);
  });

  it('is checked as a whole, and may be given up', async () => {
    const app = await startApplication();
    const upload = await begin(app, { totalSize: 10, mimeType: 'application/pdf' });
    await upload.put(0, Buffer.from('0123456789'));
    expect((await upload.complete()).body.code).toBe('file_type_mismatch');
    expect(await contents(app)).toEqual(['0']);
    expect((await app.call('DELETE', upload.path)).status).toBe(200);
    expect((await upload.progress()).body.code).toBe('upload_not_found');
    expect(await contents(app)).toEqual([]);
    for (const [body, code] of [
      [{ totalSize: 200_000_000 }, 'file_too_large'],
      [{ totalSize: 0 }, 'body_invalid'],
      [{ chunkSize: 10 }, 'body_invalid'],
      [{ filename: 'a/b' }, 'file_name_invalid'],
    ] as const)
      expect((await begin(app, body)).answer.body.code).toBe(code);
    const large = await startApplication({ config: { files: { maxSize: 10_000_000_000 } } });
    const chunks = await begin(large, { totalSize: 1_000_000_000 });
    expect(chunks.answer.body.code).toBe('limit_exceeded');
  });

  it('ends when its time is over', async () => {
    const app = await startApplication({ config: { files: { uploadTtl: 1_000 } } });
    const upload = await begin(app);
    await expect
      .poll(async () => (await upload.progress()).body.data.status as string)
      .toBe('expired');
    expect((await upload.put(0, piece(0))).body).toMatchObject({
      code: 'upload_expired',
      status: 410,
    });
  });
});
