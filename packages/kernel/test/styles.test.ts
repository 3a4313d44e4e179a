import { serviceRef, silentLogger } from '@objectos/spec/contracts';
import { expect, expectTypeOf, it, onTestFinished, vi } from 'vitest';
import {
  createConsoleLogger,
  definePlugin,
  optional,
  type FlexibleLogger,
  type ObjectStackContext,
  type PluginManifest,
} from '../src/index.js';
import { booted, failure, kernelOf, plugin, recordingLogger, type Entry } from './support.js';

it('runs the CrmPlugin sample of the plan as it is written', async () => {
  const leads: unknown[] = [];
  const createLeadFromUser = (payload: unknown) => Promise.resolve(leads.push(payload));
  const CrmPlugin: PluginManifest = {
    id: 'steedos-crm',
    version: '1.0.0',
    dependencies: ['@objectos/auth'],
    objects: ['./objects/*.object.yml'],
    workflows: ['./workflows/*.workflow.yml'],
    onLoad: async (ctx) => {
      ctx.logger.info('CRM Loaded');
    },
    onEvent: {
      'user.signup': async (_ctx, payload) => {
        await createLeadFromUser(payload);
      },
    },
  };
  const log: Entry[] = [];
  const kernel = await booted(
    [
      CrmPlugin,
      plugin('@objectos/auth', {
        setup: (ctx) => ({
          start: () => ctx.emit('user.signup' as never, { email: 'a@b.c' } as never),
        }),
      }),
    ],
    { logger: recordingLogger(log) },
  );
  await kernel.idle();
  expect(kernel.report()?.waves).toEqual([['@objectos/auth'], ['steedos-crm']]);
  expect(leads).toEqual([{ email: 'a@b.c' }]);
  expect(log).toContainEqual({
    level: 'info',
    message: 'CRM Loaded',
    fields: { plugin: 'steedos-crm' },
  });
});

/** Written against the types of ObjectStack, not ours: state in private fields, methods on the class. */
class CounterPlugin {
  name = 'com.example.counter';
  version = '1.2.0';
  dependencies = ['com.example.base'];
  readonly steps: string[] = [];
  #count = 0;

