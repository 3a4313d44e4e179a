import { defineJob, jobOutcome } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { ctx, type World } from './world.js';

/** Runs of jobs: what they see, keep, and how they fail. */
export function runningSuite(world: World): void {
  const { node, started, reaches } = world;

  it('runs a job with its payload and keeps the result', async () => {
    const jobs = await started();
    const seen: unknown[] = [];
    jobs.handle('greet', async (run) => {
      seen.push([run.payload, run.attempt, run.ctx.principal, run.ctx.requestId]);
      await run.progress(50);
      await run.log('half way');
      return { said: 'hello' };
    });
    const { id, created } = await jobs.enqueue('greet', { to: 'Ada' }, ctx);
    expect(created).toBe(true);
    await reaches(jobs, id, 'completed');
    expect(seen).toEqual([
      [{ to: 'Ada' }, 1, { kind: 'system', id: 'job:greet', tenantId: 'acme' }, 'request-1'],
    ]);
    expect(await jobs.get(id)).toMatchObject({
      result: { said: 'hello' },
      progress: 100,
      actor: 'system:test',
      tenantId: 'acme',
    });
    expect((await jobs.logs(id)).map((line) => line.message)).toEqual(['half way']);
  });

  it('keeps progress in numbers, and a checkpoint that commits with what was written', async () => {
    const jobs = await started();
    const broken = new Error('broken off');
    jobs.handle('long', async (run) => {
      const done = ((await run.checkpoint()) as number | undefined) ?? 0;
      await world.database.transaction(run.ctx, async (_session, inner) => {
        await run.log(`from ${done}`, inner);
        await run.progress(
          { done: done + 30, total: 90, errors: 1 },
          { ctx: inner, checkpoint: done + 30 },
        );
      });
      if (run.attempt === 3) return 'all';
      await world.database.transaction(run.ctx, async (_session, inner) => {
        await run.progress({ done: 89, total: 90, errors: 0 }, { ctx: inner, checkpoint: 89 });
        throw broken;
      });
      return undefined;
    });
    const { id } = await jobs.enqueue('long', {}, ctx, { backoff: { base: 1, cap: 2 } });
    await reaches(jobs, id, 'completed');
    expect((await jobs.logs(id)).map(({ message }) => message)).toEqual([
      'from 0',
      'from 30',
      'from 60',
    ]);
    const job = await jobs.get(id);
    expect(job).toMatchObject({ work: { done: 90, total: 90, errors: 1 }, startedBy: null });
    expect(job!.work!.rate).toBeGreaterThan(0);
    expect(await jobs.list({})).toMatchObject([{ id, work: { done: 90 } }]);
    expect(await jobs.list({ startedBy: 'system:test' })).toEqual([]);
  });

  it('lets nothing be written by a run whose job was taken away', async () => {
    const jobs = await started();
    let told: unknown;
    jobs.handle('lost', async (run) => {
      await jobs.cancel(run.id);
      told = await run.progress({ done: 1, total: 2, errors: 0 }).catch((error: unknown) => error);
    });
    const { id } = await jobs.enqueue('lost', {}, ctx);
    await expect.poll(() => told).toMatchObject({ code: 'job_lease_lost' });
    expect(await jobs.get(id)).toMatchObject({ state: 'cancelled', work: null });
  });

  it('keeps work on behalf of somebody to one by one, and fails it at once as told', async () => {
    const jobs = await started();
    const own = defineJob('own', z.unknown(), { onBehalf: true });
    jobs.handle(own, ({ payload, ctx: acting }) =>
      payload === 'bad' ? jobOutcome.fail(new Error('bad')) : acting.principal,
    );
    const { id } = await jobs.enqueue(own, {}, ctx);
    await reaches(jobs, id, 'completed');
    expect(await jobs.get(id)).toMatchObject({
      startedBy: 'system:test',
      result: { kind: 'system', id: 'test', tenantId: 'acme' },
    });
    const refused = { code: 'job_option_invalid' };
    await expect(jobs.enqueueMany(own, [{}], ctx)).rejects.toMatchObject(refused);
    await expect(jobs.enqueueFlow({ job: own, payload: {} }, ctx)).rejects.toMatchObject(refused);
    const bad = await jobs.enqueue(own, 'bad', ctx);
    await reaches(jobs, bad.id, 'dead');
    expect(await jobs.get(bad.id)).toMatchObject({ attempt: 1, error: { message: 'bad' } });
    const person = {
      kind: 'user',
      id: 'ada',
      tenantId: null,
      roles: [],
      fingerprint: '',
    } as const;
    const nobody = jobs.enqueue(own, {}, { ...ctx, principal: person });
    await expect(nobody).rejects.toMatchObject({ code: 'job_starter_unknown' });
    // As if it came from a process that does not know whose work it is.
    const unsigned = await jobs.enqueue({ name: 'own', schema: z.unknown() }, {}, ctx);
    await reaches(jobs, unsigned.id, 'dead');
    expect((await jobs.get(unsigned.id))?.error).toMatchObject({ code: 'job_starter_unknown' });
    expect(await jobs.list({ startedBy: 'system:test', state: 'dead' })).toMatchObject([
      { id: bad.id },
    ]);
  });

  it('enqueues in the transaction of the caller', async () => {
    const jobs = await started();
    jobs.handle('a', () => null);
    await expect(
      world.database.transaction(ctx, async (_session, inner) => {
        await jobs.enqueue('a', {}, inner);
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(await jobs.list({})).toEqual([]);
    const { id } = await world.database.transaction(ctx, (_session, inner) =>
      jobs.enqueue('a', {}, inner),
    );
    await reaches(jobs, id, 'completed');
  });

  it('learns of a job when its transaction commits, however late, without looking around', async () => {
    const jobs = await started({ pollInterval: 600_000 });
    jobs.handle('a', () => null);
    const { id } = await world.database.transaction(ctx, async (_session, inner) => {
      const enqueued = await jobs.enqueue('a', {}, inner);
      await new Promise((resolve) => setTimeout(resolve, 500));
      return enqueued;
    });
    await reaches(jobs, id, 'completed');
  });

  it('tries again after a failure, and is dead when attempts are used up', async () => {
    const jobs = await started();
    jobs.handle('flaky', ({ attempt }) => {
      if (attempt < 3) throw new Error(`attempt ${attempt}`);
      return attempt;
    });
    const quick = { backoff: { base: 1, cap: 2 } };
    const first = await jobs.enqueue('flaky', {}, ctx, quick);
    await reaches(jobs, first.id, 'completed');
    expect((await jobs.get(first.id))?.result).toBe(3);
    const second = await jobs.enqueue('flaky', {}, ctx, { ...quick, maxAttempts: 2 });
    await reaches(jobs, second.id, 'dead');
    expect(await jobs.get(second.id)).toMatchObject({
      attempt: 2,
      error: { code: 'Error', message: 'attempt 2' },
    });
  });

  it('can be edited and run again when it is dead', async () => {
    const jobs = await started();
    const schema = z.strictObject({ divisor: z.number() });
    jobs.handle({ name: 'divide', schema }, ({ payload }) =>
      (payload as { divisor: number }).divisor === 0 ? jobOutcome.discard('by zero') : 'fine',
    );
    const { id } = await jobs.enqueue('divide', { divisor: 0 }, ctx);
    await reaches(jobs, id, 'dead');
    expect((await jobs.get(id))?.error).toMatchObject({ code: 'job_discarded' });
    await expect(jobs.retry(id, { payload: { divisor: 'x' } })).rejects.toMatchObject({
      code: 'job_payload_invalid',
    });
    await jobs.retry(id, { payload: { divisor: 1 } });
    await reaches(jobs, id, 'completed');
    await expect(jobs.retry(id)).rejects.toMatchObject({ code: 'job_state_conflict' });
    await expect(jobs.retry('nothing')).rejects.toMatchObject({ code: 'job_not_found' });
  });

  it('refuses bad options and payloads, and keeps nothing of them', async () => {
    const jobs = await node();
    const refused = (options: object, payload: unknown = {}) =>
      jobs.enqueue('x', payload, ctx, options).then(
        () => 'accepted',
        (error: unknown) => (error as { code: string }).code,
      );
    for (const options of [
      { priority: 10 },
      { priority: 1.5 },
      { delay: -1 },
      { queue: 'a b' },
      { maxAttempts: 0 },
      { runAt: new Date('never') },
      { unique: { key: '' } },
      { group: '' },
      { timeout: 0 },
    ]) {
      expect(await refused(options), JSON.stringify(options)).toBe('job_option_invalid');
    }
    expect(await refused({}, 'x'.repeat(300_000))).toBe('job_payload_invalid');
    expect(await refused({}, { big: 1n })).toBe('job_payload_invalid');
    for (const cron of ['nonsense', '* * * *', '61 * * * *', '0 0 30 2 *']) {
      await expect(jobs.schedule({ name: cron, job: 'x', cron }), cron).rejects.toMatchObject({
        code: 'job_schedule_invalid',
      });
    }
    expect(await jobs.list({})).toEqual([]);
  });
}
