import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../src/index.js';

let folder: string;
let files: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-transfer-'));
  files = mkdtempSync(path.join(os.tmpdir(), 'objectos-files-'));
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(
    path.join(folder, 'objects/note.object.yml'),
    'fields:\n  title: { type: text, required: true }\n  code: { type: text, unique: true }\n',
  );
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  rmSync(files, { recursive: true, force: true });
});

function file(name: string, text: string): string {
  const at = path.join(files, name);
  writeFileSync(at, text);
  return at;
}

async function run(...args: string[]) {
  let out = '';
  let err = '';
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: {},
  };
  const exitCode = await main(args, io);
  return { exitCode, out, err };
}

describe('objectos import and export', () => {
  it('imports by key, writes failed rows with their reason, and takes the file back', async () => {
    const source = file('notes.csv', 'Title,Code\nOne,a\n,b\nThree,c\n');
    const first = await run('import', source, folder, '--key', 'code');
    expect(first.exitCode, first.err).toBe(1);
    expect(first.out).toContain('imported into "note": 2 created, 0 updated, 1 failed');
    const errors = `${source}.errors.csv`;
    expect(readFileSync(errors, 'utf8')).toBe(
      'Title,Code,_row,_error\r\n,b,2,title: a value is required\r\n',
    );
    writeFileSync(errors, readFileSync(errors, 'utf8').replace('\n,b', '\nTwo,b'));
    const again = await run(
      'import',
      errors,
      folder,
      '--object',
      'note',
      '--key',
      'code',
      '--json',
    );
    expect(again.exitCode, again.err).toBe(0);
    expect(JSON.parse(again.out)).toMatchObject({ event: 'imported', created: 1, failed: 0 });
    const exported = await run(
      'export',
      'note',
      folder,
      '--select',
      'title,code',
      '--sort',
      'code',
    );
    expect(exported.out).toBe('title,code\r\nOne,a\r\nTwo,b\r\nThree,c\r\n');
    const out = path.join(files, 'notes.jsonl');
    await run(
      'export',
      'note',
      folder,
      '--out',
      out,
      '--select',
      'code',
      '--filter',
      '{"code":"b"}',
    );
    expect(readFileSync(out, 'utf8')).toBe('{"code":"b"}\n');
  });

  it('maps columns, rehearses, and goes on behind a row', async () => {
    const source = file('x.csv', 'Name;Junk\nA;1\nB;2\n');
    const map = ['--object', 'note', '--map', 'Name=title', 'Junk='];
    const dry = await run('import', source, folder, ...map, '--dry-run');
    expect(dry.out).toContain('would be imported into "note": 2 created');
    const rest = await run('import', source, folder, ...map, '--skip-rows', '1');
    expect(rest.out).toContain('1 created, 0 updated, 0 failed\nleft out: Junk\n');
  });

  it('makes an object from a file and asks nothing', async () => {
    const rows = Array.from(
      { length: 12 },
      (_, index) => `N${index},${index % 2 ? 'Hot' : 'Cold'},${index}`,
    );
    const source = file('leads.csv', `Full Name,Temp,score\n${rows.join('\n')}\n`);
    const made = await run('import', source, folder, '--create-object');
    expect(made.exitCode, made.err).toBe(0);
    expect(made.out).toContain('imported into "lead": 12 created');
    const yaml = readFileSync(path.join(folder, 'objects/lead.object.yml'), 'utf8');
    expect(yaml).toContain('# Made from leads.csv, 12 rows.');
    expect(yaml).toMatch(/temp:\n {4}label: Temp\n {4}type: select/);
    const twice = await run('import', source, folder, '--create-object', '--json');
    expect(twice.exitCode).toBe(1);
    expect(twice.err).toContain('import_object_exists');
    // A file stands where the folder of objects would be.
    file('objects', '');
    const taken = await run('import', source, files, '--create-object', '--json');
    expect(taken.err).toContain('import_object_unwritten');
    const exported = await run(
      'export',
      'lead',
      folder,
      '--labels',
      '--select',
      'full_name,score',
      '--limit',
      '1',
    );
    expect(exported.out).toBe('Full Name,Score\r\nN0,0\r\n');
  });

  it('takes an object back that does not load, and says what is wrong with a call', async () => {
    const empty = await run('import', file('empty.csv', 'a,b\n'), folder, '--create-object');
    expect(empty.err).toContain('no row to learn from');
    expect(existsSync(path.join(folder, 'objects/empty.object.yml'))).toBe(false);
    expect((await run('import', 'missing.csv', folder)).err).toContain('there is no file');
    const source = file('notes.csv', 'title\nA\n');
    expect((await run('import', source, folder, '--map', 'nothing')).err).toContain('Header=field');
    expect((await run('export', 'note', folder, '--filter', 'x')).err).toContain('not JSON');
  });
});