  async init(ctx: ObjectStackContext): Promise<void> {
    ctx.logger.info('init', { step: 1 });
    ctx.registerService('counter', { next: () => ++this.#count });
    ctx.hook(
      'kernel:ready',
      async () => void this.steps.push(`ready, ${ctx.getKernel().getState()}`),
    );
    ctx.hook('kernel:shutdown', () => void this.steps.push('shutdown'));
    ctx.hook('data.beforeCreate', (record: { name: string }, by: string) => {
      record.name += ` by ${by}`;
    });
    this.steps.push(`init with ${ctx.getService<string>('base')}`);
  }

  async start(ctx: ObjectStackContext): Promise<void> {
    this.steps.push(`start with ${[...ctx.getServices().keys()].join()}`);
    const record = { name: 'Acme' };
    await ctx.trigger('data.beforeCreate', record, 'start');
    this.steps.push(record.name);
  }

  async destroy(): Promise<void> {
    this.steps.push(`destroy at ${this.#count}`);
  }

  async healthCheck() {
    return { healthy: this.#count < 2, message: `count ${this.#count}` };
  }
}

it('runs a plugin in the ObjectStack class shape', async () => {
  const counterPlugin = new CounterPlugin();
  const kernel = await booted([
    counterPlugin,
    { name: 'com.example.base', init: (ctx) => ctx.registerService('base', 'the base') },
  ]);
  const counter = kernel.service(serviceRef<{ next(): number }>('counter'));
  counter.next();
  expect(await kernel.health()).toMatchObject({ status: 'up' });
  counter.next();
  expect(await kernel.health()).toMatchObject({
    status: 'degraded',
    detail: 'com.example.counter is down',
  });
  expect(kernel.plugins()[0]).toMatchObject({ style: 'objectstack', version: '1.2.0' });
  await kernel.stop();
  expect(counterPlugin.steps).toEqual([
    'init with the base',
    'start with kernel.health,base,counter',
    'Acme by start',
    'ready, booting',
    'shutdown',
    'destroy at 2',
  ]);
});

it('answers an ObjectStack plugin that asks for a service nobody has', async () => {
  const kernel = kernelOf([
    { name: 'a', init: (ctx) => ctx.registerService('cache', {}) },
    { name: 'b', dependencies: ['a'], init: (ctx) => void ctx.getKernel().getService('cahce') },
  ]);
  expect((await failure(() => kernel.boot())).message).toContain(
    'Plugin "b" needs the service "cahce", which nobody provides. Did you mean "cache"?',
  );
});

it('lets an ObjectStack plugin replace its own service, and nobody else’s', async () => {
  const kernel = await booted([
    {
      name: 'a',
      init(ctx) {
        ctx.registerService('job', { kind: 'simple' });
        ctx.replaceService('job', { kind: 'durable' });
      },
    },
  ]);
  expect(kernel.service(serviceRef('job'))).toEqual({ kind: 'durable' });
  const thief = { name: 'thief', init: (ctx: ObjectStackContext) => ctx.replaceService('job', {}) };
  expect((await failure(() => kernel.add(thief))).message).toContain(
    'Both "a" and "thief" provide the service "job"',
  );
  await kernel.stop();
  expect(kernel.inspect().services).toBe(0);
});

it('destroys an ObjectStack plugin even when its shutdown hook fails', async () => {
  let destroyed = false;
  const kernel = await booted([
    {
      name: 'a',
      init(ctx) {
        ctx.hook('kernel:shutdown', () => Promise.reject(new TypeError('busy')));
      },
      destroy() {
        destroyed = true;
      },
    },
  ]);
  const report = await kernel.stop();
  expect([destroyed, report.failures.map((problem) => problem.message)]).toEqual([
    true,
    ['Plugin "a" failed in stop: busy'],
  ]);
});

it('orders by the services that manifests and ObjectStack plugins declare', async () => {
  const kernel = await booted([
    { id: 'user', version: '1.0.0', requiresServices: ['queue'] },
    { name: 'queue', providesServices: ['queue'], init: (ctx) => ctx.registerService('queue', {}) },
  ]);
  expect(kernel.report()?.waves).toEqual([['queue'], ['user']]);
});

it('types what it can', () => {
  const cache = serviceRef<{ get(key: string): string }>('cache');
  definePlugin({
    manifest: { id: 'a', version: '1.0.0' },
    deps: { cache, maybe: optional(cache) },
    setup(ctx, deps) {
      expectTypeOf(deps.cache).toEqualTypeOf<{ get(key: string): string }>();
      expectTypeOf(deps.maybe).toEqualTypeOf<{ get(key: string): string } | undefined>();
      // @ts-expect-error a wrong implementation is refused
      ctx.provide(cache, { get: () => 1 });
      // @ts-expect-error an event that nobody declared is refused
      ctx.on('data.record.craeted', () => undefined);
      ctx.on('data.record.updated', ({ changed }) => {
        expectTypeOf(changed).toEqualTypeOf<string[]>();
      });
    },
  });
});

it('logs in either order of arguments', () => {
  const log: Entry[] = [];
  let logger: FlexibleLogger | undefined;
  const own = recordingLogger(log);
  return booted([{ id: 'm', version: '1.0.0', onLoad: (ctx) => void (logger = ctx.logger) }], {
    logger: own,
  }).then(() => {
    log.length = 0;
    const error = new TypeError('lost');
    logger?.info('text', { a: 1 });
    logger?.warn({ b: 2 }, 'fields first');
    logger?.error('failed', error, { c: 3 });
    logger?.child({ request: 'r' }).debug('number', 7);
    expect(log).toEqual([
      { level: 'info', message: 'text', fields: { plugin: 'm', a: 1 } },
      { level: 'warn', message: 'fields first', fields: { plugin: 'm', b: 2 } },
      { level: 'error', message: 'failed', fields: { plugin: 'm', error, c: 3 } },
      { level: 'debug', message: 'number', fields: { plugin: 'm', request: 'r', detail: 7 } },
    ]);
  });
});

it('writes to the console from a level on', () => {
  const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  onTestFinished(() => void vi.restoreAllMocks());
  const logger = createConsoleLogger('warn').child({ plugin: 'p' });
  logger.info({}, 'quiet');
  logger.warn({ a: 1 }, 'loud');
  expect(info).not.toHaveBeenCalled();
  expect(warn.mock.calls).toEqual([['loud', { plugin: 'p', a: 1 }]]);
  expect(silentLogger.child({})).toBe(silentLogger);
});
