// Jobs per second and the time from enqueue to start, on SQLite and, with TEST_DATABASE_URL or a
// local server, on PostgreSQL. Build first. Run: `node packages/jobs/bench/throughput.mjs [url]`.
import { createKernel, jobsService, systemContext } from '@objectos/kernel';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { jobsPlugin } from '../dist/index.js';

const JOBS = 20_000;
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-jobs-bench-'));
const url = process.argv[2] ?? `sqlite:${path.join(folder, 'jobs.sqlite')}`;
const kernel = createKernel({
  plugins: [objectqlPlugin({ driver: new SqlDriver({ url }) }), jobsPlugin],
  config: { '@objectos/jobs': { queues: { bulk: { concurrency: 500 } } } },
});
await kernel.boot();
const jobs = kernel.service(jobsService);
const ctx = systemContext('bench');

const begin = performance.now();
for (let index = 0; index < JOBS; index += 1_000) {
  const payloads = Array.from({ length: 1_000 }, (_, at) => ({ index: index + at }));
  await jobs.enqueueMany('noop', payloads, ctx, { queue: 'bulk' });
}
const enqueued = performance.now();
let done = 0;
const finished = new Promise((resolve) =>
  jobs.handle('noop', () => {
    done += 1;
    if (done === JOBS) resolve();
  }),
);
const before = process.cpuUsage();
await jobs.resume('bulk');
await finished;
const worked = performance.now();
const cpu = process.cpuUsage(before);
const perJob = ((cpu.user + cpu.system) / JOBS).toFixed(0);

const waits = [];
jobs.handle('ping', ({ payload }) => void waits.push(performance.now() - payload.at));
for (let index = 0; index < 200; index += 1) {
  await jobs.enqueue('ping', { at: performance.now() }, ctx);
  await new Promise((resolve) => setTimeout(resolve, 5));
}
await new Promise((resolve) => setTimeout(resolve, 500));
waits.sort((a, b) => a - b);
const perSecond = (milliseconds) => Math.round((JOBS / milliseconds) * 1_000);
console.log(
  `${url.split(':')[0]}: enqueue ${perSecond(enqueued - begin)}/s, work ${perSecond(worked - enqueued)}/s (${perJob} us of processor time each), enqueue to start p50 ${waits[100].toFixed(1)} ms p95 ${waits[190].toFixed(1)} ms`,
);
await kernel.stop();
rmSync(folder, { recursive: true, force: true });
