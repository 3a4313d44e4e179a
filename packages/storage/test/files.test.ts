import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { PDF, PNG, startApplication, user, type Application } from './application.js';

let app: Application;
beforeEach(async () => {
  app = await startApplication();
});

const content = (id: string) => `/api/storage/files/${id}/content`;

describe('an upload in one request', () => {
  it('is stored with size, checksum and the type that its bytes have', async () => {
    const answer = await app.call('POST', '/api/storage/files?name=P%C3%AFxel.png', { body: PNG });
    expect(answer.status).toBe(201);
    expect(answer.body.data).toMatchObject({
      name: 'Pïxel.png',
      size: PNG.length,
      contentType: 'image/png',
      checksum: createHash('sha256').update(PNG).digest('hex'),
      status: 'ready',
      uploadedBy: 'ada',
      tenantId: 'acme',
      // In the words of the published clients.
      filename: 'Pïxel.png',
      mimeType: 'image/png',
    });
    const { id, url } = answer.body.data as { id: string; url: string };
    const read = await fetch(url, { headers: { authorization: 'Bearer ada' } });
    expect(Buffer.from(await read.arrayBuffer())).toEqual(PNG);
    const told = await app.call('GET', `/api/v1/storage/files/${id}`);
    expect(told.body.data).toEqual(answer.body.data);
  });

  it('may be longer than other bodies, and of the type that the clients always send', async () => {
    const text = 'x'.repeat(3_000_000);
    const headers = { 'content-type': 'application/json' };
    const path = '/api/storage/files?name=a.json';
    const answer = await app.call('POST', path, { body: text, headers });
    expect(answer.body.data).toMatchObject({ size: 3_000_000, contentType: 'application/json' });
  });

  it('needs somebody, and a name', async () => {
    const anonymous = await app.call('POST', '/api/storage/files?name=a', { as: null, body: 'x' });
    expect(anonymous.status).toBe(401);
    const nameless = await app.call('POST', '/api/storage/files', { body: 'x' });
    expect(nameless.body.code).toBe('invalid_parameter');
    const unknown = await app.call('POST', '/api/storage/files?name=a&x=1', { body: 'x' });
    expect(unknown.body.code).toBe('unknown_parameter');
  });
});

describe('a file that no record has', () => {
  it('is seen by who uploaded it, and by nobody else', async () => {
    const id = await app.upload('a.txt', 'mine');
    expect((await app.call('GET', content(id))).text).toBe('mine');
    for (const as of ['bob', 'olga', 'kim', 'ada@other', 'bob@other']) {
      for (const path of ['', '/content', '/url']) {
        const answer = await app.call('GET', `/api/storage/files/${id}${path}`, { as });
        expect([answer.status, answer.body.code], as + path).toEqual([404, 'file_not_found']);
      }
      const removed = await app.call('DELETE', `/api/storage/files/${id}`, { as });
      expect(removed.body.code).toBe('file_not_found');
    }
    expect((await app.call('GET', content(id))).text).toBe('mine');
  });

  it('is seen by no user without an organization, whose filter would be empty', async () => {
    const id = await app.upload('a.txt', 'mine');
    const nobody = user('ada', { tenantId: null });
    await expect(app.files.get(id, nobody)).rejects.toMatchObject({ code: 'file_not_found' });
    expect((await app.files.get(id, app.system)).id).toBe(id);
  });

  it('may be deleted by who uploaded it', async () => {
    const id = await app.upload('a.txt', 'mine');
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
    expect((await app.call('GET', content(id))).status).toBe(404);
  });

  it('is out of reach for a narrower API key of its owner', async () => {
    const id = await app.upload('a.txt', 'mine');
    const key = user('ada', { restriction: { objects: new Set(['deal']) } });
    await expect(app.files.get(id, key)).rejects.toMatchObject({ code: 'file_not_found' });
    const body = (async function* () {
      yield Buffer.from('x');
    })();
    await expect(app.files.upload({ name: 'a', body }, key)).rejects.toMatchObject({
      code: 'permission_denied',
    });
  });
});

