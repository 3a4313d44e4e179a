import { readdir, readlink, rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { bytes, PDF, PNG, startApplication, user, type Application } from './application.js';
import { codeOf } from './support.js';

const upload = '/api/storage/files?name=';

/** Everything below the folder of contents, drafts included. */
async function stored(app: Application): Promise<string[]> {
  const entries = await readdir(app.folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
}

describe('names that lead out of a folder (attack 59)', () => {
  it.each([
    '../../etc/passwd',
    '..\\..\\windows\\win.ini',
    '..%2fx',
    '%252e%252e%252fx',
    '/etc/passwd',
    'C:\\x',
    'a/b.txt',
    'a\u0000.txt',
    'a\r\nSet-Cookie: x',
    'CON',
    'nul.txt',
    '.',
    '..',
    '%2e%2e',
    ' ',
    'x'.repeat(300),
    'invoice\u202efdp.exe',
  ])('refuses %j, and stores nothing', async (name) => {
    const app = await startApplication();
    const answer = await app.call('POST', upload + encodeURIComponent(name), { body: 'x' });
    expect([answer.status, answer.body.code]).toEqual([400, 'file_name_invalid']);
    const presigned = { name, body: bytes('x') };
    expect(await codeOf(app.files.upload(presigned, user('ada')))).toBe('file_name_invalid');
    expect(await stored(app)).toEqual([]);
  });

  it('takes names that only look strange', async () => {
    const app = await startApplication();
    for (const name of [
      '100% done.pdf',
      'a%20b',
      '…',
      '日本語 😀.txt',
      'a..b',
      '.env',
      'o\'x"(1).txt',
    ]) {
      const answer = await app.call('POST', upload + encodeURIComponent(name), { body: 'x' });
      expect(answer.body.data?.name, answer.text).toBe(name);
      const read = await app.call('GET', answer.body.data.url as string);
      const header = read.headers.get('content-disposition') ?? '';
      expect(header).toMatch(/^attachment; filename="[ !#-~]*"; filename\*=UTF-8''[\w.%!~-]+$/);
      expect(decodeURIComponent(header.split("UTF-8''")[1] ?? '')).toBe(name);
    }
  });

  it('finds no file by an id that is a path', async () => {
    const app = await startApplication();
    for (const id of ['..%2f..%2fetc%2fpasswd', '%2e%2e', 'a%00b', 'x'.repeat(200)]) {
      const answer = await app.call('GET', `/api/storage/files/${id}/content`);
      expect([answer.status, id]).toEqual([404, id]);
    }
  });
});

describe('types that run in a browser (attack 61)', () => {
  it.each([
    [
      'a.svg',
      'image/svg+xml',
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ],
    ['a.svg', 'image/svg+xml', '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['a.html', 'text/html', '<script>alert(1)</script>'],
    ['a.html', 'text/html;x', '<script>alert(1)</script>'],
    ['a.png', 'text/plain', '<html><script>alert(1)</script>'],
    ['a.xhtml', 'application/xhtml+xml', '<?xml version="1.0"?><html/>'],
  ])('are stored, and never shown: %s as %s', async (name, type, content) => {
    const app = await startApplication();
    const id = await app.upload(name, content, { type });
    const signed = await app.call('GET', `/api/storage/files/${id}/url?inline=1`);
    for (const [address, as] of [
      [`/api/storage/files/${id}/content`, 'ada'],
      [`/api/storage/files/${id}/content?inline=1`, 'ada'],
      [signed.body.url as string, null],
    ] as const) {
      const { status, headers, text } = await app.call('GET', address, { as });
      expect([status, text]).toEqual([200, content]);
      if (type !== 'text/plain' || !address.includes('inline'))
        expect(headers.get('content-disposition')).toMatch(/^attachment;/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain('sandbox');
      expect(headers.get('cache-control')).toContain('private');
    }
  });

  it('shows pictures where a page asks for it', async () => {
    const app = await startApplication();
    const id = await app.upload('a.png', PNG);
    const shown = await app.call('GET', `/api/storage/files/${id}/content?inline=1`);
    expect(shown.headers.get('content-disposition')).toMatch(/^inline;/);
    expect(shown.headers.get('content-security-policy')).toContain('sandbox');
  });
});

describe('archives (attack 60)', () => {
  it('are kept as they came and never opened, whatever their entries are called', async () => {
    const app = await startApplication();
    const entry = (name: string): Buffer => {
      const header = Buffer.alloc(30);
      header.write('PK\u0003\u0004', 'latin1');
      header.writeUInt16LE(20, 4);
      header.writeUInt16LE(name.length, 26);
      return Buffer.concat([header, Buffer.from(name)]);
    };
    const archive = Buffer.concat(
      ['../../evil', '/etc/passwd', 'a\u0000b', 'x'.repeat(60_000)].map(entry),
    );
    const id = await app.upload('a.zip', archive, { type: 'application/zip' });
    expect((await stored(app)).map((file) => path.basename(file))).toEqual([id]);
    const { data } = (await app.call('GET', `/api/storage/files/${id}`)).body;
    expect(data).toMatchObject({ size: archive.length, contentType: 'application/zip' });
    // Many entries, none of them whole: telling the type must not take long either.
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => entry('x')));
    await app.upload('b.zip', many, { type: 'application/zip' });
    expect(await stored(app)).toHaveLength(2);
  });
});

describe('declared types', () => {
  it.each([
    ['image/png', PDF, 'file_type_mismatch'],
    ['image/png', '<script>', 'file_type_mismatch'],
    ['application/pdf', PNG, 'file_type_mismatch'],
    ['text/plain', PNG, 'file_type_mismatch'],
    ['text/html', PDF, 'file_type_mismatch'],
    ['video/mp4', 'text', 'file_type_mismatch'],
    ['no type', 'text', 'file_type_refused'],
    ['text/<b>', 'text', 'file_type_refused'],
  ] as const)('are refused where the bytes say otherwise: %s', async (type, content, code) => {
    const app = await startApplication();
    const given = { name: 'a', contentType: type, body: bytes(content) };
    expect(await codeOf(app.files.upload(given, user('ada')))).toBe(code);
    expect(await stored(app)).toEqual([]);
  });

  it.each([
    [undefined, PNG, 'image/png'],
    ['application/octet-stream', PDF, 'application/pdf'],
    ['application/x-www-form-urlencoded', 'a,b', 'text/plain'],
    [undefined, Buffer.from([0, 1, 2]), 'application/octet-stream'],
    [undefined, '', 'application/octet-stream'],
    ['text/csv; charset=utf-8', 'a,b', 'text/csv'],
    ['image/jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 0x10, 0x4a, 0x46]), 'image/jpg'],
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      Buffer.from('504b0304140000000800', 'hex'),
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    ],
    ['application/msword', Buffer.from('d0cf11e0a1b11ae1', 'hex'), 'application/msword'],
  ] as const)('are kept, or found out: %s', async (declared, content, expected) => {
    const app = await startApplication();
    const given = { name: 'a', contentType: declared, body: bytes(content) };
    expect((await app.files.upload(given, user('ada'))).contentType).toBe(expected);
  });
});

describe('limits', () => {
  it('holds for size and type, whatever was declared', async () => {
    const app = await startApplication({
      config: {
        files: { maxSize: 100, allowedTypes: ['image/*', '.csv'], blockedTypes: ['image/gif'] },
      },
    });
    const code = async (name: string, body: Buffer | string, type = '') => {
      const answer = await app.call('POST', upload + name, {
        body,
        headers: { 'content-type': type },
      });
      return (answer.body.code as string | undefined) ?? answer.status;
    };
    expect(await code('a.png', PNG)).toBe(201);
    expect(await code('a.csv', 'a,b')).toBe(201);
    expect(await code('a.txt', 'a,b')).toBe('file_type_refused');
    expect(await code('a.pdf', PDF)).toBe('file_type_refused');
    expect(await code('a.pdf', PDF, 'image/png')).toBe('file_type_mismatch');
    expect(await code('a.gif', Buffer.from('GIF89a'))).toBe('file_type_refused');
    expect(await code('a.csv', 'x'.repeat(100))).toBe(201);
    expect(await code('a.csv', 'x'.repeat(101))).toBe('file_too_large');
    // Nobody says how much comes.
    const given = { name: 'a.csv', body: bytes('x'.repeat(60), 'x'.repeat(60)) };
    expect(await codeOf(app.files.upload(given, user('ada')))).toBe('file_too_large');
    const short = { name: 'a.csv', size: 5, body: bytes('x') };
    expect(await codeOf(app.files.upload(short, user('ada')))).toBe('file_size_mismatch');
    expect(await stored(app)).toHaveLength(3);
  });

  it('leaves nothing of uploads that break off', async () => {
    const app = await startApplication();
    await Promise.all(
      Array.from(
        { length: 50 },
        () =>
          new Promise<void>((resolve) => {
            const request = http.request(`${app.url}${upload}a.txt`, {
              method: 'POST',
              headers: { authorization: 'Bearer ada', 'content-length': '1000' },
            });
            request.on('error', () => resolve());
            request.write('some', () => setTimeout(() => request.destroy(), 5));
            request.on('close', () => resolve());
          }),
      ),
    );
    await expect.poll(() => stored(app)).toEqual([]);
    expect((await app.engine.find('stored_file', {}, app.system)).records).toEqual([]);
  });
});

describe('what fails or is broken off (attack 79)', () => {
  /** Files that this process has open below a folder; other tests have their own. */
  const openFiles = async (folder: string): Promise<string[]> => {
    const open: string[] = [];
    for (const descriptor of await readdir('/proc/self/fd')) {
      const target = await readlink(`/proc/self/fd/${descriptor}`).catch(() => '');
      if (target.startsWith(folder)) open.push(target);
    }
    return open;
  };

  it.skipIf(process.platform !== 'linux')(
    'leaves no file open, and the next one is served',
    async () => {
      const app = await startApplication();
      const large = await app.upload('a.bin', Buffer.alloc(5_000_000, 1));
      const gone = await app.upload('b.txt', 'x');
      await rm(path.join(app.folder, 'content', 'files', gone.slice(-2), gone));
      const breakOff = (): Promise<void> =>
        new Promise((resolve) => {
          const request = http.get(`${app.url}/api/storage/files/${large}/content`, {
            headers: { authorization: 'Bearer ada' },
            agent: false,
          });
          request.on('response', (response) => response.once('data', () => request.destroy()));
          request.on('error', () => undefined);
          request.on('close', () => resolve());
        });
      for (let round = 0; round < 10; round += 1) {
        await Promise.all([
          ...Array.from({ length: 10 }, breakOff),
          ...Array.from({ length: 10 }, () =>
            app.call('GET', `/api/storage/files/${gone}/content`),
          ),
          ...Array.from({ length: 10 }, () => app.call('POST', `${upload}..%2fx`, { body: 'x' })),
          ...Array.from({ length: 10 }, () =>
            app.call('GET', `/api/storage/files/${large}/content`, {
              headers: { range: 'bytes=9999999-' },
            }),
          ),
        ]);
      }
      await expect.poll(() => openFiles(path.join(app.folder, 'content'))).toEqual([]);
      expect(await openFiles(path.join(app.folder, 'pending'))).toEqual([]);
      const next = await app.call('GET', `/api/storage/files/${large}/content`);
      expect([next.status, next.text.length]).toEqual([200, 5_000_000]);
    },
  );
});

describe('forms of the published components', () => {
  const form = (parts: Readonly<Record<string, string | readonly File[]>>): FormData => {
    const data = new FormData();
    for (const [name, value] of Object.entries(parts)) {
      if (typeof value === 'string') data.append(name, value);
      else for (const file of value) data.append(name, file);
    }
    return data;
  };
  const post = '/api/data/deal/upload';

  it('store one file or several, and give them to the field of a record', async () => {
    const app = await startApplication();
    const deal = await app.call('POST', '/api/data/deal', { body: { title: 'x' } });
    const recordId = deal.body.data.id as string;
    const one = await app.call('POST', post, {
      body: form({
        file: [new File([PDF], 'ä.pdf')],
        recordId,
        fieldName: 'contract',
        metadata: '{"a":1}',
      }),
    });
    expect(one.status).toBe(201);
    expect(one.body).toMatchObject({
      filename: 'ä.pdf',
      mimeType: 'application/pdf',
      size: PDF.length,
      metadata: { a: 1 },
    });
    const several = await app.call('POST', post, {
      body: form({
        files: [new File([PNG], 'a.png'), new File([PNG], 'b.png', { type: 'image/png' })],
        recordId,
        fieldName: 'pictures',
      }),
    });
    expect(several.body).toMatchObject([{ filename: 'a.png' }, { filename: 'b.png' }]);
    const read = await app.call('GET', `/api/data/deal/${recordId}`, { as: 'bob' });
    expect(read.body.data.record).toMatchObject({
      contract: { id: one.body.id },
      pictures: [{ name: 'a.png' }, { name: 'b.png' }],
    });
    const content = await app.call('GET', one.body.url as string, { as: 'bob' });
    expect(content.text).toBe(PDF.toString());
  });

  it('leave nothing when the record does not take them', async () => {
    const app = await startApplication();
    const deal = await app.call('POST', '/api/data/deal', { body: { title: 'x' } });
    const recordId = deal.body.data.id as string;
    const file = [new File([PDF], 'a.pdf')];
    const refused = async (parts: Readonly<Record<string, string>>, as = 'ada') => {
      const answer = await app.call('POST', post, { as, body: form({ file, ...parts }) });
      return answer.body.code as string;
    };
    expect(await refused({ recordId, fieldName: 'contract' }, 'olga')).toMatch(
      /unknown_field|denied/,
    );
    expect(await refused({ recordId: 'nobody', fieldName: 'contract' })).toBe('record_not_found');
    expect(await refused({ recordId, fieldName: 'pictures' })).toBe('file_reference_invalid');
    expect(await refused({ recordId })).toBe('body_invalid');
    expect(await refused({ wrong: 'x' })).toBe('body_invalid');
    expect(await stored(app)).toEqual([]);
  });

  it('are refused where they are abusive or broken (attack 77), and nothing is left', async () => {
    const app = await startApplication({ config: { files: { maxSize: 1000 } } });
    const raw = async (body: string, type = 'multipart/form-data; boundary=b') => {
      const answer = await app.call('POST', post, { body, headers: { 'content-type': type } });
      return [answer.status, answer.body?.code as string] as const;
    };
    const part = (name: string, file = '') =>
      `--b\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\nx\r\n`;
    const file = part('file', '; filename="a.txt"');
    expect(await raw(part('x').repeat(100_000) + '--b--')).toEqual([400, expect.any(String)]);
    expect((await raw(file.repeat(30) + '--b--'))[1]).toBe('limit_exceeded');
    expect((await raw(file))[1], 'no end').toBe('body_invalid');
    expect((await raw('--b--'))[1]).toBe('body_invalid');
    expect((await raw('x'))[1]).toBe('body_invalid');
    expect((await raw('{}', 'application/json'))[1]).toBe('unsupported_media_type');
    expect((await raw('x', 'multipart/form-data'))[1]).toMatch(
      /unsupported_media_type|body_invalid/,
    );
    expect((await raw(part('file', '; filename="../x"') + '--b--'))[1]).toBe('file_name_invalid');
    const large = file.replace('\r\nx\r\n', `\r\n${'x'.repeat(1001)}\r\n`);
    expect((await raw(`${file}${large}--b--`))[1]).toBe('file_too_large');
    await expect.poll(() => stored(app)).toEqual([]);
    expect((await app.engine.find('stored_file', {}, app.system)).records).toEqual([]);
  });
});
