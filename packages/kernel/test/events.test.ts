import { expect, it, vi } from 'vitest';
import type { EventName, KernelOptions, ManifestContext, PluginContext } from '../src/index.js';
import { createNodeCarrier } from '../src/node/index.js';
import { serviceRef, systemContext } from '@objectos/spec/contracts';
import { booted, failure, plugin, recordingLogger, type Entry } from './support.js';

const record = {
  object: 'contact',
  id: '1',
  revision: 1,
  actor: 'me',
  tenantId: null,
  requestId: 'r',
  at: '2026-01-01T00:00:00Z',
};

/** A kernel with one plugin, and the context of that plugin. */
async function withContext(
  setup: (ctx: PluginContext) => void,
  options: Partial<KernelOptions> = {},
) {
  let ctx: PluginContext | undefined;
  const kernel = await booted(
    [
      plugin('p', {
        setup(own) {
          ctx = own;
          setup(own);
        },
      }),
    ],
    options,
  );
  await kernel.idle();
  return { kernel, ctx: ctx! };
}

it('runs handlers after emit returned, in order', async () => {
  const told: string[] = [];
  const { kernel, ctx } = await withContext((own) => {
    own.on('data.record.created', () => void told.push('first'));
    own.on('data.record.created', () => void told.push('second'));
  });
  ctx.emit('data.record.created', record);
  told.push('returned');
  await kernel.idle();
  expect(told).toEqual(['returned', 'first', 'second']);
});

it('isolates a handler that throws, rejects, or fails after an await', async () => {
  const unhandled = vi.fn();
  process.on('unhandledRejection', unhandled);
  try {
    const log: Entry[] = [];
    let reached = 0;
    const { kernel, ctx } = await withContext(
      (own) => {
        own.on('data.record.created', () => {
          throw new TypeError('sync');
        });
        own.on('data.record.created', () => Promise.reject(new TypeError('async')));
        own.on('data.record.created', async () => {
          await new Promise((resolve) => setTimeout(resolve, 1));
          throw new TypeError('after an await');
        });
        own.on('data.record.created', () => void (reached += 1));
      },
      { logger: recordingLogger(log) },
    );
    ctx.emit('data.record.created', record);
    await kernel.idle();
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(reached).toBe(1);
    expect(kernel.inspect().eventFailures).toEqual({ p: 3 });
    const failures = log.filter((entry) => entry.level === 'error').map((entry) => entry.fields);
    expect(failures).toEqual(
      ['sync', 'async', 'after an await'].map((message) => ({
        plugin: 'p',
        event: 'data.record.created',
        error: expect.objectContaining({ message }),
      })),
    );
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off('unhandledRejection', unhandled);
  }
});

it('does not run a handler that was taken away between the fact and its delivery', async () => {
  let told = 0;
  let stop = (): unknown => undefined;
  const { kernel, ctx } = await withContext((own) => {
    stop = own.on('data.record.created', () => void (told += 1));
  });
  ctx.emit('data.record.created', record);
  stop();
  stop();
  await kernel.idle();
  expect([told, kernel.inspect().outstandingEvents]).toEqual([0, 0]);
});

it('validates payloads of declared events in strict mode only', async () => {
  const strict = await withContext(() => undefined, { strict: true });
  const error = await failure(() =>
    strict.ctx.emit('data.record.created', { ...record, revision: 'x' } as never),
  );
  expect(error.code).toBe('event_payload_invalid');
  expect(error.message).toContain('"revision"');
  strict.ctx.emit('user.signup' as EventName, { anything: true } as never);
  strict.ctx.emit('toString' as EventName, {} as never);
  const lax = await withContext(() => undefined);
  lax.ctx.emit('data.record.created', {} as never);
});

it.each<[string, Partial<KernelOptions>, (emit: () => void) => void | Promise<void>]>([
  ['synchronously', {}, (emit) => emit()],
  [
    'after an await, where contexts are carried',
    { carrier: createNodeCarrier() },
    async (emit) => {
      await new Promise((resolve) => setTimeout(resolve, 0));
      emit();
    },
  ],
])(
  'stops events that cause each other %s, with the chain in the error',
  async (_how, options, act) => {
    const log: Entry[] = [];
    let count = 0;
    const { kernel, ctx } = await withContext(
      (own) => {
        own.on('data.record.created', () => {
          count += 1;
          return act(() => own.emit('data.record.deleted', { ...record, soft: false }));
        });
        own.on('data.record.deleted', () => act(() => own.emit('data.record.created', record)));
      },
      { ...options, maxEventDepth: 4, logger: recordingLogger(log) },
    );
    ctx.emit('data.record.created', record);
    await kernel.idle();
    expect(count).toBe(2);
    expect(kernel.inspect().eventFailures).toEqual({ p: 1 });
    expect(log.at(-1)?.fields['error']).toMatchObject({
      code: 'event_recursion_limit',
      params: {
        limit: 4,
        chain: [
          'data.record.created',
          'data.record.deleted',
          'data.record.created',
          'data.record.deleted',
          'data.record.created',
        ],
      },
    });
  },
);

