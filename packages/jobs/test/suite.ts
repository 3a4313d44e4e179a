import {
  defineJob,
  jobOutcome,
  silentLogger,
  systemContext,
  type JobState,
} from '@objectos/spec/contracts';
import type { Database } from '@objectql/core/plugin';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  createJobsService,
  jobsConfigSchema,
  type JobsConfig,
  type OwnedJobsService,
} from '../src/index.js';
import { removeEnded } from '../src/retention.js';

const ctx = systemContext('test', { tenantId: 'acme', requestId: 'request-1' });

type Settings = z.input<typeof jobsConfigSchema>;

/** What every database must let the jobs do, with every backend; `settings` are those of a test. */
export function jobsSuite(
  name: string,
  open: () => Promise<Database>,
  settings: () => Settings = () => ({}),
): void {
  describe(`jobs on ${name}`, () => {
    let database: Database;
    let given: Settings;
    let opened: OwnedJobsService[] = [];

    beforeEach(async () => {
      database = await open();
      given = settings();
    });
    afterEach(async () => {
      await Promise.all(opened.map((jobs) => jobs.stop()));
      opened = [];
    });

    async function node(config: Settings = {}, now?: () => number) {
      const complete: JobsConfig = jobsConfigSchema.parse({
        pollInterval: 20,
        stopGrace: 2_000,
        ...given,
        ...config,
      });
      const jobs = createJobsService({ database, config: complete, logger: silentLogger, now });
      await jobs.prepare();
      opened.push(jobs);
      return jobs;
    }
    const started = async (config: Settings = {}, now?: () => number) => {
      const jobs = await node(config, now);
      jobs.start();
      return jobs;
    };
    const reaches = (jobs: OwnedJobsService, id: string, state: JobState) =>
      expect.poll(async () => (await jobs.get(id))?.state, { timeout: 10_000 }).toBe(state);

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
        await database.transaction(run.ctx, async (_session, inner) => {
          await run.log(`from ${done}`, inner);
          await run.progress(
            { done: done + 30, total: 90, errors: 1 },
            { ctx: inner, checkpoint: done + 30 },
          );
        });
        if (run.attempt === 3) return 'all';
        await database.transaction(run.ctx, async (_session, inner) => {
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
        told = await run
          .progress({ done: 1, total: 2, errors: 0 })
          .catch((error: unknown) => error);
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
        database.transaction(ctx, async (_session, inner) => {
          await jobs.enqueue('a', {}, inner);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect(await jobs.list({})).toEqual([]);
      const { id } = await database.transaction(ctx, (_session, inner) =>
        jobs.enqueue('a', {}, inner),
      );
      await reaches(jobs, id, 'completed');
    });

    it('learns of a job when its transaction commits, however late, without looking around', async () => {
      const jobs = await started({ pollInterval: 600_000 });
      jobs.handle('a', () => null);
      const { id } = await database.transaction(ctx, async (_session, inner) => {
        const enqueued = await jobs.enqueue('a', {}, inner);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return enqueued;
      });
      await reaches(jobs, id, 'completed');
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
      const silent: Database = { ...database };
      database.transaction = () => Promise.reject(new Error('hung'));
      const alive = createJobsService({
        database: silent,
        config: jobsConfigSchema.parse({ pollInterval: 20, lease: 100, ...given }),
        logger: silentLogger,
      });
      opened.push(alive);
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
      const one = await removeEnded({ database, ctx, retention, now: time, batches: 1 });
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

    it('gives back what runs when the process stops, and counts it as no attempt', async () => {
      const jobs = await started({ stopGrace: 30 });
      jobs.handle('endless', () => new Promise(() => undefined));
      const { id } = await jobs.enqueue('endless', {}, ctx);
      await reaches(jobs, id, 'active');
      await jobs.stop();
      opened = [];
      expect(await jobs.get(id)).toMatchObject({ state: 'available', attempt: 0 });
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
  });
}
