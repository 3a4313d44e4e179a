import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../src/index.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-access-'));
  write(
    'objects/note.object.yml',
    'sharingModel: private\nfields: { title: { type: text }, secret: { type: text } }',
  );
  write(
    'permission_sets/writer.permission_set.yml',
    `
objects: { note: { allowRead: true, allowCreate: true, allowEdit: true } }
fields: { note.title: { editable: true } }
`,
  );
  write(
    'access/notes.access.yml',
    `
users: { ann: { sets: [writer] }, bob: { sets: [writer] }, eve: {} }
fixtures: [{ object: note, id: n1, owner: ann, data: { title: One } }]
cases:
  - { as: ann, does: read, object: note, expect: allowed, rows: [n1], hides: [secret] }
  - { as: bob, does: read, object: note, expect: allowed, rows: [] }
  - { as: bob, does: read, object: note, id: n1, expect: hidden }
  - { as: eve, does: read, object: note, expect: denied }
  - { as: ann, does: update, object: note, id: n1, data: { secret: x }, expect: refused }
  - { as: ann, does: create, object: note, data: { title: Two }, expect: allowed, shows: [title] }
`,
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  writeFileSync(path.join(folder, file), text);
}

async function run(...args: string[]) {
  let [out, err] = ['', ''];
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: {},
    signal: new AbortController().signal,
  };
  const exitCode = await main(['test:access', ...args], io);
  return { exitCode, out, err };
}

describe('objectos test:access', () => {
  it('runs the cases on the engine and over REST', async () => {
    expect(await run(folder)).toEqual({
      exitCode: 0,
      out: '12 passed, 0 failed, on engine and rest\n',
      err: '',
    });
  });

  it('tells what is not as expected, with file, case and surface', async () => {
    write(
      'access/wrong.access.yml',
      `
users: { ann: { sets: [writer] } }
fixtures: [{ object: note, id: n1, data: { title: One } }]
cases:
  - { as: ann, does: read, object: note, id: n1, expect: allowed }
  - { as: ann, does: read, object: note, expect: allowed, rows: [n1], shows: [secret] }
`,
    );
    const { exitCode, out, err } = await run(folder);
    expect(exitCode).toBe(1);
    expect(out).toContain('12 passed, 4 failed');
    expect(err).toContain(
      'access/wrong.access.yml case 1, rest: ann reads note n1: expected allowed, was hidden (record_not_found)',
    );
    expect(err).toContain('expected rows [n1], saw []; "secret" is not shown');
  });

  it('refuses a file that says something unknown', async () => {
    write(
      'access/odd.access.yml',
      'users: {}\ncases: [{ as: a, does: fly, object: note, expect: allowed }]',
    );
    const { exitCode, err } = await run(folder);
    expect(exitCode).toBe(1);
    expect(err).toContain('odd.access.yml');
    write(
      'access/odd.access.yml',
      'users: { ann: {} }\ncases: [{ as: anne, does: read, object: note, expect: denied }]',
    );
    expect((await run(folder)).err).toContain(
      'cases.0.as: "anne" is none of the users. Did you mean "ann"?',
    );
  });

  it('ends when its fixtures can not be made', async () => {
    write(
      'access/odd.access.yml',
      `
users: { ann: { sets: [writr] } }
cases: [{ as: ann, does: read, object: note, expect: denied }]`,
    );
    const listening = () =>
      process.getActiveResourcesInfo().filter((what) => what === 'TCPServerWrap').length;
    const before = listening();
    expect((await run(folder)).exitCode).toBe(1);
    await expect.poll(listening).toBe(before);
  });

  it('holds the access matrix against the metadata', async () => {
    expect((await run(folder, '--matrix')).exitCode).toBe(0);
    const matrix = JSON.parse(
      readFileSync(path.join(folder, 'access-matrix.json'), 'utf8'),
    ) as unknown;
    expect(matrix).toEqual({
      writer: {
        note: {
          operations: ['create', 'read', 'update'],
          readable: ['title'],
          editable: ['title'],
          policies: [],
        },
      },
    });
    expect((await run(folder)).exitCode).toBe(0);
    write(
      'permission_sets/writer.permission_set.yml',
      'objects: { note: { allowRead: true, allowDelete: true } }',
    );
    const { exitCode, err } = await run(folder);
    expect(exitCode).toBe(1);
    expect(err).toContain('access-matrix.json: + writer: delete note');
    expect(err).toContain('access-matrix.json: - writer: see note.title');
  });

  it('rehearses a proposal: which cases would end otherwise', async () => {
    const proposal = mkdtempSync(path.join(os.tmpdir(), 'objectos-proposal-'));
    mkdirSync(path.join(proposal, 'objects'));
    writeFileSync(
      path.join(proposal, 'objects/note.object.yml'),
      'sharingModel: public_read\nfields: { title: { type: text }, secret: { type: text } }',
    );
    const { exitCode, out } = await run(folder, '--rehearse', proposal);
    rmSync(proposal, { recursive: true });
    expect(exitCode).toBe(0);
    expect(out).toContain('case 2: bob reads note: allowed, 0 rows, 0 fields -> allowed, 1 rows');
    expect(out).toContain('case 3: bob reads note n1: hidden (record_not_found) -> allowed');
    expect(out).toContain('2 cases would end otherwise.');
    expect((await run(folder)).exitCode).toBe(0);
  });

  it('the cases of the CRM hold', { timeout: 120_000 }, async () => {
    const { out, err } = await run('examples/crm');
    expect(err).toBe('');
    expect(out).toMatch(/^\d+ passed, 0 failed/);
  });
});
