import { definePlugin, serviceRef } from '@objectos/spec/contracts';
import { expect, it, vi } from 'vitest';
import type { ManifestPlugin, PluginContext, PluginInput } from '../src/index.js';
import {
  failure,
  forever,
  kernelOf,
  NOTHING,
  plugin,
  problemsOf,
  recordingLogger,
  tracer,
  type Entry,
} from './support.js';

const timeouts = { setup: 20, start: 20, stop: 20, health: 20 };
const cache = serviceRef<object>('cache');

const inPhase = (phase: string, work: () => unknown): PluginInput => {
  const act = (at: string) => (): never => (at === phase ? work() : undefined) as never;
  const manifest = { id: 'bad', version: '1.0.0', dependencies: ['b'] };
  if (phase === 'ready') {
    return {
      name: 'bad',
      dependencies: ['b'],
      init: (ctx) => ctx.hook('kernel:ready', act('ready')),
    };
  }
  return { ...manifest, onInstall: act('install'), onLoad: act('setup'), onEnable: act('start') };
};

it.each(['install', 'setup', 'start', 'ready'])(
  'undoes the boot in reverse order when a plugin throws in %s, now or later',
  async (phase) => {
    for (const work of [
      () => {
        throw new TypeError('broken');
      },
      () => Promise.reject(new TypeError('broken')),
      async () => {
        await Promise.resolve();
        throw new TypeError('broken');
      },
    ]) {
      const steps: string[] = [];
      const kernel = kernelOf([
        tracer('a', steps, { provides: [cache] }),
        tracer('b', steps, { deps: { cache } }),
        inPhase(phase, work),
      ]);
      const error = await failure(() => kernel.boot());
      expect(problemsOf(error)).toMatchObject([
        {
          code: 'plugin_failed',
          plugin: 'bad',
          phase,
          message: `Plugin "bad" failed in ${phase}: broken`,
        },
      ]);
      expect(steps.slice(-4)).toEqual(['b.stop', 'b.dispose', 'a.stop', 'a.dispose']);
      expect(kernel.inspect()).toMatchObject(NOTHING);
      expect(kernel.state).toBe('failed');
      await kernel.stop();
    }
  },
);

