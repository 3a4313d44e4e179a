import { stopAndCheck } from '@objectos/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type Answer, type TestServer } from './support.js';

let server: TestServer;
let call: TestServer['call'];

beforeAll(async () => {
  server = await startServer({
    stopAfterTest: false,
    config: { limits: { bodyBytes: 2048, importBytes: 100_000 } },
  });
  call = server.call;
});
afterAll(() => stopAndCheck(server.kernel));

function importCsv(
  query: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = { 'content-type': 'text/csv; charset=utf-8' };
  return call('POST', `/api/data/${query}`, { body, headers: { ...type, ...headers } });
}

const total = async (query: string): Promise<number> =>
  (await call('GET', `/api/data/contact?${query}&top=0`)).body.data.total as number;

describe('export', () => {
  it('streams CSV and JSON Lines of what matches', async () => {
    await importCsv('account/import', 'name\nExport Inc.\n');
    const text = `name,account.name,score\n${'Exported,Export Inc.,5\n'.repeat(700)}`;
    expect((await importCsv('contact/import', text)).status).toBe(200);
    const query = 'filter={"name":"Exported"}&select=name,account.name,score';
    const csv = await call('GET', `/api/data/contact/export?${query}`);
    expect(csv.status, csv.text).toBe(200);
    expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
    expect(csv.headers.get('content-disposition')).toBe('attachment; filename="contact.csv"');
    const lines = csv.text.trim().split('\r\n');
    expect(lines).toHaveLength(701);
    expect(lines.slice(0, 2)).toEqual(['name,account.name,score', 'Exported,Export Inc.,5']);
    const jsonl = await call('GET', `/api/v1/data/contact/export?${query}&format=jsonl&limit=2`);
    expect(jsonl.text).toBe(
      '{"name":"Exported","account.name":"Export Inc.","score":5}\n'.repeat(2),
    );
  });

  it.each([
    ['contact/export?top=5', 'option_not_supported'],
    ['contact/export?format=xlsx', 'invalid_parameter'],
    ['contact/export?nothing=1', 'unknown_parameter'],
    ['contact/export?select=nothing', 'unknown_field'],
    ['nothing/export', 'object_not_found'],
    ['reading/export', 'method_not_enabled'],
  ])('%s is refused as %s', async (path, code) => {
    expect((await call('GET', `/api/data/${path}`)).body.code).toBe(code);
  });
});

describe('import', () => {
  it('reports what was imported, and the failing rows', async () => {
    const text = 'name,email,score\nImp A,a@i.example,5\nImp B,nobody,5\nImp C,c@i.example,500\n';
    const answer = await importCsv('contact/import', text);
    expect(answer.status, answer.text).toBe(200);
    expect(answer.body.data).toMatchObject({
      row: 3,
      created: 1,
      updated: 0,
      failed: 2,
      dryRun: false,
    });
    expect(answer.body.data.failures).toMatchObject([
      { row: 2, line: 3, code: 'validation_error', fieldErrors: [{ field: 'email' }] },
      { row: 3, line: 4, code: 'validation_error', fieldErrors: [{ field: 'score' }] },
    ]);
  });

  it('takes a key, a mapping, a delimiter, and goes on behind a row', async () => {
    const first = await importCsv('contact/import?key=email', 'name,email\nKey,k@i.example\n');
    expect(first.body.data).toMatchObject({ created: 1 });
    const mapping = encodeURIComponent(JSON.stringify({ Who: 'name', Junk: null }));
    const query = `contact/import?key=email&mode=update&mapping=${mapping}&delimiter=%7C&skipRows=1`;
    const text = 'Who|email|Junk\nSkipped|k@i.example|x\nKey two|k@i.example|y\n';
    const second = await importCsv(query, text);
    expect(second.body.data).toMatchObject({ row: 2, updated: 1, ignoredColumns: ['Junk'] });
    expect(await total('name=Key two')).toBe(1);
  });

  it('rehearses by parameter or preference', async () => {
    const text = 'name\nDry import\n';
    expect((await importCsv('contact/import?dryRun=true', text)).body.data.dryRun).toBe(true);
    const preferred = await importCsv('contact/import', text, { prefer: 'dry-run' });
    expect(preferred.headers.get('preference-applied')).toBe('dry-run');
    expect(preferred.body.data).toMatchObject({ created: 1, dryRun: true });
    expect(await total('name=Dry import')).toBe(0);
  });

  it('tells progress and failures as they come, if asked', async () => {
    const text = `name,score\n${'Lines,1\n'.repeat(250)}Lines,no\n`;
    const answer = await importCsv('contact/import', text, { accept: 'application/x-ndjson' });
    expect(answer.headers.get('content-type')).toContain('application/x-ndjson');
    const lines = answer.text
      .trim()
      .split('\n')
      .map((line) => Object.keys(JSON.parse(line) as object)[0]);
    expect(lines).toEqual(['progress', 'failure', 'progress', 'report']);
    const broken = await importCsv('contact/import', 'name\n"x', {
      accept: 'application/x-ndjson',
    });
    expect(JSON.parse(broken.text.trim())).toMatchObject({
      error: { code: 'import_file_invalid' },
    });
  });

  it('takes JSON Lines', async () => {
    const body = '{"name":"Json","tags":["a"],"notes":{"deep":1}}\n';
    const answer = await call('POST', '/api/data/contact/import', {
      body,
      headers: { 'content-type': 'application/x-ndjson' },
    });
    expect(answer.body.data).toMatchObject({ created: 1, failed: 0 });
    expect(await total('name=Json')).toBe(1);
  });

  it('has its own limit on bytes', async () => {
    const row = `${'x'.repeat(200)}\n`;
    const fits = await importCsv('contact/import', `name\n${row.repeat(100)}`);
    expect(fits.body.data).toMatchObject({ created: 100 });
    const over = await importCsv('contact/import', `name\n${row.repeat(600)}`);
    expect(over.status).toBe(413);
    expect(over.body.code).toBe('body_too_large');
    const elsewhere = await importCsv('contact', row.repeat(20));
    expect(elsewhere.status).toBe(413);
    expect((await importCsv('contact', 'x')).status).toBe(415);
  });

  it.each([
    ['contact/import', 'wrong\n1\n', {}, 'import_column_unknown'],
    ['contact/import?key=name', 'name\nA\n', {}, 'upsert_key_not_unique'],
    ['contact/import?mode=update', 'name\nA\n', {}, 'invalid_parameter'],
    ['contact/import?mapping=[1', 'name\nA\n', {}, 'invalid_parameter'],
    ['contact/import?nothing=1', 'name\nA\n', {}, 'unknown_parameter'],
    ['contact/import', 'name\nA\n', { 'idempotency-key': 'k' }, 'option_not_supported'],
    ['contact/import', '{}', { 'content-type': 'application/json' }, 'unsupported_media_type'],
    ['reading/import', 'name\nA\n', {}, 'method_not_enabled'],
  ])('%s with %j and %j is refused as %s', async (path, body, headers, code) => {
    expect((await importCsv(path, body, headers)).body.code).toBe(code);
  });
});

describe('transferMs', () => {
  it('ends a transfer that takes too long', async () => {
    const slow = await startServer({ config: { limits: { transferMs: 1 } } });
    const answer = await slow.call('POST', '/api/data/contact/import', {
      body: `name\n${'A\n'.repeat(2_000)}`,
      headers: { 'content-type': 'text/csv' },
    });
    expect(answer.body.code).toBe('deadline_exceeded');
  });
});
