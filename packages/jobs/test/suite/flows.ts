import { jobOutcome } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { ctx, type World } from './world.js';

/** Jobs that come of others, and of schedules. */
export function flowsSuite(world: World): void {
  const { node, started, reaches } = world;

  it('runs a parent after its children, with their results', async () => {
    const jobs = await started();
    let results: unknown;
    jobs.handle('child', ({ payload }) => (payload as number) * 2);
    jobs.handle('parent', async (run) => {
      results = Object.values(await run.childResults()).sort();
    });
    const children = [1, 2, 3].map((payload) => ({ job: 'child', payload }));
    const id = await jobs.enqueueFlow({ job: 'parent', payload: null, children }, ctx);
    await reaches(jobs, id, 'completed');
    expect(results).toEqual([2, 4, 6]);
  });

  it('lets a failing child fail, be ignored, or cancel its siblings; and heals by a retry', async () => {
    const jobs = await started();
    let broken = true;
    jobs.handle('bad', () => (broken ? jobOutcome.discard('broken') : 'well'));
    jobs.handle('good', () => 'good');
    const flow = (onChildFailure: 'fail' | 'ignore' | 'cancelSiblings') => ({
      job: 'good',
      payload: onChildFailure,
      onChildFailure,
      children: [
        { job: 'bad', payload: null },
        { job: 'good', payload: null, options: { delay: 3_600_000 } },
      ],
    });
    const failing = await jobs.enqueueFlow(flow('fail'), ctx);
    await reaches(jobs, failing, 'dead');
    expect((await jobs.get(failing))?.error?.code).toBe('job_child_failed');
    const cancelling = await jobs.enqueueFlow(flow('cancelSiblings'), ctx);
    await reaches(jobs, cancelling, 'dead');
    const states = (await jobs.list({ parentId: cancelling })).map(({ state }) => state).sort();
    expect(states).toEqual(['cancelled', 'dead']);
    const ignoring = await jobs.enqueueFlow(
      { ...flow('ignore'), children: [{ job: 'bad', payload: null }] },
      ctx,
    );
    await reaches(jobs, ignoring, 'completed');

    broken = false;
    const one = await jobs.list({ parentId: failing, state: 'dead' });
    await jobs.retry(one[0]!.id);
    await reaches(jobs, failing, 'blocked');
  });

  it('enqueues each time of a schedule once over all nodes, and catches up as told', async () => {
    let time = Date.parse('2026-01-01T00:00:30Z');
    const nodes = [await node({}, () => time), await node({}, () => time)];
    const catchUps = ['none', 'last', 'all'] as const;
    for (const jobs of nodes) {
      for (const catchUp of catchUps) {
        await jobs.schedule({
          name: catchUp,
          job: catchUp,
          cron: '* * * * *',
          catchUp,
          overlap: 'allow',
        });
      }
    }
    const tick = () => Promise.all(nodes.map((jobs) => jobs.maintain()));
    const counts = async () =>
      Promise.all(catchUps.map(async (name) => (await nodes[0]!.list({ name })).length));
    await tick();
    expect(await counts()).toEqual([0, 0, 0]);
    time = Date.parse('2026-01-01T00:01:00Z');
    await tick();
    await tick();
    expect(await counts()).toEqual([1, 1, 1]);
    time = Date.parse('2026-01-01T00:05:10Z');
    await tick();
    expect(await counts()).toEqual([1, 2, 5]);
    time = Date.parse('2025-12-31T00:00:00Z');
    await tick();
    expect(await counts(), 'a clock that is set back repeats nothing').toEqual([1, 2, 5]);
    const [job] = await nodes[0]!.list({ name: 'last' });
    expect(job?.runAt).toBe('2026-01-01T00:05:00.000Z');
  });

  it('lets a time pass while the job of the one before runs', async () => {
    let time = Date.parse('2026-01-01T00:00:30Z');
    const jobs = await node({}, () => time);
    await jobs.schedule({ name: 's', job: 's', cron: '* * * * *' });
    for (let minute = 1; minute <= 3; minute += 1) {
      time = Date.parse(`2026-01-01T00:0${minute}:00Z`);
      await jobs.maintain();
    }
    expect(await jobs.list({ name: 's' })).toHaveLength(1);
  });
}
