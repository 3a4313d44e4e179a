import { jobOutcome, systemContext } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { ctx, type World } from './world.js';

/** Which job runs when, and which does not: times, priorities, uniqueness, pauses, limits of groups. */
export function orderSuite(world: World): void {
  const { node, started, reaches } = world;

  it('waits for its time, and snoozes without using an attempt', async () => {
    const jobs = await started();
    let runs = 0;
    jobs.handle('later', () => ((runs += 1) < 3 ? jobOutcome.snooze(5) : 'done'));
    const far = await jobs.enqueue('later', {}, ctx, { delay: 3_600_000 });
    const { id } = await jobs.enqueue('later', {}, ctx, { delay: 20 });
    await reaches(jobs, id, 'completed');
    expect(await jobs.get(id)).toMatchObject({ attempt: 1 });
    expect((await jobs.get(far.id))?.state).toBe('scheduled');
  });

  it('runs by priority, and lets nothing starve', async () => {
    let time = Date.parse('2026-01-01T00:00:00Z');
    const jobs = await node({ queues: { default: { concurrency: 1 } } }, () => time);
    const order: string[] = [];
    await jobs.enqueue('p', 'last', ctx, { priority: 9 });
    await jobs.enqueue('p', 'first', ctx, { priority: 0 });
    await jobs.enqueue('p', 'second', ctx, { priority: 0 });
    time += 10 * 60_000;
    await jobs.enqueue('p', 'fresh', ctx, { priority: 0 });
    jobs.handle('p', ({ payload }) => void order.push(payload as string));
    jobs.start();
    await expect.poll(() => order.length).toBe(4);
    expect(order).toEqual(['first', 'second', 'last', 'fresh']);
  });

  it('keeps a unique job from being there twice', async () => {
    const jobs = await node();
    const unique = { unique: { key: 'k' } };
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => jobs.enqueue('u', { index }, ctx, unique)),
    );
    expect(new Set(all.map(({ id }) => id)).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
    const other = systemContext('test', { tenantId: 'other' });
    expect((await jobs.enqueue('u', {}, other, unique)).created).toBe(true);

    const replaced = { unique: { key: 'k', onConflict: 'replace' as const }, priority: 1 };
    await jobs.enqueue('u', { index: 'new' }, ctx, replaced);
    expect(await jobs.get(all[0]!.id)).toMatchObject({ payload: { index: 'new' }, priority: 1 });

    jobs.handle('u', () => null);
    jobs.start();
    await reaches(jobs, all[0]!.id, 'completed');
    expect((await jobs.enqueue('u', {}, ctx, unique)).created, 'the first one ended').toBe(true);
  });

  it('keeps a unique job for its period, also when it ended', async () => {
    let time = Date.now();
    const jobs = await started({}, () => time);
    jobs.handle('u', () => null);
    const options = { unique: { key: 'daily', period: 60_000 } };
    const { id } = await jobs.enqueue('u', {}, ctx, options);
    await reaches(jobs, id, 'completed');
    expect(await jobs.enqueue('u', {}, ctx, options)).toEqual({ id, created: false });
    time += 60_001;
    expect((await jobs.enqueue('u', {}, ctx, options)).created).toBe(true);
  });

  it('refuses a second one for the whole period of a unique job, longer than it is kept', async () => {
    let time = Date.now();
    const jobs = await started({ retention: { completed: 0 } }, () => time);
    jobs.handle('once', () => null);
    const enqueue = () =>
      jobs.enqueue('once', {}, ctx, { unique: { key: 'k', period: 3_600_000 } });
    const first = await enqueue();
    await reaches(jobs, first.id, 'completed');
    time += 120_000;
    await jobs.maintain();
    expect(await enqueue()).toEqual({ id: first.id, created: false });
    time += 3_600_000;
    await jobs.maintain();
    expect(await jobs.get(first.id)).toBeUndefined();
    expect((await enqueue()).created).toBe(true);
  });

  it('pauses and resumes a queue, and cancels', async () => {
    const jobs = await started();
    let runs = 0;
    jobs.handle('q', () => (runs += 1));
    await jobs.pause('mail');
    const { id } = await jobs.enqueue('q', {}, ctx, { queue: 'mail' });
    const gone = await jobs.enqueue('q', {}, ctx, { queue: 'mail' });
    await jobs.cancel(gone.id, 'not needed');
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(runs).toBe(0);
    const [statistics] = (await jobs.statistics()).filter(({ queue }) => queue === 'mail');
    expect(statistics).toMatchObject({ paused: true, counts: { available: 1, cancelled: 1 } });
    await jobs.resume('mail');
    await reaches(jobs, id, 'completed');
    expect(runs).toBe(1);
    await expect(jobs.cancel(id)).rejects.toMatchObject({ code: 'job_state_conflict' });
  });

  it('starts no more of a group than each of its limits allows', async () => {
    const limits = {
      concurrency: 50,
      groupConcurrency: 2,
      groupRate: { max: 5, per: 3_600_000 },
    };
    const jobs = await started({ queues: { default: limits } });
    let [runs, most, active] = [0, 0, 0];
    jobs.handle('limited', async () => {
      runs += 1;
      most = Math.max(most, (active += 1));
      await new Promise((resolve) => setTimeout(resolve, 5));
      active -= 1;
    });
    await jobs.enqueueMany('limited', Array<null>(20).fill(null), ctx, { group: 'g' });
    await jobs.enqueueMany('limited', Array<null>(3).fill(null), ctx);
    await expect.poll(() => runs, { timeout: 10_000 }).toBe(8);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect([runs, most <= 5]).toEqual([8, true]);
  });

  it('keeps the limits of groups over all workers', async () => {
    const config = {
      queues: { default: { concurrency: 20, groupConcurrency: 2 } },
    };
    const nodes = [await started(config), await started(config)];
    const running = new Map<string, number>();
    let most = 0;
    const handler = async ({ payload }: { payload: unknown }) => {
      const group = payload as string;
      running.set(group, (running.get(group) ?? 0) + 1);
      most = Math.max(most, running.get(group)!);
      await new Promise((resolve) => setTimeout(resolve, 10));
      running.set(group, running.get(group)! - 1);
    };
    for (const jobs of nodes) jobs.handle('limited', handler);
    for (const group of ['a', 'b']) {
      await nodes[0]!.enqueueMany('limited', Array<string>(8).fill(group), ctx, { group });
    }
    await expect
      .poll(async () => (await nodes[0]!.list({ state: 'completed' })).length, {
        timeout: 15_000,
      })
      .toBe(16);
    expect(most).toBe(2);
  });
}