it.each(['install', 'setup', 'start', 'ready'])('ends a plugin that hangs in %s', async (phase) => {
  const steps: string[] = [];
  const kernel = kernelOf([tracer('a', steps), tracer('b', steps), inPhase(phase, forever)], {
    timeouts,
  });
  const error = await failure(() => kernel.boot());
  expect(problemsOf(error)).toMatchObject([{ code: 'plugin_timeout', plugin: 'bad', phase }]);
  expect(steps.filter((step) => step.endsWith('dispose'))).toEqual(['b.dispose', 'a.dispose']);
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('collects every failure of a wave', async () => {
  const throwing = (id: string) =>
    plugin(id, {
      setup() {
        throw new TypeError(`${id} broke`);
      },
    });
  const error = await failure(() => kernelOf([throwing('a'), throwing('b')]).boot());
  expect(problemsOf(error).map((problem) => problem.plugin)).toEqual(['a', 'b']);
});

it('keeps a timed-out setup that goes on from registering anything', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let ctx: PluginContext | undefined;
  const late: unknown[] = [];
  const kernel = kernelOf(
    [
      plugin('slow', {
        async setup(own) {
          ctx = own;
          own.signal.addEventListener('abort', () => late.push('aborted'));
          await gate;
          own.provide(cache, {});
        },
      }),
    ],
    { timeouts },
  );
  await failure(() => kernel.boot());
  expect(late).toEqual(['aborted']);
  release();
  const own = ctx!;
  const attempts: [string, () => unknown][] = [
    ['provide "cache"', () => own.provide(cache, {})],
    ['listen to "kernel.ready"', () => own.on('kernel.ready', () => undefined)],
    [
      'hook into "data.record.beforeInsert"',
      () => own.hook('data.record.beforeInsert', () => undefined),
    ],
    ['contribute to "p"', () => own.contribute({ kind: 'contributionPoint', id: 'p' }, 1)],
    ['consume "p"', () => own.consume({ kind: 'contributionPoint', id: 'p' }, () => undefined)],
    ['set a timer', () => own.setInterval(() => undefined, 1)],
    ['set a timer', () => own.setTimeout(() => undefined, 1)],
    ['own anything', () => own.onDispose(() => undefined)],
    ['write its storage', () => own.storage.set('a', 1)],
    ['write its storage', () => own.storage.setIfAbsent('a', 1)],
    ['write its storage', () => own.storage.delete('a')],
    ['read its storage', () => own.storage.get('a')],
    ['read its storage', () => own.storage.keys()],
  ];
  for (const [action, attempt] of attempts) {
    const error = await failure(attempt);
    expect([error.code, error.params['action']]).toEqual(['plugin_scope_closed', action]);
  }
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('logs what a timed-out setup throws later', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const log: Entry[] = [];
  const slow = plugin('slow', {
    async setup() {
      await gate;
      throw new TypeError('too late');
    },
  });
  await failure(() => kernelOf([slow], { timeouts, logger: recordingLogger(log) }).boot());
  release();
  await vi.waitFor(() => {
    expect(log).toContainEqual(
      expect.objectContaining({ level: 'warn', message: 'a timed-out plugin failed later' }),
    );
  });
});

it('leaves no timer behind when plugins finish in time', async () => {
  vi.useFakeTimers();
  try {
    const kernel = kernelOf([
      plugin('a', { setup: async () => ({ start: async () => undefined }) }),
    ]);
    await kernel.boot();
    await kernel.health();
    expect(vi.getTimerCount()).toBe(0);
    await kernel.stop();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

it('undoes the rest when stopping or a disposer fails or hangs on the way', async () => {
  const steps: string[] = [];
  const log: Entry[] = [];
  const kernel = kernelOf(
    [
      tracer('a', steps),
      plugin('b', {
        setup(ctx) {
          ctx.provide(cache, {});
          ctx.onDispose(() => void steps.push('b.first'));
          ctx.onDispose(forever);
          ctx.onDispose(() => {
            throw new TypeError('stuck');
          });
          return {
            stop() {
              throw new TypeError('no');
            },
          };
        },
      }),
      plugin('c', { manifest: { dependencies: ['a'] }, setup: () => ({ stop: forever }) }),
    ],
    { timeouts, logger: recordingLogger(log) },
  );
  await kernel.boot();
  const report = await kernel.stop();
  expect(report.failures.map((problem) => `${problem.plugin ?? ''} ${problem.message}`)).toEqual([
    'c Plugin "c" did not finish stop within 20 milliseconds.',
    'b Plugin "b" failed in stop: no',
    'b Plugin "b" failed in stop: stuck',
    'b Plugin "b" did not finish dispose within 20 milliseconds.',
  ]);
  expect(steps).toEqual(
    ['a.setup', 'a.start', 'b.first', 'a.stop', 'a.dispose'].sort(
      (x, y) => steps.indexOf(x) - steps.indexOf(y),
    ),
  );
  expect(kernel.inspect()).toMatchObject(NOTHING);
  expect(log.filter((entry) => entry.level === 'error')).toHaveLength(4);
});

it('goes on without an optional plugin that fails, degraded and by name', async () => {
  for (const phase of ['setup', 'start', 'ready']) {
    const steps: string[] = [];
    const kernel = kernelOf([
      tracer('a', steps),
      tracer('b', steps),
      {
        plugin: inPhase(phase, () => {
          throw new TypeError('broken');
        }) as ManifestPlugin,
        optional: true,
      },
    ]);
    await kernel.boot();
    expect(await kernel.health()).toMatchObject({
      status: 'degraded',
      detail: 'bad is down',
      plugins: [{}, {}, { plugin: 'bad', detail: `Plugin "bad" failed in ${phase}: broken` }],
    });
    expect(kernel.plugins().at(-1)).toMatchObject({
      id: 'bad',
      state: 'failed',
      problem: { phase },
    });
    await kernel.stop();
    expect(kernel.inspect()).toMatchObject(NOTHING);
  }
});

it('gives those who merely like a failed optional plugin a second set-up without it', async () => {
  const seen: unknown[] = [];
  const kernel = kernelOf([
    {
      optional: true,
      plugin: plugin('provider', {
        provides: [cache],
        setup(ctx) {
          ctx.provide(cache, {});
          return {
            start() {
              throw new TypeError('broken');
            },
          };
        },
      }),
    },
    plugin('likes', {
      deps: { cache: { kind: 'optional', ref: cache } },
      setup: (_ctx, deps) => void seen.push(deps['cache']),
    }),
    { optional: true, plugin: plugin('needs', { deps: { cache } }) },
  ]);
  await kernel.boot();
  expect(seen).toEqual([{}, undefined]);
  expect(kernel.plugins().map(({ id, state }) => `${id} ${state}`)).toEqual([
    'provider failed',
    'likes started',
    'needs blocked',
  ]);
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('restarts those who like an optional plugin that fails last, when they already run', async () => {
  const steps: string[] = [];
  const kernel = kernelOf([
    {
      optional: true,
      plugin: {
        name: 'provider',
        providesServices: ['cache'],
        init(ctx) {
          ctx.registerService('cache', {});
          ctx.hook('kernel:ready', () => Promise.reject(new TypeError('broken')));
        },
      },
    },
    tracer('likes', steps, { deps: { cache: { kind: 'optional', ref: cache } } }),
  ]);
  await kernel.boot();
  expect(steps).toEqual([
    'likes.setup',
    'likes.start',
    'likes.stop',
    'likes.dispose',
    'likes.setup',
    'likes.start',
  ]);
  expect(kernel.findService(cache)).toBeUndefined();
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('fails the boot when a plugin that is not optional needs one that failed', async () => {
  const kernel = kernelOf([
    {
      optional: true,
      plugin: plugin('base', {
        setup() {
          throw new TypeError('broken');
        },
      }),
    },
    plugin('app', { manifest: { dependencies: ['base'] } }),
  ]);
  const error = await failure(() => kernel.boot());
  expect(problemsOf(error).map((problem) => problem.message)).toEqual([
    'Plugin "app" cannot run: it needs "base", which is failed.',
  ]);
});

it('never skips a critical plugin, even if the application calls it optional', async () => {
  const kernel = kernelOf([
    {
      optional: true,
      plugin: plugin('auth', {
        manifest: { critical: true },
        setup() {
          throw new TypeError('no keys');
        },
      }),
    },
  ]);
  expect((await failure(() => kernel.boot())).message).toContain(
    'Plugin "auth" failed in setup: no keys',
  );
});

it('waits for a start as long as its plugin says', async () => {
  const patient = definePlugin({
    manifest: { id: 'patient', version: '1.0.0' },
    setup: () => ({
      startTimeout: 5_000,
      start: () => new Promise<void>((resolve) => setTimeout(resolve, 60)),
    }),
  });
  const kernel = kernelOf([patient], { timeouts });
  await kernel.boot();
  await kernel.stop();
});

it('honours the startup timeout of an ObjectStack plugin', async () => {
  const kernel = kernelOf([{ name: 'slow', startupTimeout: 5, init: () => forever() }]);
  expect(problemsOf(await failure(() => kernel.boot()))).toMatchObject([
    {
      code: 'plugin_timeout',
      message: 'Plugin "slow" did not finish setup within 5 milliseconds.',
    },
  ]);
});