describe('a file as the value of a field', () => {
  async function dealWith(file: unknown, as = 'ada') {
    return app.call('POST', '/api/data/deal', { as, body: { title: 'Deal', contract: file } });
  }

  it('is given by its id, and read with what a client needs to show it', async () => {
    const id = await app.upload('a.pdf', PDF);
    const created = await dealWith(id);
    expect(created.status).toBe(201);
    expect(created.body.data.record.contract).toEqual({
      id,
      name: 'a.pdf',
      size: PDF.length,
      contentType: 'application/pdf',
      url: content(id),
    });
    // Clients send whole records back.
    const again = await app.call('PATCH', `/api/data/deal/${created.body.data.id}`, {
      body: { contract: created.body.data.record.contract },
    });
    expect(again.status).toBe(200);
    expect(again.body.data.record.revision).toBe(1);
  });

  it('obeys the permissions of record and field, also for who uploaded it', async () => {
    const id = await app.upload('a.pdf', PDF);
    await dealWith(id);
    expect((await app.call('GET', content(id), { as: 'bob' })).status).toBe(200);
    expect((await app.call('GET', content(id), { as: 'olga' })).status).toBe(404);
    expect((await app.call('GET', content(id), { as: 'kim' })).status).toBe(404);
    expect((await app.call('GET', content(id), { as: 'bob@other' })).status).toBe(404);
    const page = await app.upload('p.txt', 'dear diary');
    const entry = await app.call('POST', '/api/data/diary', { body: { page } });
    expect((await app.call('GET', content(page))).status).toBe(200);
    expect((await app.call('GET', content(page), { as: 'bob' })).status).toBe(404);
    // The record goes to somebody else, and the file with it.
    await app.engine.update('diary', String(entry.body.data.id), { owner_id: 'bob' }, app.system);
    expect((await app.call('GET', content(page))).status).toBe(404);
    expect((await app.call('GET', content(page), { as: 'bob' })).status).toBe(200);
  });

  it('cannot be a file that one may not see: an id is no key', async () => {
    const secret = await app.upload('s.txt', 'secret');
    const stolen = await dealWith(secret, 'bob');
    expect([stolen.status, stolen.body.code]).toEqual([400, 'file_reference_invalid']);
    const unknown = await dealWith('0190-nothing', 'bob');
    expect(String(stolen.body.message).replace(secret, 'X')).toBe(
      String(unknown.body.message).replace('0190-nothing', 'X'),
    );
    const page = await app.upload('p.txt', 'dear diary');
    await app.call('POST', '/api/data/diary', { body: { page } });
    expect((await dealWith(page, 'bob')).body.code).toBe('file_reference_invalid');
    expect((await dealWith(secret, 'ada@other')).body.code).toBe('file_reference_invalid');
    expect((await dealWith(secret)).status).toBe(201);
    expect((await dealWith(secret, 'bob')).status, 'now bob reads it').toBe(201);
  });

  it('leaves with the value, and with the last record that had it is its uploader’s again', async () => {
    const id = await app.upload('a.pdf', PDF);
    const one = (await dealWith(id)).body.data.id as string;
    const two = (await dealWith(id)).body.data.id as string;
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).body.code).toBe('file_in_use');
    await app.call('PATCH', `/api/data/deal/${one}`, { body: { contract: null } });
    expect((await app.call('GET', content(id), { as: 'bob' })).status).toBe(200);
    const other = await app.upload('b.pdf', PDF);
    await app.call('PATCH', `/api/data/deal/${two}`, { body: { contract: other } });
    expect((await app.call('GET', content(id), { as: 'bob' })).status).toBe(404);
    expect((await app.call('GET', content(id))).status).toBe(200);
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
    expect((await app.call('GET', content(other), { as: 'bob' })).status).toBe(200);
  });

  it('goes into the trash and comes back with its record', async () => {
    const id = await app.upload('a.pdf', PDF);
    const deal = (await dealWith(id)).body.data.id as string;
    await app.call('DELETE', `/api/data/deal/${deal}`);
    expect((await app.call('GET', content(id), { as: 'bob' })).status).toBe(404);
    await app.engine.restore('deal', deal, app.system);
    expect((await app.call('GET', content(id), { as: 'bob' })).status).toBe(200);
  });

  it('leaves no trace of a write that fails', async () => {
    const id = await app.upload('a.pdf', PDF);
    app.engine.hook('afterInsert', 'deal', () => Promise.reject(new Error('no')), {
      owner: 'test',
      order: 500,
    });
    expect((await dealWith(id)).status).toBeGreaterThanOrEqual(400);
    expect((await app.call('GET', content(id))).status).toBe(200);
    expect((await app.call('DELETE', `/api/storage/files/${id}`)).status).toBe(200);
  });

  it('holds several files where the field does', async () => {
    const [a, b] = [await app.upload('a.png', PNG), await app.upload('b.png', PNG)];
    const body = { pictures: [a, { id: b, name: 'forged.exe', url: 'https://evil.example' }] };
    const created = await app.call('POST', '/api/data/deal', { body });
    expect(created.body.data.record.pictures).toMatchObject([{ name: 'a.png' }, { name: 'b.png' }]);
    expect(JSON.stringify(created.body)).not.toContain('evil');
    const id = created.body.data.id as string;
    await app.call('PATCH', `/api/data/deal/${id}`, { body: { pictures: [b] } });
    expect((await app.call('GET', content(a), { as: 'bob' })).status).toBe(404);
    expect((await app.call('GET', content(b), { as: 'bob' })).status).toBe(200);
    const many = Array.from({ length: 101 }, (_, at) => `file-${at}`);
    const tooMany = await app.call('PATCH', `/api/data/deal/${id}`, { body: { pictures: many } });
    expect(tooMany.body.code).toBe('file_reference_invalid');
  });

  it('obeys the limits of the field', async () => {
    const refused = async (name: string, body: BodyInit, field = 'contract') => {
      const id = await app.upload(name, body);
      const value = field === 'pictures' ? [id] : id;
      const answer = await app.call('POST', '/api/data/deal', { body: { [field]: value } });
      return answer.body.code === undefined ? 'taken' : (answer.body.message as string);
    };
    expect(await refused('a.pdf', PDF)).toBe('taken');
    expect(await refused('a.txt', 'text')).toBe('taken');
    expect(await refused('a.md', 'text')).toMatch(/it takes/);
    expect(await refused('a.txt', 'x'.repeat(1001))).toMatch(/more than 1000 bytes/);
    expect(await refused('a.txt', 'x')).toMatch(/less than 2 bytes/);
    expect(await refused('a.exe', 'text')).toMatch(/blocked/);
    expect(await refused('a.png', PDF, 'pictures')).toMatch(/is no image/);
    expect(await refused('a.pdf', PNG, 'pictures')).toBe('taken');
  });

  it('may be an address elsewhere, and nothing that runs', async () => {
    const url = 'https://pictures.example/a.png';
    const created = await dealWith(url);
    expect(created.body.data.record.contract).toBe(url);
    for (const bad of ['javascript:alert(1)', 'data:text/html,x', 'a b', { name: 'x' }, 7, ['x']])
      expect((await dealWith(bad)).status, JSON.stringify(bad)).toBe(400);
  });
});

describe('files as records', () => {
  it('are no way around: nobody reads or writes them without a permission set', async () => {
    const id = await app.upload('a.txt', 'mine');
    expect((await app.call('GET', '/api/data/stored_file')).status).toBe(403);
    expect((await app.call('GET', `/api/data/stored_file/${id}`)).status).toBe(403);
    for (const [method, path] of [
      ['POST', ''],
      ['PATCH', `/${id}`],
      ['DELETE', `/${id}`],
    ] as const) {
      const answer = await app.call(method, `/api/data/stored_file${path}`, {
        body: { name: 'x' },
      });
      expect(answer.status, method).toBeGreaterThanOrEqual(403);
    }
    const listed = await app.engine.find('stored_file', {}, app.system);
    expect(listed.records.map((record) => record['organization_id'])).toEqual(['acme']);
  });
});
