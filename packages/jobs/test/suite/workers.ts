import { silentLogger } from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { expect, it } from 'vitest';
import { createJobsService, jobsConfigSchema } from '../../src/index.js';
import { ctx, type World } from './world.js';

/** What happens to jobs when workers hang, die or stop. */
export function workersSuite(world: World): void {
  const { started, reaches } = world;

  it('tells a running job that it was cancelled, or took too long', async () => {
    const jobs = await started({ lease: 150 });
    const reasons: unknown[] = [];
    jobs.handle(
      'slow',
      ({ signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            reasons.push((signal.reason as Error).message);
            reject(signal.reason as Error);
          });
        }),
    );
    const cancelled = await jobs.enqueue('slow', {}, ctx);
    await reaches(jobs, cancelled.id, 'active');
    await jobs.cancel(cancelled.id, 'stop it');
    await expect.poll(() => reasons).toEqual(['stop it']);
    expect((await jobs.get(cancelled.id))?.state).toBe('cancelled');
    const late = await jobs.enqueue('slow', {}, ctx, { timeout: 20, maxAttempts: 1 });
    await reaches(jobs, late.id, 'dead');
    expect((await jobs.get(late.id))?.error?.code).toBe('job_timeout');
  });

  it('takes a job from a dead worker, and refuses what the dead one says later', async () => {
    const dead = await started({ lease: 100 });
    let letGo: (value: string) => void = () => undefined;
    let outcome: unknown;
    dead.handle('work', async (run) => {
      await new Promise((resolve) => (letGo = resolve as typeof letGo));
      outcome = await run
        .completeWith(async () => 'too late')
        .catch((error: unknown) => (error as { code: string }).code);
    });
    const { id } = await dead.enqueue('work', {}, ctx, { backoff: { base: 1, cap: 1 } });
    await reaches(dead, id, 'active');
    // Its signs of life stop, as those of a process that hangs.
    const { database } = world;
    const silent: Database = { ...database };
    database.transaction = () => Promise.reject(new Error('hung'));
    const alive = createJobsService({
      database: silent,
      config: jobsConfigSchema.parse({ pollInterval: 20, lease: 100, ...world.settings }),
      logger: silentLogger,
    });
    world.adopt(alive);
    const stalled: unknown[] = [];
    alive.handle('work', async ({ attempt }) => {
      stalled.push((await alive.get(id))?.error?.code);
      return `attempt ${attempt}`;
    });
    alive.start();
    await reaches(alive, id, 'completed');
    expect(stalled).toEqual(['job_stalled']);
    Object.assign(database, silent);
    expect((await alive.get(id))?.result).toBe('attempt 2');
    letGo('now');
    await expect.poll(() => outcome).toBe('job_lease_lost');
    expect((await alive.get(id))?.result).toBe('attempt 2');
  });

  it('does not take a long job that is alive', async () => {
    const jobs = await started({ lease: 1_500 });
    // Another process, which sees no more of the run than its signs of life.
    await started({ lease: 1_500 });
    let attempts = 0;
    jobs.handle('long', async () => {
      attempts += 1;
      await new Promise((resolve) => setTimeout(resolve, 2_500));
    });
    const { id } = await jobs.enqueue('long', {}, ctx);
    await reaches(jobs, id, 'completed');
    expect(attempts).toBe(1);
  });

  it('gives back what runs when the process stops, and counts it as no attempt', async () => {
    const jobs = await started({ stopGrace: 30 });
    jobs.handle('endless', () => new Promise(() => undefined));
    const { id } = await jobs.enqueue('endless', {}, ctx);
    await reaches(jobs, id, 'active');
    await jobs.stop();
    expect(await jobs.get(id)).toMatchObject({ state: 'available', attempt: 0 });
  });
}
