import { bundleProgram } from '@objectos/testing';
import { outboundPlugin } from '@objectos/outbound';
import { jobsService } from '@objectos/spec/contracts';
import { databaseService } from '@objectql/core/plugin';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from 'vitest';
import { writeTable } from './crash-table.js';
import { serve } from './servers.js';
import { call, dealWon, principal, start, temporaryFolder } from './support.js';

const KILLS = 8;

it('delivers each committed event at least once, and none that was undone, over kills of the process', async () => {
  const folder = await temporaryFolder();
  const program = await bundleProgram({
    entry: new URL('crash-worker.ts', import.meta.url),
    outfile: path.join(folder, 'worker.mjs'),
    stay: ['pg'],
  });
  const file = path.join(folder, 'crash.sqlite');
  const receiver = await serve((_request, response) => response.end());
  const settings = {
    '@objectos/outbound': { allow: ['127.0.0.1'] },
    '@objectos/jobs': { pollInterval: 20, lease: 300 },
  };
  // Kernels of tests keep nothing for the next one, a secret that was made included.
  const own = { secret: 'a-secret-of-tests-0123456789abcdefghijkl' };
  const setup = { url: `sqlite:${file}`, plugins: [outboundPlugin], settings, config: own };
  const before = await start(setup);
  const body = { url: receiver.url, label: 'all' };
  const as = principal('manager', 'acme');
  await call(before.routes, { method: 'POST', path: '/api/notifications/endpoints', body, as });
  await before.kernel.stop();

  const config = JSON.stringify({
    ...settings,
    '@objectos/notification': { topics: [dealWon], ...own },
  });
  for (let round = 0; round < KILLS; round += 1) {
    const child = spawn(process.execPath, [program, file, config], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), 100 + round * 30));
    expect(await new Promise((resolve) => child.on('close', (_, signal) => resolve(signal)))).toBe(
      'SIGKILL',
    );
  }

  const { kernel, service } = await start(setup);
  const rows = await kernel
    .service(databaseService)
    .reader.find({ table: writeTable, columns: ['id'] });
  const committed = rows.map((row) => row['id'] as string).sort();
  expect(committed.length).toBeGreaterThanOrEqual(KILLS);
  const posts = () => receiver.received.filter(({ method }) => method === 'POST');
  const heard = () =>
    [
      ...new Set(
        posts().map((one) => (JSON.parse(one.body.toString()) as { data: { id: string } }).data.id),
      ),
    ].sort();
  await expect
    .poll(() => heard().length, { timeout: 60_000 })
    .toBeGreaterThanOrEqual(committed.length);
  expect(heard()).toEqual(committed);
  // What came twice came under the same id, so that a receiver knows it again.
  expect(new Set(posts().map(({ headers }) => headers['webhook-id'])).size).toBe(committed.length);
  expect(await service.deliveries({ state: 'failed' })).toEqual([]);
  expect(await kernel.service(jobsService).list({ state: 'dead' })).toEqual([]);
}, 240_000);
