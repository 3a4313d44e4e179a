import { contributionPoint, optional, serviceRef } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { createMemoryStateStore, definePlugin, type Kernel } from '../src/index.js';
import { booted, failure, kernelOf, NOTHING, plugin, problemsOf, tracer } from './support.js';

const cache = serviceRef<{ from: string }>('cache');
const listing = (kernel: Kernel) =>
  kernel.plugins().map(({ id, version, state }) => `${id}@${version} ${state}`);

/** `app` needs `cache`, `extra` likes it, `alone` has nothing to do with it. */
function family(steps: string[]) {
  return [
    tracer('cache', steps, { provides: [cache] }),
    tracer('app', steps, { deps: { cache } }),
    tracer('page', steps, { manifest: { dependencies: ['app'] } }),
    tracer('extra', steps, { deps: { cache: optional(cache) } }),
    tracer('alone', steps),
  ];
}

it('disables a plugin: dependants stop first, those who merely like it come back without it', async () => {
  const steps: string[] = [];
  const kernel = await booted(family(steps));
  steps.length = 0;
  await kernel.disable('cache');
  expect(steps).toEqual([
    'page.stop',
    'page.dispose',
    'extra.stop',
    'app.stop',
    'extra.dispose',
    'app.dispose',
    'cache.stop',
    'cache.dispose',
    'extra.setup',
    'extra.start',
  ]);
  expect(listing(kernel)).toEqual([
    'cache@1.0.0 disabled',
    'app@1.0.0 blocked',
    'page@1.0.0 blocked',
    'extra@1.0.0 started',
    'alone@1.0.0 started',
  ]);
  expect(kernel.findService(cache)).toBeUndefined();
  expect(await kernel.health()).toMatchObject({
    status: 'degraded',
    detail: 'app is down, page is down',
  });

  steps.length = 0;
  await kernel.enable('cache');
  expect(steps).toEqual([
    'extra.stop',
    'extra.dispose',
    'cache.setup',
    'app.setup',
    'extra.setup',
    'page.setup',
    'cache.start',
    'app.start',
    'extra.start',
    'page.start',
  ]);
  expect(kernel.plugins().every(({ state }) => state === 'started')).toBe(true);
  await kernel.enable('cache');
  expect(steps).toHaveLength(10);
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('remembers what is disabled; its dependants wait instead of failing the boot', async () => {
  const stateStore = createMemoryStateStore();
  const first = await booted(family([]), { stateStore });
  await first.disable('cache');
  await first.stop();
  const second = await booted(family([]), { stateStore });
  expect(listing(second)).toEqual([
    'cache@1.0.0 disabled',
    'app@1.0.0 blocked',
    'page@1.0.0 blocked',
    'extra@1.0.0 started',
    'alone@1.0.0 started',
  ]);
  expect(second.report()?.waves).toEqual([['alone'], ['extra']]);
  await second.enable('cache');
  await second.stop();
  const third = await booted(family([]), { stateStore });
  expect(third.plugins().every(({ state }) => state === 'started')).toBe(true);
});

it('keeps a critical plugin running, and what it stands on', async () => {
  const critical = { critical: true };
  const plugins = [
    tracer('store', [], { provides: [cache] }),
    tracer('auth', [], { deps: { cache }, manifest: critical }),
  ];
  const stateStore = createMemoryStateStore();
  const kernel = await booted(plugins, { stateStore });
  for (const action of [
    () => kernel.disable('auth'),
    () => kernel.uninstall('auth'),
    () => kernel.disable('store'),
  ]) {
    const error = await failure(action);
    expect([error.code, error.params['plugin']]).toEqual(['plugin_critical', 'auth']);
  }
  expect(listing(kernel)).toEqual(['store@1.0.0 started', 'auth@1.0.0 started']);
  await kernel.stop();

  await stateStore.savePlugin({ id: 'auth', version: '1.0.0', enabled: false });
  expect(listing(await booted(plugins, { stateStore }))).toEqual([
    'store@1.0.0 started',
    'auth@1.0.0 started',
  ]);
  await stateStore.savePlugin({ id: 'store', version: '1.0.0', enabled: false });
  const error = await failure(() => kernelOf(plugins, { stateStore }).boot());
  expect(problemsOf(error)).toMatchObject([{ code: 'plugin_blocked', plugin: 'auth' }]);
  expect(error.message).toContain('Plugin "auth" cannot run: it needs "store", which is disabled');
});

it('reloads a plugin in a new form, with its dependants around it', async () => {
  const steps: string[] = [];
  const kernel = await booted(family(steps));
  steps.length = 0;
  const seen: string[] = [];
  await kernel.reload(
    'cache',
    plugin('cache', {
      manifest: { version: '1.1.0' },
      provides: [cache],
      setup(ctx) {
        seen.push('new cache');
        ctx.provide(cache, { from: 'new' });
      },
    }),
  );
  expect(seen).toEqual(['new cache']);
  expect(kernel.service(cache).from).toBe('new');
  expect(steps.filter((step) => step.startsWith('alone'))).toEqual([]);
  expect(steps.indexOf('page.stop')).toBeLessThan(steps.indexOf('app.stop'));
  expect(steps.indexOf('app.stop')).toBeLessThan(steps.indexOf('cache.stop'));
  expect(steps.slice(-6)).toEqual([
    'app.setup',
    'extra.setup',
    'page.setup',
    'app.start',
    'extra.start',
    'page.start',
  ]);
  expect(listing(kernel)).toContain('cache@1.1.0 started');
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('takes back from others what a reloaded plugin no longer provides', async () => {
  const seen: unknown[] = [];
  const kernel = await booted([
    tracer('cache', [], { provides: [cache] }),
    plugin('extra', {
      deps: { cache: optional(cache) },
      setup: (_ctx, deps) => void seen.push(deps['cache']),
    }),
  ]);
  await kernel.reload('cache', plugin('cache'));
  expect(seen).toEqual([{ from: 'cache' }, undefined]);
});

it('reloads in the same form', async () => {
  const steps: string[] = [];
  const kernel = await booted([tracer('a', steps)]);
  await kernel.reload('a');
  expect(steps).toEqual(['a.setup', 'a.start', 'a.stop', 'a.dispose', 'a.setup', 'a.start']);
});

it('refuses a reload that does not check, and touches nothing', async () => {
  const steps: string[] = [];
  const kernel = await booted(family(steps));
  steps.length = 0;
  const attempts: [unknown, string][] = [
    [{ id: 'cache' }, 'plugin_malformed'],
    [plugin('other'), 'plugin_malformed'],
    [plugin('cache'), 'service_missing'],
    [
      plugin('cache', { provides: [cache], manifest: { dependencies: ['app'] } }),
      'plugin_dependency_cycle',
    ],
    [plugin('cache', { provides: [cache], manifest: { version: '0.9.0' } }), 'plugin_downgrade'],
  ];
  for (const [input, code] of attempts) {
    const error = await failure(() => kernel.reload('cache', input as never));
    expect(error.code).toBe('plugin_change_refused');
    expect(problemsOf(error)[0]?.code).toBe(code);
  }
  expect(steps).toEqual([]);
});

it('takes a reload back when the new form, or a dependant with it, does not start', async () => {
  const stateStore = createMemoryStateStore();
  const steps: string[] = [];
  const pickyKernel = await booted(
    [
      tracer('cache', steps, { provides: [cache] }),
      plugin('app', {
        deps: { cache },
        setup(_ctx, deps) {
          if ((deps['cache'] as { from: string }).from === 'strange')
            throw new TypeError('strange cache');
        },
      }),
    ],
    { stateStore },
  );
  const strange = plugin('cache', {
    manifest: { version: '2.0.0' },
    provides: [cache],
    setup: (ctx) => void ctx.provide(cache, { from: 'strange' }),
  });
  const broken = plugin('cache', {
    provides: [cache],
    setup() {
      throw new TypeError('broken');
    },
  });
  expect((await failure(() => pickyKernel.reload('cache', broken))).message).toContain(
    '"cache" failed in setup: broken',
  );
  expect((await failure(() => pickyKernel.reload('cache', strange))).message).toContain(
    '"app" failed in setup: strange cache',
  );
  expect(listing(pickyKernel)).toEqual(['cache@1.0.0 started', 'app@1.0.0 started']);
  expect(pickyKernel.service(cache).from).toBe('cache');
  expect(await stateStore.loadPlugins()).toContainEqual({
    id: 'cache',
    version: '1.0.0',
    enabled: true,
  });
  await pickyKernel.stop();
  expect(pickyKernel.inspect()).toMatchObject(NOTHING);
});

it('adds a plugin; those who like what it provides are given it', async () => {
  const seen: unknown[] = [];
  const kernel = await booted([
    plugin('extra', {
      deps: { cache: optional(cache) },
      setup: (_ctx, deps) => void seen.push(deps['cache']),
    }),
  ]);
  await kernel.add(tracer('cache', [], { provides: [cache] }));
  expect(seen).toEqual([undefined, { from: 'cache' }]);
  const twice = await failure(() => kernel.add(plugin('cache')));
  expect(problemsOf(twice)[0]?.code).toBe('plugin_duplicate');
});

it('leaves no trace of an added plugin that fails', async () => {
  const kernel = await booted([plugin('a')]);
  const bad = plugin('bad', {
    setup(ctx) {
      ctx.provide(cache, { from: 'bad' });
      throw new TypeError('broken');
    },
  });
  expect((await failure(() => kernel.add(bad))).message).toContain('"bad" failed in setup: broken');
  expect(listing(kernel)).toEqual(['a@1.0.0 started']);
  expect(kernel.inspect().services).toBe(0);
  await kernel.add(plugin('bad'));
  expect(kernel.plugins()).toHaveLength(2);
});

it('uninstalls only what nobody needs, and forgets its configuration', async () => {
  const kernel = await booted([...family([]), { id: 'loose', version: '1.0.0' }], {
    config: { loose: { a: 1 } },
  });
  const error = await failure(() => kernel.uninstall('cache'));
  expect([error.code, error.params['by']]).toEqual(['plugin_in_use', ['app']]);
  await kernel.uninstall('loose');
  await kernel.uninstall('page');
  await kernel.uninstall('app');
  await kernel.uninstall('cache');
  expect(listing(kernel)).toEqual(['extra@1.0.0 started', 'alone@1.0.0 started']);
  await kernel.add(plugin('late'));
});

it('leaves a plugin disabled when its uninstallation fails', async () => {
  const kernel = await booted([
    {
      id: 'a',
      version: '1.0.0',
      onUninstall() {
        throw new TypeError('locked');
      },
    },
  ]);
  expect((await failure(() => kernel.uninstall('a'))).message).toContain(
    '"a" failed in uninstall: locked',
  );
  expect(listing(kernel)).toEqual(['a@1.0.0 disabled']);
  await kernel.enable('a');
  expect(listing(kernel)).toEqual(['a@1.0.0 started']);
});

it('stays disabled when enabling fails', async () => {
  let broken = false;
  const stateStore = createMemoryStateStore();
  const kernel = await booted(
    [
      plugin('a', {
        setup() {
          if (broken) throw new TypeError('broken');
        },
      }),
    ],
    { stateStore },
  );
  await kernel.disable('a');
  broken = true;
  expect((await failure(() => kernel.enable('a'))).message).toContain(
    '"a" failed in setup: broken',
  );
  expect(listing(kernel)).toEqual(['a@1.0.0 disabled']);
  expect(await stateStore.loadPlugins()).toMatchObject([{ enabled: false }]);
});

it('names an unknown plugin, and what was meant', async () => {
  const kernel = await booted([plugin('cache')]);
  const error = await failure(() => kernel.disable('cahce'));
  expect(error.code).toBe('plugin_not_found');
  expect(error.message).toBe('There is no plugin "cahce". Did you mean "cache"?');
});

it('changes plugins only while it runs, and one change at a time', async () => {
  const steps: string[] = [];
  const kernel = kernelOf([tracer('a', steps)]);
  expect((await failure(() => kernel.disable('a'))).code).toBe('kernel_state');
  await kernel.boot();
  await Promise.all([kernel.disable('a'), kernel.enable('a'), kernel.reload('a'), kernel.stop()]);
  expect(steps.filter((step) => step.endsWith('setup') || step.endsWith('dispose'))).toEqual([
    'a.setup',
    'a.dispose',
    'a.setup',
    'a.dispose',
    'a.setup',
    'a.dispose',
  ]);
  expect((await failure(() => kernel.enable('a'))).code).toBe('kernel_state');
});

it('leaks nothing when each plugin is disabled and enabled 100 times', async () => {
  const point = contributionPoint<number>('numbers');
  const rich = (id: string, parts: Parameters<typeof plugin>[1]) =>
    plugin(id, {
      ...parts,
      setup(ctx) {
        for (const ref of parts?.provides ?? []) ctx.provide(ref, { from: id });
        ctx.on('kernel.ready', () => undefined);
        ctx.hook('data.record.beforeInsert', () => undefined);
        ctx.contribute(point, 1);
        ctx.consume(point, () => undefined);
        ctx.setInterval(() => undefined, 1_000_000);
        ctx.setTimeout(() => undefined, 1_000_000);
      },
    });
  const kernel = await booted([
    rich('cache', { provides: [cache] }),
    rich('app', { deps: { cache } }),
    rich('extra', { deps: { cache: optional(cache) } }),
    {
      id: 'manifest',
      version: '1.0.0',
      objects: ['./objects/*.yml'],
      onEvent: { 'user.signup': () => undefined },
    },
    {
      name: 'stack',
      init(ctx) {
        ctx.registerService('stack', {});
        ctx.hook('user.signup', () => undefined);
        ctx.hook('kernel:ready', () => undefined);
      },
    },
  ]);
  await kernel.idle();
  const before = kernel.inspect();
  expect(before).toMatchObject({
    services: 2,
    hooks: 4,
    timers: 6,
    consumers: 3,
    contributions: 4,
    scopes: 5,
  });
  for (const { id } of kernel.plugins()) {
    for (let round = 0; round < 100; round += 1) {
      await kernel.disable(id);
      await kernel.enable(id);
    }
  }
  await kernel.idle();
  expect(kernel.inspect()).toEqual(before);
  await kernel.stop();
  expect(kernel.inspect()).toMatchObject(NOTHING);
});

it('installs once when two nodes first start together', async () => {
  const memory = createMemoryStateStore();
  let last: Promise<unknown> = Promise.resolve();
  const store = {
    ...memory,
    exclusive: <T>(work: () => Promise<T>) => {
      const run = last.then(work);
      last = run.catch(() => undefined);
      return run;
    },
  };
  const installs: string[] = [];
  const node = (name: string, version = '1.0.0') =>
    kernelOf(
      [
        definePlugin({
          manifest: { id: 'crm', version },
          setup: () => undefined,
          install: async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            installs.push(`install by ${name}`);
          },
          upgrade: () => void installs.push(`upgrade by ${name}`),
        }),
      ],
      { stateStore: store },
    );
  const nodes = [node('a'), node('b')];
  await Promise.all(nodes.map((kernel) => kernel.boot()));
  expect(installs).toHaveLength(1);
  const newer = [node('c', '1.1.0'), node('d', '1.1.0')];
  await Promise.all(newer.map((kernel) => kernel.boot()));
  expect(installs.slice(1)).toEqual([expect.stringMatching(/^upgrade by/)]);
  await Promise.all([...nodes, ...newer].map((kernel) => kernel.stop()));
});
