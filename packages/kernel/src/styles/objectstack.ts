import {
  serviceRef,
  type Disposer,
  type Health,
  type MaybePromise,
  type PluginContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { flexibleLogger, type FlexibleLogger } from '../logger.js';
import { baseOf, manifestProblem, parseManifest, type EntryFacts } from '../manifest.js';
import type { KernelPlugin, PluginHost, RunningPlugin } from '../plugin.js';

/** What `getKernel()` answers in the ObjectStack style. */
export interface ObjectStackKernel {
  getService<T>(name: string): T;
  getState(): string;
  isRunning(): boolean;
}

/** The context of the ObjectStack style. Everything registered through it is owned by the plugin. */
export interface ObjectStackContext {
  /** @throws `service_conflict` */
  registerService(name: string, service: unknown): void;
  /** Puts another implementation in the place of one this plugin registered. @throws as above */
  replaceService(name: string, service: unknown): void;
  /** @throws `service_missing` */
  getService<T>(name: string): T;
  getServices(): Map<string, unknown>;
  hook(name: string, handler: (...args: never[]) => MaybePromise<void>): void;
  trigger(name: string, ...args: unknown[]): Promise<void>;
  readonly logger: FlexibleLogger;
  getKernel(): ObjectStackKernel;
}

/** A plugin in the ObjectStack shape, as a class instance or an object. */
export interface ObjectStackPlugin {
  readonly name: string;
  readonly version?: string | undefined;
  readonly dependencies?: readonly string[] | undefined;
  readonly optionalDependencies?: readonly string[] | undefined;
  readonly requiresServices?: readonly string[] | undefined;
  readonly providesServices?: readonly string[] | undefined;
  /** Milliseconds for `init` and for `start`. */
  readonly startupTimeout?: number | undefined;
  init(ctx: ObjectStackContext): MaybePromise<void>;
  start?(ctx: ObjectStackContext): MaybePromise<void>;
  destroy?(): MaybePromise<void>;
  healthCheck?(): MaybePromise<{ healthy: boolean; message?: string | undefined }>;
}

type NamedHandler = (...args: readonly unknown[]) => MaybePromise<void>;

/** The hooks of this style that are moments of its own life here. */
type LifecycleHooks = Record<'kernel:ready' | 'kernel:shutdown', NamedHandler[]>;

/** Reads a plugin of the ObjectStack shape. @throws `plugin_malformed` */
export function fromObjectStack(plugin: ObjectStackPlugin, entry: EntryFacts): KernelPlugin {
  const manifest = parseManifest(
    {
      id: plugin.name,
      version: plugin.version ?? '0.0.0',
      dependencies: plugin.dependencies,
      optionalDependencies: plugin.optionalDependencies,
      requiresServices: plugin.requiresServices,
      providesServices: plugin.providesServices,
    },
    entry.name,
  );
  for (const key of ['start', 'destroy', 'healthCheck'] as const) {
    const value = (plugin as unknown as Readonly<Record<string, unknown>>)[key];
    if (value !== undefined && typeof value !== 'function') {
      throw manifestProblem(`"${manifest.id}"`, `${key} must be a function`);
    }
  }
  return {
    ...baseOf(manifest, entry),
    style: 'objectstack',
    startupTimeout: plugin.startupTimeout,
    async setup(ctx, host) {
      const moments: LifecycleHooks = { 'kernel:ready': [], 'kernel:shutdown': [] };
      const own = objectStackContext(ctx, host, moments);
      await plugin.init(own);
      return runningPlugin(plugin, own, moments);
    },
  };
}

function runningPlugin(
  plugin: ObjectStackPlugin,
  ctx: ObjectStackContext,
  moments: LifecycleHooks,
): RunningPlugin {
  return {
    start: () => plugin.start?.(ctx),
    ready: () => runAll(moments['kernel:ready']),
    async stop() {
      try {
        await runAll(moments['kernel:shutdown']);
      } finally {
        await plugin.destroy?.();
      }
    },
    ...(plugin.healthCheck && {
      health: async (): Promise<Health> => {
        const outcome = await plugin.healthCheck?.();
        return { status: outcome?.healthy === true ? 'up' : 'down', detail: outcome?.message };
      },
    }),
  };
}

async function runAll(handlers: readonly NamedHandler[]): Promise<void> {
  for (const handler of handlers) await handler();
}

function objectStackContext(
  ctx: PluginContext,
  host: PluginHost,
  moments: LifecycleHooks,
): ObjectStackContext {
  const logger = flexibleLogger(ctx.logger);
  const getService = <T>(name: string): T => {
    const found = ctx.service(serviceRef<T>(name));
    if (found !== undefined) return found;
    const suggestion = suggest(name, host.serviceIds());
    throw createError('service_missing', {
      service: name,
      plugin: `Plugin "${ctx.plugin.id}"`,
      suggestion,
    });
  };
  const registered = new Map<string, Disposer>();
  const register = (name: string, service: unknown): void => {
    registered.set(name, ctx.provide(serviceRef(name), service));
  };
  return {
    logger,
    getService,
    registerService: register,
    replaceService(name, service) {
      void registered.get(name)?.();
      register(name, service);
    },
    getServices: () =>
      new Map([...host.serviceIds()].map((id) => [id, ctx.service(serviceRef(id))])),
    hook(name, handler) {
      const untypedHandler = handler as NamedHandler;
      if (name === 'kernel:ready' || name === 'kernel:shutdown') moments[name].push(untypedHandler);
      else host.listen(name, untypedHandler);
    },
    trigger: (name, ...args) => host.trigger(name, args),
    getKernel: () => ({
      getService,
      getState: () => host.state,
      isRunning: () => host.state === 'running',
    }),
  };
}

/** True for what looks like a plugin of this shape. */
export function isObjectStackShape(value: object): value is ObjectStackPlugin {
  return 'init' in value && typeof value.init === 'function';
}
