import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withApplication } from '../src/headless.js';
import { main } from '../src/main.js';

let folder: string;
let output: string;
let errors: string;
let database: string;

const key = (seed: number) => createHash('sha256').update(`key ${seed}`).digest('base64');
const io = (keys?: string) => ({
  stdout: { write: (text: string) => (output += text) },
  stderr: { write: (text: string) => (errors += text) },
  environment: keys === undefined ? {} : { OBJECTOS_ENCRYPTION_KEYS: keys },
});

beforeEach(() => {
  output = '';
  errors = '';
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-secrets-'));
  database = `sqlite:${path.join(folder, 'test.sqlite')}`;
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(
    path.join(folder, 'objects/endpoint.object.yml'),
    'fields:\n  token: { type: secret, encrypted: true }\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('encrypts anew with the key of the configuration, and shows no key', async () => {
  const ctx = systemContext('test', { secrets: true });
  const old = io(`a:${key(1)}`);
  await withApplication(folder, { database }, old, ({ kernel }) =>
    kernel
      .service(dataEngineService)
      .insert('endpoint', { id: 'e1', token: 't' }, ctx, { acceptId: true }),
  );
  const command = ['secrets', 'rotate', folder, '--database', database];
  expect(await main(command, io())).toBe(1);
  expect(errors).toContain('OBJECTOS_ENCRYPTION_KEYS');
  const both = io(`b:${key(2)},a:${key(1)}`);
  expect(await main(command, both)).toBe(0);
  expect(output).toContain('endpoint.token: 1 checked, 1 encrypted anew\n');
  output = '';
  expect(await main([...command, '--json'], both)).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ rotated: 0, failed: 0 });
  const token = await withApplication(folder, { database }, io(`b:${key(2)}`), async ({ kernel }) =>
    kernel.service(dataEngineService).get('endpoint', 'e1', ctx),
  );
  expect(token).toMatchObject({ token: 't' });
  output = '';
  expect(await main(command, io(`c:${key(3)}`))).toBe(1);
  expect(output).toContain('1 cannot be opened');
  output = '';
  await main(['config', 'print', folder], both);
  expect(output).toContain('encryptionKeys');
  expect(output).not.toContain(key(1));
});
