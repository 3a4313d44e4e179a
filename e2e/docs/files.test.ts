import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { codeBlocks } from './markdown.js';
import { serveCrm } from './serve-crm.js';

const run = promisify(execFile);

/** Makes the first administrator, and signs in. */
async function signIn(url: string, token: string): Promise<string> {
  const post = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json', origin: url };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as { readonly token?: string };
  };
  const account = { email: 'ada@example.com', password: 'four random words here' };
  await post('/setup', { token, name: 'Ada', ...account });
  return (await post('/api/auth/sign-in/email', account)).token ?? '';
}

test('the commands of the guide about files do what it says', { timeout: 180_000 }, async () => {
  const block = codeBlocks('docs/guide/files.md').find(({ text }) =>
    text.startsWith('# example: files'),
  );
  const { url, token, finish } = await serveCrm();
  onTestFinished(finish);
  const ADA = await signIn(url, token);
  const cwd = await mkdtemp(join(tmpdir(), 'objectos-guide-'));
  onTestFinished(() => rm(cwd, { recursive: true, force: true }));
  // Each answer on a line of its own, to be told apart.
  const script = (block?.text ?? '')
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll(/^curl -s ((?:(?! > ).)*)$/gm, 'curl -s $1 | tr -d "\\n"; echo');
  const { stdout } = await run('bash', ['-c', script], { cwd, env: { ...process.env, ADA } });
  const [attached, whole, part, signed, ...refused] = stdout.trim().split('\n');
  expect(JSON.parse(attached ?? '')).toMatchObject({
    data: { record: { document: { name: 'signed.pdf', contentType: 'application/pdf' } } },
  });
  expect([whole, part, signed]).toEqual([
    '%PDF-1.7signed by Ada',
    '%PDF-1.7',
    '%PDF-1.7signed by Ada',
  ]);
  expect(refused.map((text) => (JSON.parse(text) as { code: string }).code)).toEqual([
    'file_type_mismatch',
    'file_name_invalid',
    'file_in_use',
    'unauthenticated',
  ]);
});
