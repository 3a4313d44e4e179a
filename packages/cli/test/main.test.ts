import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { main } from '../src/index.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-cli-'));
  mkdirSync(path.join(folder, 'objects'));
  write(
    'objects/note.object.yml',
    'label: Note\nfields:\n  title: { type: text, required: true }\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text: string): void {
  writeFileSync(path.join(folder, file), text);
}

/** Most tests are about something else than sign-in. */
const SINGLE_USER = { OBJECTOS_SECURITY: 'startup-token' };

function terminal(environment: Record<string, string> = {}) {
  let out = '';
  let err = '';
  const stop = new AbortController();
  const io = {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment,
    signal: stop.signal,
  };
  return { io, stop: () => stop.abort(), out: () => out, err: () => err };
}

async function run(args: readonly string[], environment: Record<string, string> = {}) {
  const term = terminal(environment);
  const exitCode = await main(args, term.io);
  return { exitCode, out: term.out(), err: term.err() };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20));
}

it('tells its version', async () => {
  const { exitCode, out } = await run(['--version']);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

it('refuses a port that is none', async () => {
  const { exitCode, err } = await run(['start', folder, '--port', 'abc']);
  expect(exitCode).not.toBe(0);
  expect(err).toContain(`'abc' is invalid. It takes a number from 0`);
});

describe('objectos validate', () => {
  it('finds nothing wrong with a good folder', async () => {
    expect(await run(['validate', folder])).toMatchObject({
      exitCode: 0,
      out: '1 file, 1 object: no problem\n',
    });
  });

  it('knows the objects of plugins, and makes their checks', async () => {
    write(
      'objects/visit.object.yml',
      'fields:\n  host: { type: lookup, reference: user }\n  title: { type: text }\n',
    );
    expect((await run(['validate', folder], {})).err).toBe('');
    mkdirSync(path.join(folder, 'permission_sets'));
    write(
      'permission_sets/guest.permission_set.yml',
      'label: Guest\nobjects: { visit: { allowRead: true } }\nfields: { visit.titel: { readable: true } }\n',
    );
    const { exitCode, err } = await run(['validate', folder], {});
    expect(exitCode).toBe(1);
    expect(err).toContain('titel');
  });

  it('prints every problem with its place, and exits 1', async () => {
    write('objects/a.object.yml', 'fields:\n  x: { type: txt }\n');
    write('objects/b.object.yml', 'fields:\n  y: { type: lookup, reference: nowhere }\n');
    const { exitCode, err } = await run(['validate', folder]);
    expect(exitCode).toBe(1);
    expect(err).toContain('objects/a.object.yml:2:14');
    const json = await run(['validate', folder, '--json']);
    expect((JSON.parse(json.out) as { problems: unknown[] }).problems).not.toEqual([]);
  });
});

describe('objectos config print', () => {
  it('shows where each value comes from, and no secret', async () => {
    write('objectos.config.yml', 'port: 4000\n');
    const environment = {
      ...SINGLE_USER,
      DATABASE_URL: 'sqlite:x.sqlite',
      OBJECTOS_STARTUP_TOKEN: 's'.repeat(40),
    };
    const { out } = await run(['config', 'print', folder, '--host', '::1'], environment);
    expect(out).toContain('port: 4000  # objectos.config.yml');
    expect(out).toContain('host: "::1"  # the command line');
    expect(out).toContain('database: "sqlite:x.sqlite"  # the environment');
    expect(out).toContain('startupToken: "***"');
    expect(out).not.toContain('sss');
  });

  it.each([
    ['an unknown key', 'prot: 1\n', 'Did you mean "port"?'],
    ['a wrong value', 'port: many\n', '"port"'],
    ['all that is wrong at once', 'prot: 1\ntenancy: { isolation: rose }\n', '"tenancy.isolation"'],
    ['a file that does not parse', 'port: [\n', 'objectos.config.yml'],
    ['a list', '- 1\n', 'mapping'],
  ])('refuses %s (config_invalid)', async (_name, text, expected) => {
    write('objectos.config.yml', text);
    const { exitCode, err } = await run(['config', 'print', folder, '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ event: 'failed', code: 'config_invalid' });
    expect(err).toContain(JSON.stringify(expected).slice(1, -1));
  });

  it('reads secrets from files, and says which cannot be read', async () => {
    write('token', `${'t'.repeat(40)}\n`);
    const good = await run(['config', 'print', folder, '--json'], {
      ...SINGLE_USER,
      OBJECTOS_STARTUP_TOKEN_FILE: path.join(folder, 'token'),
    });
    expect(JSON.parse(good.out)).toMatchObject({
      startupToken: { value: '***', from: 'the environment' },
    });
    const bad = await run(['config', 'print', folder], {
      OBJECTOS_STARTUP_TOKEN_FILE: path.join(folder, 'nothing'),
    });
    expect(bad.exitCode).toBe(1);
  });

  it('refuses a folder that is not there (folder_not_found)', async () => {
    const { exitCode, err } = await run(['start', path.join(folder, 'nothing'), '--json']);
    expect(exitCode).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ code: 'folder_not_found' });
  });

  it('answers an unknown command with the usage', async () => {
    expect((await run(['strat'])).exitCode).toBe(1);
  });
});

interface Listening {
  readonly url: string;
  readonly startupToken: string;
}

async function serve(command: 'start' | 'dev') {
  const term = terminal(SINGLE_USER);
  const ended = main([command, folder, '--port', '0', '--json'], term.io);
  await until(() => term.out().includes('"listening"') || term.err().includes('failed'));
  const { url, startupToken } = JSON.parse(term.out().split('\n')[0] ?? '') as Listening;
  const request = async (target: string, init: RequestInit = {}) =>
    fetch(url + target, {
      ...init,
      headers: { authorization: `Bearer ${startupToken}`, 'content-type': 'application/json' },
    });
  return { term, ended, request };
}

describe('objectos start', () => {
  it('shows how to read an object of the folder, not one of a plugin', async () => {
    const term = terminal(SINGLE_USER);
    const ended = main(['start', folder, '--port', '0'], term.io);
    await until(() => term.out().includes('curl') || term.err().includes('failed'));
    expect(term.out()).toMatch(
      /curl -H 'Authorization: Bearer [^']+' '.+\/api\/data\/note\?top=3'/,
    );
    term.stop();
    expect(await ended).toBe(0);
  });

  it('serves the folder until it is stopped, without a warning in the log', async () => {
    const { term, ended, request } = await serve('start');
    const made = await request('/api/data/note', { method: 'POST', body: '{"title":"hello"}' });
    expect(made.status).toBe(201);
    expect(await (await request('/api/data/note')).json()).toMatchObject({ data: { total: 1 } });
    term.stop();
    expect(await ended).toBe(0);
    expect(term.err()).not.toMatch(/"level":"(?:warn|error)"/);
  });

  it('does not start on wrong metadata, and says all that is wrong', async () => {
    write('objects/a.object.yml', 'fields:\n  x: { type: txt }\n');
    const { exitCode, err } = await run(['start', folder, '--port', '0']);
    expect(exitCode).toBe(1);
    expect(err).toContain('objects/a.object.yml:2:14');
  });
});

describe('objectos dev', () => {
  it('follows a save, and keeps the last good state on a wrong one', async () => {
    const { term, ended, request } = await serve('dev');
    await new Promise((resolve) => setTimeout(resolve, 300));
    write('objects/tag.object.yml', 'label: Tag\nfields:\n  name: { type: text }\n');
    await until(() => term.out().includes('reloaded objects/tag.object.yml'));
    expect((await request('/api/data/tag')).status).toBe(200);
    write('objects/tag.object.yml', 'label: Tag\nfields:\n  name: { type: txt }\n');
    await until(() => term.out().includes('kept the last good state'));
    expect((await request('/api/data/tag')).status).toBe(200);
    term.stop();
    expect(await ended).toBe(0);
  });
});
