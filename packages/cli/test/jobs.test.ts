import { jobsService, systemContext } from '@objectos/spec/contracts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../src/index.js';
import { boot } from '../src/commands/start.js';

const minimal = fileURLToPath(new URL('../../../examples/minimal', import.meta.url));

/** A terminal of a test, on a database of its own. */
function terminal() {
  const folder = mkdtempSync(path.join(tmpdir(), 'objectos-jobs-cli-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const written = { out: '', err: '' };
  const io = {
    stdout: { write: (text: string) => ((written.out += text), true) },
    stderr: { write: (text: string) => ((written.err += text), true) },
    environment: {
      DATABASE_URL: `sqlite:${path.join(folder, 'data.sqlite')}`,
      OBJECTOS_SECURITY: 'startup-token',
      PORT: '0',
    },
  };
  const run = async (...words: string[]) => {
    written.out = '';
    written.err = '';
    return { code: await main(words, io as never), ...written };
  };
  const json = async (...words: string[]) => {
    const { code, out } = await run(...words, minimal, '--json');
    return { code, ...(JSON.parse(out) as Record<string, unknown>) };
  };
  return { run, json, io };
}

it('lists, retries, pauses and replays jobs', async () => {
  const { run, json, io } = terminal();
  expect(await run('jobs', 'list', minimal)).toMatchObject({
    code: 0,
    out: 'There are no jobs.\n',
  });
  expect(await run('failures', 'list', minimal)).toMatchObject({
    code: 0,
    out: 'There are none.\n',
  });

  const { kernel } = await boot(minimal, { options: {}, io: io as never, environment: 'dev' });
  const jobs = kernel.service(jobsService);
  jobs.handle('bill', () => {
    throw new Error('no \u001b[31maddress');
  });
  const once = { maxAttempts: 1 };
  const { id } = await jobs.enqueue('bill', { n: 1 }, systemContext('test'), once);
  await jobs.enqueue('bill', { n: 2 }, systemContext('test'), once);
  await expect.poll(async () => (await jobs.list({ state: 'dead' })).length).toBe(2);
  await kernel.stop();

  const listed = await run('jobs', 'list', minimal, '--state', 'dead');
  expect(listed.code).toBe(0);
  expect(listed.out).toMatch(/^id +name +state +tries +created +error\n/);
  expect(listed.out).toContain(id);
  expect(listed.out).not.toContain('\u001b');
  expect((await run('jobs', 'list', minimal)).out).toMatch(/default +running +2 dead/);
  expect(await json('jobs', 'list', '--limit', '1')).toMatchObject({
    jobs: [{ name: 'bill' }],
    queues: [{}],
  });

  expect((await run('jobs', 'pause', 'default', minimal)).out).toBe('default is paused.\n');
  expect(await json('jobs', 'list')).toMatchObject({
    queues: [{ queue: 'default', paused: true }],
  });
  expect(await json('jobs', 'resume', 'default')).toMatchObject({ state: 'running' });

  const failures = await json('failures', 'list', '--source', 'jobs');
  expect(failures).toMatchObject({
    code: 1,
    groups: [{ source: 'jobs', title: 'bill', count: 2 }],
  });
  expect((await run('failures', 'list', minimal)).out).toMatch(/\n[0-9a-f]{16} +2 +jobs +bill/);
  expect((await run('jobs', 'retry', id, minimal, '--payload', '{"n":3}')).out).toBe(
    `${id} is available.\n`,
  );
  expect(await run('jobs', 'retry', 'nothing', minimal)).toMatchObject({
    code: 1,
    err: expect.stringContaining('There is no job "nothing"') as string,
  });
  expect(await run('jobs', 'retry', id, minimal, '--payload', '{')).toMatchObject({ code: 1 });

  const [{ fingerprint }] = (await json('failures', 'list'))['groups' as never] as [
    { fingerprint: string },
  ];
  expect(await run('failures', 'replay', fingerprint, minimal, '--payload', '{}')).toMatchObject({
    code: 1,
  });
  expect((await run('failures', 'replay', fingerprint, minimal)).out).toContain(
    '1 replayed, 0 refused',
  );
  expect(await json('failures', 'list')).toMatchObject({ code: 0, groups: [] });
  expect(await run('failures', 'replay', `jobs/${id}`, minimal)).toMatchObject({ code: 1 });
});
