import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../driver-mongo/test/emulator/emulator.js';
import { main } from '../src/index.js';

const TOKEN = 'mongo-token-0123456789abcdef0123456789ab';
const NOTE = `label: Note
fields:
  title: { type: text, required: true, unique: true }
  amount: { type: currency }
  parent: { type: lookup, reference: note }
`;

let folder: string;
let emulator: Emulator;
beforeEach(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-cli-'));
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(path.join(folder, 'objects/note.object.yml'), NOTE);
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator.stop();
});

interface Answer {
  readonly data: { readonly id: string; readonly records: Record<string, unknown>[] };
  readonly error: { readonly code: string };
}

async function serve() {
  let out = '';
  let err = '';
  const stop = new AbortController();
  const ended = main(['start', folder, '--port', '0', '--json'], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: {
      DATABASE_URL: emulator.url,
      OBJECTOS_SECURITY: 'startup-token',
      OBJECTOS_STARTUP_TOKEN: TOKEN,
    },
    signal: stop.signal,
  });
  await expect
    .poll(() => /"url":"([^"]+)"/.exec(out)?.[1] ?? (err.includes('failed') ? err : ''), {
      timeout: 60_000,
    })
    .toMatch(/^http/);
  const url = /"url":"([^"]+)"/.exec(out)?.[1] ?? '';
  const call = async (method: string, target: string, body?: object) => {
    const answer = await fetch(url + target, {
      method,
      headers: { 'content-type': 'application/json', authorization: `Bearer ${TOKEN}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Answer };
  };
  return {
    call,
    async stop() {
      stop.abort();
      expect(await ended).toBe(0);
    },
  };
}

describe('an application on MongoDB (emulated)', () => {
  it('is served, keeps its records and follows its metadata', { timeout: 120_000 }, async () => {
    let server = await serve();
    const first = await server.call('POST', '/api/data/note', { title: 'One', amount: 0.1 });
    expect(first.status).toBe(201);
    const twice = await server.call('POST', '/api/data/note', { title: 'One' });
    expect(twice).toMatchObject({ status: 409, body: { error: { code: 'duplicate_value' } } });
    const child = { title: 'Two', amount: 0.2, parent: first.body.data.id };
    expect((await server.call('POST', '/api/data/note', child)).status).toBe(201);
    const under = await server.call('GET', '/api/data/note?parent.title=One');
    expect(under.body.data.records.map(({ title }) => title)).toEqual(['Two']);
    await server.stop();

    writeFileSync(
      path.join(folder, 'objects/note.object.yml'),
      NOTE.replace('amount: {', 'sum: { renamedFrom: amount,') + '  done: { type: boolean }\n',
    );
    server = await serve();
    const { body } = await server.call('GET', '/api/data/note?sort=title');
    expect(body.data.records.map(({ title, sum, done }) => [title, sum, done])).toEqual([
      ['One', 0.1, null],
      ['Two', 0.2, null],
    ]);
    await server.stop();
  });
});
