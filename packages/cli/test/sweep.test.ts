import { authPlugin } from '@objectos/auth';
import { jobsPlugin } from '@objectos/jobs';
import { dataEngineService, jobsService, systemContext } from '@objectos/spec/contracts';
import { createTestKernel } from '@objectos/testing';
import { readPluginFiles } from '@objectql/core/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { expect, it } from 'vitest';

const system = systemContext('test', { secrets: true });

it('users are compared with their directories by a job', async () => {
  const corp = {
    kind: 'ldap',
    urls: ['ldaps://localhost:1'],
    bindDn: 'cn=reader',
    bindPassword: 'x',
    base: 'dc=corp,dc=example',
  };
  const kernel = await createTestKernel({
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({ url: 'sqlite::memory:' }),
        pluginFiles: readPluginFiles,
      }),
      jobsPlugin,
      authPlugin,
    ],
    config: { '@objectos/auth': { requireSecret: false, providers: { corp } } },
  });
  const jobs = kernel.service(jobsService);
  const { id } = await jobs.enqueue('auth.directories', {}, system);
  await expect.poll(async () => (await jobs.get(id))?.state).toBe('completed');
  // Nobody came from there yet, so it is not asked.
  expect((await jobs.get(id))?.result).toEqual({ seen: 0, disabled: 0 });
});

it('what has expired of sign-in is removed by a job, and nothing else', async () => {
  const kernel = await createTestKernel({
    plugins: [
      objectqlPlugin({
        driver: new SqlDriver({ url: 'sqlite::memory:' }),
        pluginFiles: readPluginFiles,
      }),
      jobsPlugin,
      authPlugin,
    ],
    config: { '@objectos/auth': { requireSecret: false } },
  });
  const engine = kernel.service(dataEngineService);
  const ann = await engine.insert('user', { name: 'Ann', email: 'ann@example.com' }, system);
  const at = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
  const session = (token: string, days: number) => ({
    user_id: ann['id'],
    token,
    expires_at: at(days),
  });
  await engine.insert('session', session('lasting', 1), system);
  for (let one = 0; one < 3; one += 1) {
    await engine.insert('session', session(`old ${one}`, -1 - one), system);
  }
  const tokens = [
    { identifier: 'a', value: '1', expires_at: at(-1) },
    { identifier: 'b', value: '2', expires_at: at(1) },
  ];
  await engine.insertMany('user_verification', tokens, system);

  const jobs = kernel.service(jobsService);
  const { id } = await jobs.enqueue('auth.sweep', {}, system);
  await expect.poll(async () => (await jobs.get(id))?.state).toBe('completed');
  expect((await jobs.get(id))?.result).toEqual({
    session: 3,
    user_verification: 1,
    failedAttempts: 0,
  });
  const left = await engine.find('session', {}, system);
  expect(left.records.map((record) => record['token'])).toEqual(['lasting']);
  expect(await engine.count('user_verification', {}, system)).toBe(1);
});
