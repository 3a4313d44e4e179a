import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { codeBlocks } from './markdown.js';
import { serveCrm } from './serve-crm.js';

const run = promisify(execFile);

test('the first run of the README does what it says', { timeout: 180_000 }, async () => {
  const block = codeBlocks('README.md').find(({ text }) => text.startsWith('# example: first-run'));
  const { url, token, finish } = await serveCrm();
  // Each answer on a line of its own, to be told apart.
  const script = (block?.text ?? '')
    .replaceAll('http://127.0.0.1:3000', url)
    .replaceAll(/^curl -s (.*)$/gm, 'curl -s $1; echo');
  const { stdout } = await run('bash', ['-c', script], { env: { ...process.env, SETUP: token } });
  await finish();
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map(({ code = 'ok' }) => code)).toEqual([
    ...['ok', 'ok', 'ok', 'ok', 'validation_error'],
    ...['ok', 'ok', 'unknown_field', 'permission_denied', 'unauthenticated'],
  ]);
  expect(answers[1]).toMatchObject({
    data: { records: [{ account: { name: expect.any(String) } }, {}, {}] },
  });
  expect(JSON.stringify(answers[6])).not.toContain('annual_revenue');
  expect(answers[8]?.['message']).toContain('opportunity');
});
