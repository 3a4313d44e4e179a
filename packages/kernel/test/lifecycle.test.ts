import { optional, serviceRef } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { createMemoryStateStore, definePlugin, type ManifestPlugin } from '../src/index.js';
import { booted, failure, kernelOf, NOTHING, plugin, tracer } from './support.js';

const cache = serviceRef<{ from: string }>('cache');

it('sets up in waves, providers first, starts when all are set up, and stops in reverse', async () => {
  const steps: string[] = [];
  const kernel = await booted([
    tracer('c', steps, { deps: { cache } }),
    tracer('b', steps, { provides: [cache] }),
    tracer('a', steps),
  ]);
  expect(kernel.report()?.waves).toEqual([['b', 'a'], ['c']]);
  expect(steps).toEqual(['b.setup', 'a.setup', 'c.setup', 'b.start', 'a.start', 'c.start']);
  steps.length = 0;
  await kernel.stop();
  expect(steps).toEqual(['c.stop', 'c.dispose', 'a.stop', 'b.stop', 'a.dispose', 'b.dispose']);
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('tells a plugin by its signal that it stops, before its registrations go', async () => {
  const seen: unknown[] = [];
  const kernel = await booted([
    plugin('p', {
      setup(ctx) {
        ctx.provide(cache, { from: 'p' });
        seen.push(ctx.signal.aborted);
        return { stop: () => void seen.push(ctx.signal.aborted, ctx.service(cache)?.from) };
      },
    }),
  ]);
  await kernel.stop();
  expect(seen).toEqual([false, true, 'p']);
});

it('sets up the members of a wave at the same time', async () => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const kernel = kernelOf([
    plugin('waits', { setup: () => gate }),
    plugin('opens', { setup: () => release() }),
  ]);
  await kernel.boot();
  expect(kernel.state).toBe('running');
});

it('hands over services by name, and undefined for an optional one that is absent', async () => {
  const gone = serviceRef<object>('gone');
  const seen: unknown[] = [];
  await booted([
    definePlugin({
      manifest: { id: 'user', version: '1.0.0' },
      deps: { cache, gone: optional(gone) },
      setup(ctx, deps) {
        seen.push(deps.cache.from, deps.gone, ctx.service(cache)?.from, ctx.service(gone));
      },
    }),
    tracer('provider', [], { provides: [cache] }),
  ]);
  expect(seen).toEqual(['provider', undefined, 'provider', undefined]);
});

it('refuses a second provider at run time, and a declared service that was not provided', async () => {
  const sneaky = kernelOf([
    plugin('one', { setup: (ctx) => void ctx.provide(cache, { from: 'one' }) }),
    plugin('two', {
      manifest: { dependencies: ['one'] },
      setup: (ctx) => void ctx.provide(cache, { from: 'two' }),
    }),
  ]);
  expect((await failure(() => sneaky.boot())).message).toContain(
    'Plugin "two" failed in setup: Both "one" and "two" provide the service "cache"',
  );
  const forgetful = kernelOf([plugin('one', { provides: [cache] })]);
  const error = await failure(() => forgetful.boot());
  expect(error.message).toContain('declares the service "cache" but did not provide it');
  expect(error.cause).toMatchObject({ cause: { code: 'service_not_provided' } });
});

it('runs install once, upgrade once per newer version, and load and enable at every start', async () => {
  const stateStore = createMemoryStateStore();
  const steps: string[] = [];
  const crm = (version: string): ManifestPlugin => ({
    id: 'crm',
    version,
    onInstall: () => void steps.push('install'),
    onUpgrade: (_ctx, from, to) => void steps.push(`upgrade ${from} ${to}`),
    onLoad: () => void steps.push('load'),
    onEnable: () => void steps.push('enable'),
    onDisable: (_ctx, reason) => void steps.push(`disable (${reason})`),
    onUninstall: () => void steps.push('uninstall'),
  });
  const run = async (version: string) => {
    steps.length = 0;
    const kernel = await booted([crm(version)], { stateStore });
    await kernel.stop();
    return [...steps];
  };
  expect(await run('1.0.0')).toEqual(['install', 'load', 'enable', 'disable (stop)']);
  expect(await run('1.0.0')).toEqual(['load', 'enable', 'disable (stop)']);
  expect(await run('1.1.0')).toEqual(['upgrade 1.0.0 1.1.0', 'load', 'enable', 'disable (stop)']);
  expect(await stateStore.loadPlugins()).toEqual([{ id: 'crm', version: '1.1.0', enabled: true }]);

  steps.length = 0;
  const kernel = await booted([crm('1.1.0')], { stateStore });
  await kernel.uninstall('crm');
  expect(steps).toEqual(['load', 'enable', 'disable (uninstall)', 'uninstall']);
  expect(kernel.plugins()).toEqual([]);
  expect(await stateStore.loadPlugins()).toEqual([]);
  await kernel.stop();
  expect(await run('1.1.0')).toEqual(['install', 'load', 'enable', 'disable (stop)']);
});

it('runs install, upgrade and uninstall of a defined plugin', async () => {
  const stateStore = createMemoryStateStore();
  const steps: string[] = [];
  const make = (version: string) =>
    definePlugin({
      manifest: { id: 'crm', version },
      install: async (ctx) => {
        await ctx.storage.set('installed', version);
        steps.push('install');
      },
      upgrade: (_ctx, from) => void steps.push(`upgrade from ${from}`),
      setup: () => undefined,
      uninstall: async (ctx) =>
        void steps.push(`uninstall ${String(await ctx.storage.get('installed'))}`),
    });
  await booted([make('1.0.0')], { stateStore });
  const kernel = await booted([make('1.0.1')], { stateStore });
  await kernel.uninstall('crm');
  expect(steps).toEqual(['install', 'upgrade from 1.0.0', 'uninstall 1.0.0']);
  expect(await stateStore.storage('crm').keys()).toEqual([]);
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('does not install again when the set-up after it failed', async () => {
  const stateStore = createMemoryStateStore();
  let installs = 0;
  let broken = true;
  const crm: ManifestPlugin = {
    id: 'crm',
    version: '1.0.0',
    onInstall: () => void (installs += 1),
    onLoad() {
      if (broken) throw new TypeError('broken');
    },
  };
  await failure(() => kernelOf([crm], { stateStore }).boot());
  broken = false;
  await booted([crm], { stateStore });
  expect(installs).toBe(1);
});

it('installs again when the installation failed', async () => {
  const stateStore = createMemoryStateStore();
  let installs = 0;
  const crm: ManifestPlugin = {
    id: 'crm',
    version: '1.0.0',
    onInstall() {
      installs += 1;
      if (installs === 1) throw new TypeError('no space');
    },
  };
  const error = await failure(() => kernelOf([crm], { stateStore }).boot());
  expect(error.message).toContain('Plugin "crm" failed in install: no space');
  await booted([crm], { stateStore });
  expect(installs).toBe(2);
});

it('keeps the storage of plugins apart, and takes JSON only', async () => {
  const seen: unknown[] = [];
  const kernel = await booted([
    plugin('a', {
      async setup(ctx) {
        await ctx.storage.set('__proto__', { n: 1 });
        await ctx.storage.set('shared', [1, 'two', null]);
        seen.push(await ctx.storage.keys(), await ctx.storage.get('__proto__'));
        for (const value of [undefined, 1n, Number.NaN, new Date(0), () => 1, [Symbol('s')]]) {
          seen.push((await failure(() => ctx.storage.set('bad', value))).code);
        }
        const knot: Record<string, unknown> = {};
        knot['self'] = knot;
        seen.push((await failure(() => ctx.storage.set('bad', knot))).message);
        seen.push((await failure(() => ctx.storage.setIfAbsent('bad', knot))).code);
        seen.push(await ctx.storage.setIfAbsent('shared', 'late'));
        seen.push(await ctx.storage.setIfAbsent('own', { made: 'here' }));
      },
    }),
    plugin('b', {
      manifest: { dependencies: ['a'] },
      async setup(ctx) {
        seen.push(
          await ctx.storage.keys(),
          await ctx.storage.get('shared'),
          await ctx.storage.delete('shared'),
        );
      },
    }),
  ]);
  expect(seen).toEqual([
    ['__proto__', 'shared'],
    { n: 1 },
    ...Array<string>(6).fill('plugin_storage_value'),
    'Plugin "a" cannot store "bad": it is nested more than 64 levels deep, or in itself.',
    'plugin_storage_value',
    [1, 'two', null],
    { made: 'here' },
    [],
    undefined,
    false,
  ]);
  await kernel.stop();
});

it('hands out copies of stored values', async () => {
  const stored: { list: number[] } = { list: [1] };
  await booted([
    plugin('a', {
      async setup(ctx) {
        await ctx.storage.set('value', stored);
        stored.list.push(2);
        expect(await ctx.storage.get('value')).toEqual({ list: [1] });
      },
    }),
  ]);
});

it('reports waves and phases of the boot, as a table and as JSON', async () => {
  const kernel = await booted([
    tracer('a', []),
    tracer('b', [], { manifest: { dependencies: ['a'], version: '2.0.0' } }),
  ]);
  const report = kernel.report();
  expect(JSON.parse(JSON.stringify(report))).toMatchObject({
    waves: [['a'], ['b']],
    plugins: [
      {
        id: 'a',
        wave: 1,
        state: 'started',
        phases: { setup: expect.any(Number), start: expect.any(Number) },
      },
      { id: 'b', version: '2.0.0', wave: 2 },
    ],
  });
  expect(report?.format().replaceAll(/[\d.]+ ms|(?<=setup |start )[\d.]+/g, 'N')).toBe(
    [
      '2 plugins started in N, in 2 waves',
      'wave  plugin  version  state    milliseconds',
      '1     a       1.0.0    started  setup N, start N',
      '2     b       2.0.0    started  setup N, start N',
    ].join('\n'),
  );
});

it('tells when it is ready, when it stops, and when a plugin starts and stops', async () => {
  const told: string[] = [];
  const listener = plugin('listener', {
    setup(ctx) {
      ctx.on('kernel.ready', ({ plugins }) => void told.push(`ready ${plugins.join()}`));
      ctx.on('kernel.stopping', ({ plugins }) => void told.push(`stopping ${plugins.join()}`));
      ctx.on('plugin.started', (fact) => void told.push(`started ${fact.plugin}`));
      ctx.on('plugin.stopped', (fact) => void told.push(`stopped ${fact.plugin} ${fact.version}`));
    },
  });
  const kernel = await booted(
    [listener, plugin('b', { manifest: { dependencies: ['listener'] } })],
    {
      strict: true,
    },
  );
  await kernel.idle();
  expect(told).toEqual(['started listener', 'started b', 'ready listener,b']);
  told.length = 0;
  await kernel.disable('b');
  await kernel.enable('b');
  await kernel.idle();
  expect(told).toEqual(['stopped b 1.0.0', 'started b']);
  told.length = 0;
  await kernel.stop();
  expect(told).toEqual(['stopping listener,b', 'stopped b 1.0.0']);
});

it('tells that it stops when a start fails, before what runs takes anything back', async () => {
  const told: string[] = [];
  const listener = plugin('listener', {
    setup(ctx) {
      ctx.on('kernel.stopping', ({ plugins }) => void told.push(`stopping ${plugins.join()}`));
      ctx.onDispose(() => void told.push('undone'));
    },
  });
  const start = () => Promise.reject(new Error('port in use'));
  const failing = plugin('failing', {
    manifest: { dependencies: ['listener'] },
    setup: () => ({ start }),
  });
  await failure(() => kernelOf([listener, failing], { strict: true }).boot());
  expect(told).toEqual(['stopping listener', 'undone']);
});

it('fails to boot when the state of plugins cannot be read', async () => {
  const stateStore = {
    ...createMemoryStateStore(),
    loadPlugins: () => Promise.reject(new TypeError('disk')),
  };
  const error = await failure(() => kernelOf([plugin('a')], { stateStore }).boot());
  expect(error.message).toContain('loading the state of plugins: disk');
});