it('begins a new chain of events in a timer', async () => {
  let rounds = 0;
  const { kernel, ctx } = await withContext(
    (own) => {
      own.on('data.record.created', () => {
        rounds += 1;
        if (rounds < 10) own.setTimeout(() => own.emit('data.record.created', record), 0);
      });
    },
    { carrier: createNodeCarrier(), maxEventDepth: 3 },
  );
  ctx.emit('data.record.created', record);
  await vi.waitFor(() => expect(rounds).toBe(10));
  expect(kernel.inspect()).toMatchObject({ eventFailures: {}, timers: 0 });
});

it('gives the loop of the platform its turn during a storm of events', async () => {
  let ticks = 0;
  let told = 0;
  const timer = setInterval(() => (ticks += 1), 0);
  try {
    const { kernel, ctx } = await withContext((own) => {
      own.on('data.record.created', async () => {
        told += 1;
        await Promise.resolve();
        if (told < 20_000) own.emit('data.record.created', record);
      });
    });
    ctx.emit('data.record.created', record);
    await kernel.idle();
    expect(told).toBe(20_000);
    expect(ticks).toBeGreaterThan(0);
  } finally {
    clearInterval(timer);
  }
});

it('runs handlers with the context of the emitter, without its transaction and deadline', async () => {
  const carrier = createNodeCarrier();
  const seen: unknown[] = [];
  const { kernel, ctx } = await withContext(
    (own) => {
      own.on('data.record.created', () => void seen.push(own.currentContext()));
    },
    { carrier },
  );
  const context = {
    ...systemContext('import'),
    transaction: { kind: 'transaction' } as const,
    deadline: 1,
  };
  carrier.run(context, () => ctx.emit('data.record.created', record));
  ctx.emit('data.record.created', record);
  await kernel.idle();
  expect(seen).toEqual([{ ...context, transaction: undefined, deadline: undefined }, undefined]);
});

it('lets manifest and ObjectStack plugins tell and hear events that no map declares', async () => {
  const heard: string[] = [];
  let manifest: ManifestContext | undefined;
  let trigger: (name: string, ...args: unknown[]) => Promise<void> = () => Promise.resolve();
  const kernel = await booted([
    {
      id: 'crm',
      version: '1.0.0',
      onLoad(ctx) {
        manifest = ctx;
      },
      onEvent: {
        'user.signup': (ctx, payload) =>
          void heard.push(`crm ${ctx.plugin.id} ${JSON.stringify(payload)}`),
      },
    },
    {
      name: 'stack',
      init(ctx) {
        trigger = (...args) => ctx.trigger(...args);
        ctx.hook(
          'user.signup',
          (payload: { n: number }, more?: string) =>
            void heard.push(`stack ${payload.n} ${String(more)}`),
        );
      },
    },
  ]);
  manifest?.events.emit('user.signup', { n: 1 });
  await kernel.idle();
  expect(heard.sort()).toEqual(['crm crm {"n":1}', 'stack 1 undefined']);
  heard.length = 0;
  await trigger('user.signup', { n: 2 }, 'more');
  await kernel.idle();
  expect(heard).toEqual(['stack 2 more', 'crm crm {"n":2}']);
});

it('waits for running handlers before it stops, and no longer than its deadline', async () => {
  const cache = serviceRef<string>('cache');
  let finished: string | undefined;
  const { kernel, ctx } = await withContext((own) => {
    own.provide(cache, 'still there');
    own.on('data.record.created', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      finished = own.service(cache);
    });
  });
  ctx.emit('data.record.created', record);
  expect(await kernel.stop()).toMatchObject({ failures: [], unfinishedEvents: 0 });
  expect(finished).toBe('still there');

  let stopped = false;
  const hanging = await withContext((own) => {
    own.on('data.record.created', () => new Promise(() => undefined));
    own.onDispose(async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      stopped = true;
    });
  });
  hanging.ctx.emit('data.record.created', record);
  const report = await hanging.kernel.stop({ deadline: 800 });
  expect([report.failures, report.unfinishedEvents, stopped]).toEqual([[], 1, true]);
});
