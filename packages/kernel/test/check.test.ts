import { optional, serviceRef } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { createMemoryStateStore, definePlugin, KERNEL_VERSION } from '../src/index.js';
import { booted, failure, kernelOf, plugin, problemsOf } from './support.js';
import { z } from 'zod';

const cache = serviceRef<object>('cache');
const jobs = serviceRef<object>('jobs');

async function problems(...args: Parameters<typeof kernelOf>) {
  const kernel = kernelOf(...args);
  const error = await failure(() => kernel.boot());
  expect(error.code).toBe('kernel_boot_failed');
  expect(kernel.state).toBe('failed');
  return problemsOf(error);
}

it('reports all problems of all plugins together, before anything runs', async () => {
  let ran = 0;
  const count = { setup: () => void (ran += 1) };
  const found = await problems(
    [
      plugin('fine', count),
      plugin('twice', count),
      plugin('twice', count),
      plugin('lonely', { manifest: { dependencies: ['fien'] }, ...count }),
      plugin('old', { manifest: { dependencies: { fine: '^2.0.0' } }, ...count }),
      plugin('future', { manifest: { engine: '>=99' }, ...count }),
      plugin('hungry', { deps: { jobs }, ...count }),
      plugin('first', { provides: [cache], ...count }),
      plugin('second', { provides: [cache], ...count }),
      plugin('a', { manifest: { dependencies: ['b'] }, ...count }),
      plugin('b', { manifest: { dependencies: ['c'] }, ...count }),
      plugin('c', { manifest: { dependencies: ['a'] }, ...count }),
      { nonsense: true } as never,
    ],
    { config: { fnie: {} } },
  );
  expect(ran).toBe(0);
  expect(found.map(({ code, message }) => `${code}: ${message}`)).toEqual([
    'plugin_malformed: Plugin number 13 of the list is malformed: it has none of the plugin shapes.',
    'plugin_duplicate: Two plugins have the id "twice".',
    'plugin_dependency_missing: Plugin "lonely" depends on "fien", which is not loaded. Did you mean "fine"?',
    'plugin_dependency_version: Plugin "old" needs "fine" ^2.0.0; version 1.0.0 is loaded.',
    `plugin_engine_mismatch: Plugin "future" needs kernel >=99; this is ${KERNEL_VERSION}.`,
    'service_conflict: Both "first" and "second" provide the service "cache".',
    'service_missing: Plugin "hungry" needs the service "jobs", which nobody provides.',
    'plugin_dependency_cycle: Plugins depend on each other in a cycle: a -> b -> c -> a.',
    'plugin_config_unknown: There is configuration for "fnie", which is not a loaded plugin. Did you mean "fine"?',
  ]);
});

it('finds a cycle that runs through services', async () => {
  const found = await problems([
    plugin('b', { deps: { cache }, provides: [jobs] }),
    plugin('a', { deps: { jobs: optional(jobs) }, provides: [cache] }),
  ]);
  expect(found.map((problem) => problem.message)).toEqual([
    'Plugins depend on each other in a cycle: a -> b -> a.',
  ]);
});

it('finds a plugin that waits for itself', async () => {
  const found = await problems([plugin('a', { deps: { cache }, provides: [cache] })]);
  expect(found.map((problem) => problem.message)).toEqual([
    'Plugins depend on each other in a cycle: a -> a.',
  ]);
});

it('counts a pre-release as the version it leads to', async () => {
  const kernel = await booted([
    plugin('app', { manifest: { dependencies: { base: '^1.0.0' } } }),
    plugin('base', { manifest: { version: '1.1.0-beta.1' } }),
  ]);
  expect(kernel.state).toBe('running');
});

it('names the misspelt key of a configuration, however deep, and what was meant', async () => {
  const configured = definePlugin({
    manifest: { id: 'http', version: '1.0.0' },
    config: z.strictObject({
      port: z.number().default(80),
      tls: z.strictObject({ certificate: z.string() }).optional(),
    }),
    setup: () => undefined,
  });
  const [unknown] = await problems([configured], { config: { http: { prot: 1 } } });
  expect(unknown?.code).toBe('plugin_config_invalid');
  expect(unknown?.message).toBe(
    'The configuration of plugin "http" is not valid: unknown key "prot" (did you mean "port"?).',
  );
  const [deep] = await problems([configured], {
    config: { http: { tls: { certificate: 'x', certifcate: 'y' } } },
  });
  expect(deep?.message).toContain('unknown key "tls.certifcate" (did you mean "tls.certificate"?)');
  const [wrong] = await problems([configured], { config: { http: { port: 'x' } } });
  expect(wrong?.message).toContain('"port": Invalid input: expected number');
  const [none] = await problems([plugin('bare')], { config: { bare: { a: 1 } } });
  expect(none?.message).toContain('it takes no configuration');
});

