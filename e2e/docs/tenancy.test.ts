import { main } from '@objectos/cli';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { codeBlocks } from './markdown.js';
import { serveCrm } from './serve-crm.js';

const run = promisify(execFile);
const blocks = codeBlocks('docs/guide/tenancy.md');

interface Answer {
  readonly code?: string;
  readonly token?: string;
  readonly id?: string;
  readonly data?: { readonly quotas?: readonly object[] };
}

test('the quotas of the guide to tenancy are a configuration', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'objectos-guide-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const text = blocks.find(({ language }) => language === 'yml')?.text ?? '';
  await writeFile(join(folder, 'objectos.config.yml'), text);
  let [out, err] = ['', ''];
  const io = {
    stdout: { write: (part: string) => (out += part) },
    stderr: { write: (part: string) => (err += part) },
    environment: {},
    signal: new AbortController().signal,
  };
  expect([await main(['config', 'print', folder, '--json'], io), err]).toEqual([0, '']);
  expect(JSON.parse(out)).toMatchObject({
    quotas: { value: { records: 100_000, jobsPerDay: 50_000 } },
  });
});

test('the commands of the guide to tenancy do what it says', { timeout: 180_000 }, async () => {
  const { url, token, finish } = await serveCrm();
  onTestFinished(finish);
  const post = async (path: string, body: object, bearer?: string) => {
    const headers = {
      'content-type': 'application/json',
      origin: url,
      ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
    };
    const answer = await fetch(url + path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await answer.json()) as Answer;
  };
  const account = { email: 'ada@example.com', password: 'four random words here' };
  await post('/setup', { token, name: 'Ada', ...account });
  const { token: ADA = '' } = await post('/api/auth/sign-in/email', account);
  const made = { name: 'Acme', slug: 'acme' };
  const { id: ORG = '' } = await post('/api/auth/organization/create', made, ADA);
  const scripts = blocks.filter(({ text }) => text.startsWith('# example: tenancy'));
  const send = async ({ text }: { readonly text: string }) => {
    const script = text.replaceAll('http://127.0.0.1:3000', url);
    const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, ADA, ORG } });
    return JSON.parse(stdout) as Answer;
  };
  const [setQuota, lookInto] = scripts;
  if (setQuota === undefined || lookInto === undefined) throw new Error('the guide has no example');
  // Who makes an organization works in it: from there, neither is possible.
  expect((await send(setQuota)).code).toBe('permission_denied');
  expect((await send(lookInto)).code).toBe('elevation_refused');
  await post('/api/data/account', { name: 'Seen from outside' }, ADA);
  await post('/api/auth/organization/set-active', { organizationId: null }, ADA);
  expect((await send(setQuota)).data?.quotas).toMatchObject([
    { quota: 'records', limit: 1000, own: true },
    {},
    { quota: 'apiCallsPerDay', limit: null, own: true },
    {},
  ]);
  expect(JSON.stringify(await send(lookInto))).toContain('Seen from outside');
});
