import { jobOutcome } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { removeEnded } from '../../src/retention.js';
import { ctx, type World } from './world.js';

/** What is removed, and when. */
export function retentionSuite(world: World): void {
  const { started, reaches } = world;

  it('removes what ended when its time is over', async () => {
    let time = Date.now();
    const jobs = await started({ retention: { completed: 1_000, dead: 10_000_000 } }, () => time);
    jobs.handle('ok', () => 1);
    jobs.handle('bad', () => jobOutcome.discard('x'));
    const ok = await jobs.enqueue('ok', {}, ctx);
    const bad = await jobs.enqueue('bad', {}, ctx);
    await reaches(jobs, ok.id, 'completed');
    await reaches(jobs, bad.id, 'dead');
    time += 100_000;
    await expect.poll(() => jobs.get(ok.id), { timeout: 5_000 }).toBeUndefined();
    expect((await jobs.get(bad.id))?.state).toBe('dead');
  });

  it('removes all that is over, however much it is', async () => {
    let time = Date.now();
    const config = { retention: { completed: 1_000, cancelled: 60_000 }, pollInterval: 600_000 };
    const jobs = await started(
      { ...config, queues: { default: { concurrency: 1_000 } } },
      () => time,
    );
    jobs.handle('ok', () => null);
    const ids = await jobs.enqueueMany('ok', Array<null>(1_200).fill(null), ctx);
    const [gone] = await jobs.enqueueMany('stays', [null], ctx);
    await jobs.cancel(gone!);
    await reaches(jobs, ids.at(-1)!, 'completed');
    const left = async () => {
      const [queue] = await jobs.statistics();
      return [queue?.counts.completed, queue?.counts.cancelled];
    };
    await expect.poll(left, { timeout: 20_000 }).toEqual([1_200, 1]);
    time += 100_000;
    const retention = { completed: 1_000, cancelled: 60_000, dead: 0 };
    const one = await removeEnded({
      database: world.database,
      ctx,
      retention,
      now: time,
      batches: 1,
    });
    expect(one).toEqual({ removed: 500, isAll: false });
    expect(await left()).toEqual([700, 1]);
    await jobs.maintain();
    expect(await left()).toEqual([undefined, undefined]);
  });

  it('keeps a child as long as its parent, and forgets it afterwards', async () => {
    let time = Date.now();
    const retention = { completed: 1_000, dead: 50_000 };
    const jobs = await started({ retention, pollInterval: 600_000 }, () => time);
    jobs.handle('part', () => 'result');
    jobs.handle('whole', (run) => run.childResults());
    const root = await jobs.enqueueFlow(
      {
        job: 'whole',
        payload: null,
        children: [
          { job: 'part', payload: null },
          { job: 'part', payload: null, options: { delay: 30_000 } },
        ],
      },
      ctx,
    );
    const states = async () =>
      (await jobs.list({ parentId: root })).map(({ state }) => state).sort();
    await expect.poll(states).toEqual(['completed', 'scheduled']);
    time += 100_000;
    await jobs.maintain();
    expect(await states()).toEqual(['available', 'completed']);
    await jobs.resume('default');
    await reaches(jobs, root, 'completed');
    expect(Object.values((await jobs.get(root))!.result as object)).toEqual(['result', 'result']);
    time += 100_000;
    await jobs.maintain();
    time += 100_000;
    await jobs.maintain();
    expect(await jobs.list({})).toEqual([]);
  });
}
