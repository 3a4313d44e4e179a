import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { root } from '../support/server.js';
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
  await seeWhatRunsBehindIt(url);
  await finish();
  const answers = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(answers.map(({ code = 'ok' }) => code)).toEqual([
    ...['ok', 'ok', 'ok', 'ok', 'validation_error'],
    ...['ok', 'ok', 'unknown_field', 'permission_denied', 'ok', 'unauthenticated'],
  ]);
  expect(answers[1]).toMatchObject({
    data: { records: [{ account: { name: expect.any(String) } }, {}, {}] },
  });
  expect(JSON.stringify(answers[6])).not.toContain('annual_revenue');
  expect(answers[8]?.['message']).toContain('opportunity');
  expect(JSON.stringify(answers[9])).toContain('"smallestGrant"');
});

/** The second block of the README: languages, mail by a job, health, metrics. */
async function seeWhatRunsBehindIt(url: string): Promise<void> {
  const signedIn = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: 'four random words here' }),
  });
  const { token } = (await signedIn.json()) as { token: string };
  const block = codeBlocks('README.md').find(({ text }) => text.startsWith('# example: behind-it'));
  const script = (block?.text ?? '').replaceAll('http://127.0.0.1:3000', url);
  // The mail is sent in the background: a reader takes longer to type than that.
  const patient = script.replace(/^cat (\S+)$/m, 'until cat $1 2>/dev/null; do sleep 0.2; done');
  const env = { ...process.env, ADA: token };
  const { stdout } = await run('bash', ['-c', patient], { env, cwd: root });
  expect(stdout).toContain('"label":"Kontakt"');
  expect(stdout).toContain('"name":"notification.mail"');
  expect(stdout).toMatch(/^To: .*ada@example\.com/m);
  expect(stdout).toContain('{"plugin":"@objectos/permissions","critical":true,"status":"up"}');
  expect(stdout).toMatch(
    /^http_requests_total\{method="POST",route="\/api\/data\/:object",status="201"\} 1$/m,
  );
}
