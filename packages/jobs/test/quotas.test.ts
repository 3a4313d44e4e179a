import {
  dataEngineService,
  jobsService,
  quotaService,
  systemContext,
  type JobsService,
} from '@objectos/spec/contracts';
import { createTestKernel, emptyPostgres, findPostgres } from '@objectos/testing';
import { createNodeCarrier } from '@objectos/kernel/node';
import { objectqlPlugin } from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it, onTestFinished } from 'vitest';
import { jobsPlugin } from '../src/index.js';

const acme = systemContext('test', { tenantId: 'acme' });
const postgres = await findPostgres();

async function start(name: string, jobsPerDay: number) {
  let url = 'sqlite::memory:';
  if (name === 'PostgreSQL' && postgres !== undefined) {
    const place = await emptyPostgres(postgres);
    onTestFinished(() => place.drop());
    url = place.url;
  }
  const carrier = createNodeCarrier();
  const engine = objectqlPlugin({
    driver: new SqlDriver({ url }),
    carrier,
    quotas: { jobsPerDay },
    applicationFiles: async () => [
      { file: 'objects/note.object.yml', text: 'fields: { text: { type: text } }' },
    ],
  });
  const kernel = await createTestKernel({
    carrier,
    plugins: [engine, jobsPlugin],
    config: { '@objectos/jobs': { run: false } },
  });
  return { kernel, jobs: kernel.service(jobsService) };
}

const total = async (jobs: JobsService) => (await jobs.list({ tenantId: 'acme' })).length;

describe.each(postgres === undefined ? ['SQLite'] : ['SQLite', 'PostgreSQL'])(
  'jobs of a day on %s',
  (name) => {
    it('of 20 at once as many as the organization has, one by one and in bulk', async () => {
      const { kernel, jobs } = await start(name, 12);
      const settled = await Promise.allSettled(
        Array.from({ length: 20 }, () => jobs.enqueueMany('mail', [{}, {}], acme)),
      );
      expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(6);
      expect(await total(jobs)).toBe(12);
      await expect(jobs.enqueue('mail', {}, acme)).rejects.toMatchObject({
        code: 'daily_quota_exceeded',
        details: { quota: 'jobsPerDay', limit: 12, used: 12 },
      });
      const flow = { job: 'mail', payload: {}, children: [{ job: 'mail', payload: {} }] };
      await expect(jobs.enqueueFlow(flow, acme)).rejects.toMatchObject({
        code: 'daily_quota_exceeded',
      });
      expect(await total(jobs)).toBe(12);
      await jobs.enqueue('mail', {}, systemContext('test'));
      await kernel.service(quotaService).setLimit('acme', 'jobsPerDay', 13, systemContext('test'));
      await jobs.enqueue('mail', {}, acme);
    });

    it('counts only what is new and committed', async () => {
      const { kernel, jobs } = await start(name, 2);
      const once = { unique: { key: 'k' } };
      for (let count = 0; count < 3; count += 1) await jobs.enqueue('mail', {}, acme, once);
      const engine = kernel.service(dataEngineService);
      const undone = engine.transaction(acme, async (ctx) => {
        await jobs.enqueue('mail', {}, ctx);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      await jobs.enqueue('mail', {}, acme);
      await expect(jobs.enqueue('mail', {}, acme)).rejects.toMatchObject({ status: 429 });
    });
  },
);
