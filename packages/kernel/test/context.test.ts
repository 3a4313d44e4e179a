import {
  contributionPoint,
  healthService,
  metadataFilesPoint,
  serviceRef,
  systemContext,
} from '@objectos/spec/contracts';
import { expect, it, vi } from 'vitest';
import type { PluginContext } from '../src/index.js';
import { createNodeCarrier } from '../src/node/index.js';
import {
  booted,
  failure,
  forever,
  kernelOf,
  NOTHING,
  plugin,
  problemsOf,
  recordingLogger,
  type Entry,
} from './support.js';

const numbers = contributionPoint<number>('numbers');

it('gives every registration a disposer that undoes it once', async () => {
  const cache = serviceRef<object>('cache');
  let ctx: PluginContext | undefined;
  const kernel = await booted([plugin('p', { setup: (own) => void (ctx = own) })]);
  let undone = 0;
  const disposers = [
    ctx!.provide(cache, {}),
    ctx!.on('kernel.ready', () => undefined),
    ctx!.hook('data.record.beforeInsert', () => undefined),
    ctx!.contribute(numbers, 1),
    ctx!.consume(numbers, () => undefined),
    ctx!.setInterval(() => undefined, 1_000_000),
    ctx!.setTimeout(() => undefined, 1_000_000),
  ];
  ctx!.onDispose(() => void (undone += 1));
  expect(kernel.inspect()).toMatchObject({
    services: 1,
    eventHandlers: 1,
    hooks: 1,
    contributions: 1,
    consumers: 1,
    timers: 2,
  });
  for (const dispose of [...disposers, ...disposers]) await dispose();
  expect(kernel.inspect()).toMatchObject({ ...NOTHING, scopes: 1 });
  // What a plugin took back itself may be provided again, and only the successor's disposer counts.
  ctx!.provide(cache, {});
  await disposers[0]!();
  expect(kernel.inspect().services).toBe(1);
  await kernel.stop();
  expect(undone).toBe(1);
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('tells hot paths whether hooks would do anything, and runs them', async () => {
  let ctx: PluginContext | undefined;
  const kernel = await booted([plugin('p', { setup: (own) => void (ctx = own) })]);
  const payload = { object: 'contact', data: {}, ctx: systemContext('test') };
  expect(ctx!.hasHooks('data.record.beforeInsert')).toBe(false);
  await kernel.add(
    plugin('q', {
      setup(own) {
        own.hook('data.record.beforeInsert', ({ data }) => void (data['late'] = true), {
          order: 200,
        });
        own.hook('data.record.beforeInsert', ({ data }) => void (data['late'] = false));
      },
    }),
  );
  expect(ctx!.hasHooks('data.record.beforeInsert')).toBe(true);
  expect(ctx!.hookOwners('data.record.beforeInsert')).toEqual(['q', 'q']);
  expect(ctx!.hookOwners('data.record.afterInsert')).toEqual([]);
  expect(ctx!.runHooks('data.record.beforeInsert', payload)).toBeUndefined();
  expect(payload.data).toEqual({ late: true });
  await kernel.disable('q');
  expect(ctx!.hasHooks('data.record.beforeInsert')).toBe(false);
});

it('brings contributions to their consumers before plugins start, and after every change', async () => {
  const seen: string[] = [];
  let atStart = '';
  const kernel = await booted([
    plugin('reader', {
      setup(ctx) {
        ctx.consume(numbers, async (all) => {
          await Promise.resolve();
          seen.push(all.map(({ plugin: by, value }) => `${by}:${value}`).join());
        });
        return { start: () => void (atStart = seen.at(-1) ?? '') };
      },
    }),
    plugin('writer', { setup: (ctx) => void ctx.contribute(numbers, 7) }),
  ]);
  expect(atStart).toBe('writer:7');
  await kernel.disable('writer');
  expect(seen.at(-1)).toBe('');
  await kernel.enable('writer');
  expect(seen.at(-1)).toBe('writer:7');
});

it('fails the boot when a consumer fails on what was contributed, and is degraded when later', async () => {
  const reader = plugin('reader', {
    setup(ctx) {
      ctx.consume(numbers, (all) => {
        if (all.some(({ value }) => value < 0)) throw new TypeError('negative');
      });
    },
  });
  const writer = plugin('writer', { setup: (ctx) => void ctx.contribute(numbers, -1) });
  const error = await failure(() => kernelOf([reader, writer]).boot());
  expect(problemsOf(error)).toMatchObject([
    { plugin: 'reader', message: 'Plugin "reader" failed in consumer of "numbers": negative' },
  ]);
  const kernel = await booted([reader]);
  await kernel.add(writer);
  expect(await kernel.health()).toMatchObject({ status: 'degraded', detail: 'reader is degraded' });
  await kernel.uninstall('writer');
  expect(await kernel.health()).toMatchObject({ status: 'up' });
});

it('ends the boot when a consumer hangs', async () => {
  const reader = plugin('reader', { setup: (ctx) => void ctx.consume(numbers, forever) });
  const error = await failure(() => kernelOf([reader], { timeouts: { setup: 10 } }).boot());
  expect(problemsOf(error)).toMatchObject([
    {
      code: 'plugin_timeout',
      message: 'Plugin "reader" did not finish consumer of "numbers" within 10 milliseconds.',
    },
  ]);
});

it('offers the metadata files of a manifest as long as its plugin runs', async () => {
  let files: unknown[] = [];
  const manifest = {
    objects: ['./objects/*.object.yml'],
    workflows: ['./workflows/*.yml'],
    views: [],
    data: ['./data/*.yml'],
  };
  const kernel = await booted([
    plugin('loader', {
      setup(ctx) {
        ctx.consume(
          metadataFilesPoint,
          (all) => void (files = all.map(({ plugin: by, value }) => ({ by, ...value }))),
        );
      },
    }),
    { plugin: { id: 'crm', version: '1.0.0', ...manifest }, baseDir: '/apps/crm' },
    plugin('defined', { manifest: { apps: ['./apps/*.yml'] } }),
  ]);
  expect(files).toEqual([
    { by: 'crm', baseDir: '/apps/crm', globs: ['./objects/*.object.yml'], type: 'object' },
    { by: 'crm', baseDir: '/apps/crm', globs: ['./workflows/*.yml'], type: 'workflow' },
    { by: 'crm', baseDir: '/apps/crm', globs: ['./data/*.yml'], type: 'seed' },
    { by: 'defined', baseDir: '.', globs: ['./apps/*.yml'], type: 'app' },
  ]);
  await kernel.disable('crm');
  expect(files).toHaveLength(1);
});

it('orders contributions by plugin, dependencies first, however long their set-ups take', async () => {
  let seen: string[] = [];
  const writer = (id: string, turns: number, dependencies: string[] = []) =>
    plugin(id, {
      manifest: { dependencies },
      async setup(ctx) {
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        ctx.contribute(numbers, 1);
        ctx.contribute(numbers, 2);
      },
    });
  const kernel = await booted([
    plugin('reader', {
      setup: (ctx) =>
        void ctx.consume(numbers, (all) => void (seen = all.map((one) => one.plugin))),
    }),
    writer('top', 0, ['slow']),
    writer('slow', 20),
    writer('quick', 0),
  ]);
  const order = ['slow', 'slow', 'quick', 'quick', 'top', 'top'];
  expect(seen).toEqual(order);
  await kernel.reload('slow');
  expect(seen).toEqual(order);
});

it('does not overlap the runs of an interval, and logs what fails in a timer', async () => {
  const log: Entry[] = [];
  let running = 0;
  let runs = 0;
  const kernel = await booted(
    [
      plugin('p', {
        setup(ctx) {
          ctx.setInterval(async () => {
            running += 1;
            runs += 1;
            expect(running).toBe(1);
            await new Promise((resolve) => setTimeout(resolve, 5));
            running -= 1;
            throw new TypeError('interval');
          }, 1);
          ctx.setTimeout(() => {
            throw new TypeError('timeout');
          }, 1);
        },
      }),
    ],
    { logger: recordingLogger(log) },
  );
  await vi.waitFor(() => expect(runs).toBeGreaterThan(1));
  await kernel.stop();
  const failed = log.filter(({ level }) => level === 'error');
  const messages = failed.map(
    ({ message, fields }) => `${message}: ${(fields['error'] as Error).message}`,
  );
  expect(new Set(messages)).toEqual(
    new Set(['a timer failed: timeout', 'a timer failed: interval']),
  );
  expect(failed.every(({ fields }) => fields['plugin'] === 'p')).toBe(true);
});

it('carries the context along asynchronous calls on Node, and nothing without a carrier', async () => {
  const carrier = createNodeCarrier();
  let ctx: PluginContext | undefined;
  const keep = plugin('p', { setup: (own) => void (ctx = own) });
  await booted([keep], { carrier });
  const context = systemContext('job');
  const seen = await carrier.run(context, async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return ctx!.currentContext();
  });
  expect(seen).toBe(context);
  expect(ctx!.currentContext()).toBeUndefined();
  await booted([keep]);
  expect(ctx!.currentContext()).toBeUndefined();
});

it('answers the host with services by name', async () => {
  const cache = serviceRef<object>('cache');
  const kernel = await booted([plugin('p', { setup: (own) => void own.provide(cache, { a: 1 }) })]);
  expect(kernel.service(cache)).toEqual({ a: 1 });
  expect(kernel.findService(serviceRef('gone'))).toBeUndefined();
  expect((await failure(() => kernel.service(serviceRef('cahce')))).message).toBe(
    'The host needs the service "cahce", which nobody provides. Did you mean "cache"?',
  );
});

it.each<
  [string, boolean, () => never | Promise<never> | { status: 'up' | 'degraded' | 'down' }, string]
>([
  ['says degraded', false, () => ({ status: 'degraded' }), 'degraded'],
  ['says down', false, () => ({ status: 'down' }), 'degraded'],
  ['says down and is critical', true, () => ({ status: 'down' }), 'down'],
  ['says degraded and is critical', true, () => ({ status: 'degraded' }), 'degraded'],
  [
    'throws and is critical',
    true,
    () => {
      throw new TypeError('lost');
    },
    'down',
  ],
  ['rejects', false, () => Promise.reject(new TypeError('lost')), 'degraded'],
  ['hangs and is critical', true, forever, 'down'],
  ['is well', true, () => ({ status: 'up' }), 'up'],
])('is as well as its plugins: one that %s', async (_what, critical, health, status) => {
  const kernel = await booted(
    [plugin('fine'), plugin('p', { manifest: { critical }, setup: () => ({ health }) })],
    { timeouts: { health: 10 } },
  );
  expect((await kernel.health()).status).toBe(status);
  await kernel.stop();
  expect(await kernel.health()).toMatchObject({ status: 'down', detail: 'the kernel is stopped' });
});

it('tells its health to plugins, asking each plugin once for all who ask at the same time', async () => {
  let asked = 0;
  const kernel = await booted([
    plugin('prober', { deps: { health: healthService } }),
    plugin('slow', {
      setup: () => ({
        async health() {
          asked += 1;
          await Promise.resolve();
          return { status: 'up' as const };
        },
      }),
    }),
  ]);
  const reporter = kernel.service(healthService);
  const [first, second] = await Promise.all([reporter.health(), reporter.health()]);
  expect(first).toEqual({
    status: 'up',
    plugins: [
      { plugin: 'prober', critical: false, status: 'up' },
      { plugin: 'slow', critical: false, status: 'up' },
    ],
  });
  expect(second).toBe(first);
  expect(asked).toBe(1);
  await reporter.health();
  expect(asked).toBe(2);
  await kernel.stop();
  expect(kernel.findService(healthService)).toBeUndefined();
});

it('is down without a critical plugin that should run', async () => {
  let broken = false;
  const auth = plugin('auth', {
    manifest: { critical: true },
    setup() {
      if (broken) throw new TypeError('no keys');
    },
  });
  const kernel = await booted([auth]);
  broken = true;
  await failure(() => kernel.reload('auth'));
  expect(await kernel.health()).toMatchObject({ status: 'down', detail: 'auth is down' });
});

it('stops once, whoever asks, and within its deadline', async () => {
  let stops = 0;
  const kernel = await booted([
    plugin('p', {
      setup: () => ({
        stop() {
          stops += 1;
          return forever();
        },
      }),
    }),
    plugin('q', { manifest: { dependencies: ['p'] }, setup: () => ({ stop: forever }) }),
  ]);
  const [first, second] = await Promise.all([kernel.stop({ deadline: 20 }), kernel.stop()]);
  expect(first).toBe(second);
  expect(first.failures.map((problem) => problem.plugin)).toEqual(['q', 'p']);
  expect(stops).toBe(1);
  expect(kernel.state).toBe('stopped');
  expect(await kernelOf([]).stop()).toMatchObject({ failures: [] });
});
