import { cachePlugin } from '@objectos/cache';
import { jobsPlugin } from '@objectos/jobs';
import { metricsPlugin } from '@objectos/metrics';
import { serverPlugin } from '@objectos/plugin-server';
import {
  cacheService,
  httpServerService,
  jobsService,
  systemContext,
} from '@objectos/spec/contracts';
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { bootApplication, exampleFolder } from '../examples/boot-application.js';

it('measures requests by route, operations by object, jobs and the cache', async () => {
  const kernel = await bootApplication({
    folder: exampleFolder('minimal'),
    plugins: [
      { plugin: serverPlugin, config: { port: 0 } },
      metricsPlugin,
      jobsPlugin,
      cachePlugin,
    ],
  });
  const { url, startupToken } = kernel.service(httpServerService);
  const get = (path: string, token = startupToken) =>
    fetch(url + path, { headers: { authorization: `Bearer ${token ?? ''}` } });
  const metadata = (await (await get('/api/metadata/object')).json()) as {
    items: { name: string }[];
  };
  const object =
    metadata.items.map(({ name }) => name).find((name) => !name.startsWith('sys_')) ?? '';
  await get(`/api/data/${object}`);
  await get(`/api/data/${object}/no-such-record`);
  await get('/api/nothing/here?secret=canary');
  await kernel
    .service(jobsService)
    .enqueue('later', {}, systemContext('test'), { delay: 1_000_000 });
  await kernel.service(cacheService).open({ owner: 'test', tenantId: 'canary-tenant' }).set('a', 1);

  expect((await fetch(`${url}/metrics`)).status).toBe(401);
  const answer = await get('/metrics');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
  const text = await answer.text();
  const line = (part: string) => text.split('\n').find((one) => one.startsWith(part));
  expect(line('http_requests_total{method="GET",route="/api/data/:object",status="200"}')).toMatch(
    / 1$/,
  );
  expect(line('http_requests_total{method="GET",route="unmatched",status="404"}')).toMatch(/ 1$/);
  expect(
    line(`objectos_operations_total{object="${object}",operation="read",outcome="ok"}`),
  ).toMatch(/ 1$/);
  expect(
    line(
      `objectos_operations_total{object="${object}",operation="read",outcome="record_not_found"}`,
    ),
  ).toMatch(/ 1$/);
  expect(line('objectos_jobs{queue="default",state="scheduled"}')).toMatch(/ 1$/);
  expect(line('objectos_cache_entries')).toMatch(/ 1$/);
  expect(line('process_resident_memory_bytes')).toBeDefined();
  expect(text).not.toContain('canary');
  checkWithPromtool(text);
});

/** The judgement of Prometheus itself, where its tool is installed (Debian: prometheus). */
function checkWithPromtool(text: string): void {
  const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
  });
  if (error !== undefined) {
    console.warn('SKIPPED: promtool is not installed, so it did not check /metrics.');
    return;
  }
  expect(`${stdout.toString()}${stderr.toString()}`).toBe('');
  expect(status).toBe(0);
}