it('parses configuration once, into a frozen value with its defaults', async () => {
  let seen: { port: number; list: string[] } | undefined;
  const make = () =>
    definePlugin({
      manifest: { id: 'http', version: '1.0.0' },
      config: z.strictObject({
        port: z.number().default(80),
        list: z.array(z.string()).default([]),
      }),
      setup(ctx) {
        seen = ctx.config;
      },
    });
  await booted([make()]);
  expect(seen).toEqual({ port: 80, list: [] });
  expect(Object.isFrozen(seen) && Object.isFrozen(seen?.list)).toBe(true);
  await booted([{ plugin: make(), config: { port: 1 } }]);
  expect(seen?.port).toBe(1);
  await booted([{ plugin: make(), config: { port: 1 } }], { config: { http: { port: 2 } } });
  expect(seen?.port).toBe(2);
});

it.each<[unknown, string]>([
  [null, 'number 1 of the list is malformed: it is null'],
  ['text', 'it is a string, not an object'],
  [[], 'it is a list, not an object'],
  [class Crm {}, '"Crm" is malformed: it is a class or function; pass what it makes'],
  [{ id: 'crm' }, '"crm" is malformed: "version"'],
  [{ id: 'crm', version: '1' }, 'a version like 1.0.0'],
  [{ id: '../crm', version: '1.0.0' }, 'an id like "crm"'],
  [
    { id: 'crm', version: '1.0.0', onLaod: () => undefined },
    'unknown key "onLaod" (did you mean "onLoad"?)',
  ],
  [{ id: 'crm', version: '1.0.0', onLoad: 'x' }, 'onLoad must be a function'],
  [{ id: 'crm', version: '1.0.0', onEvent: { x: 1 } }, 'onEvent["x"] must be a function'],
  [
    { id: 'crm', version: '1.0.0', dependencies: { a: 'banana' } },
    '"a": "banana" is not a version range',
  ],
  [{ id: 'crm', version: '1.0.0', dependencies: ['crm'] }, 'it depends on itself'],
  [{ name: 'crm', version: '1.0.0', init: () => undefined, start: 1 }, 'start must be a function'],
  [{ name: '', init: () => undefined }, '"id": an id like'],
  [
    { kind: 'objectos.plugin', manifest: { id: 'crm', version: '1.0.0' } },
    'setup must be a function',
  ],
  [
    {
      kind: 'objectos.plugin',
      manifest: { id: 'crm', version: '1.0.0', dependancies: [] },
      setup: () => undefined,
    },
    'unknown key "dependancies" (did you mean "dependencies"?)',
  ],
  [
    {
      kind: 'objectos.plugin',
      manifest: { id: 'crm', version: '1.0.0' },
      setup: () => undefined,
      start: () => undefined,
    },
    'unknown key "start"',
  ],
  [
    {
      kind: 'objectos.plugin',
      manifest: { id: 'crm', version: '1.0.0' },
      setup: () => undefined,
      deps: { a: 'b' },
    },
    'deps.a must be a service ref',
  ],
  [
    { plugin: { id: 'crm', version: '1.0.0' }, optinal: true },
    'unknown key "optinal" beside it (did you mean "optional"?)',
  ],
  [{ plugin: { id: 'crm', version: '1.0.0' }, optional: 'yes' }, 'optional must be true or false'],
  [{ plugin: { id: 'crm', version: '1.0.0' }, baseDir: 1 }, 'baseDir must be a string'],
  [
    {
      get plugin(): never {
        throw new TypeError('hostile getter');
      },
    },
    'hostile getter',
  ],
])('refuses the malformed plugin %#', async (input, message) => {
  const [problem] = await problems([input as never]);
  expect(problem?.code).toBe('plugin_malformed');
  expect(problem?.message).toContain(message);
});

it('refuses a downgrade of an installed plugin', async () => {
  const stateStore = createMemoryStateStore();
  await booted([plugin('crm', { manifest: { version: '2.0.0' } })], { stateStore });
  const found = await problems([plugin('crm', { manifest: { version: '1.9.0' } })], { stateStore });
  expect(found.map((problem) => problem.code)).toEqual(['plugin_downgrade']);
});

it('takes dependencies as a list or a map, and optional ones only when present', async () => {
  const kernel = await booted([
    plugin('list', { manifest: { dependencies: ['base'] } }),
    plugin('map', {
      manifest: { dependencies: { base: '1.x' }, optionalDependencies: ['gone', 'list'] },
    }),
    plugin('base'),
  ]);
  expect(kernel.report()?.waves).toEqual([['base'], ['list'], ['map']]);
});

it('checks the version of an optional dependency that is present', async () => {
  const found = await problems([
    plugin('a', { manifest: { optionalDependencies: { b: '^2.0.0' } } }),
    plugin('b'),
  ]);
  expect(found.map((problem) => problem.code)).toEqual(['plugin_dependency_version']);
});

it('is not fooled by names of the object prototype', async () => {
  const found = await problems([
    plugin('a', {
      manifest: { dependencies: ['constructor'] },
      deps: { x: serviceRef('toString') },
    }),
  ]);
  expect(found.map((problem) => problem.code)).toEqual([
    'plugin_dependency_missing',
    'service_missing',
  ]);
});

it('is booted once', async () => {
  const kernel = await booted([]);
  expect((await failure(() => kernel.boot())).code).toBe('kernel_state');
});
