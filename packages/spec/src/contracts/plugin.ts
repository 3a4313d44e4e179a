import type { z } from 'zod';
import type { PluginManifest } from '../metadata/manifest.js';
import type { ExecutionContext } from './context.js';
import type { Disposer, MaybePromise } from './disposable.js';
import type { EventMap, EventName } from './events.js';
import type { HookMap, HookName } from './hooks.js';
import type { Logger } from './logger.js';
import type { ContributionPoint, OptionalRef, ServiceRef } from './refs.js';
import type { PluginStorage } from './storage.js';

/** Health of a plugin or of the whole kernel. */
export interface Health {
  readonly status: 'up' | 'degraded' | 'down';
  readonly detail?: string | undefined;
}

/** Options of a kernel hook registration: a total, stable order. */
export interface HookOptions {
  /** Default 100; lower runs first; ties by plugin id. */
  readonly order?: number | undefined;
}

/** A contribution together with the plugin that made it. */
export interface Contribution<T> {
  readonly plugin: string;
  readonly value: T;
}

/** What changed at a contribution point since the last call. */
export interface ContributionDelta<T> {
  readonly added: readonly Contribution<T>[];
  readonly removed: readonly Contribution<T>[];
}

/**
 * What a plugin is given. Everything it registers is owned by it: disabling, reloading or a failed
 * boot undoes all of it.
 */
export interface PluginContext<Config = unknown> {
  readonly plugin: { readonly id: string; readonly version: string };
  readonly config: Config;
  readonly logger: Logger;
  /** Isolated key-value storage of this plugin. */
  readonly storage: PluginStorage;
  /** Aborted when the plugin stops. */
  readonly signal: AbortSignal;

  /** Provides a service; a second provider of the same ref is refused by name. */
  provide<T>(ref: ServiceRef<T>, implementation: NoInfer<T>): Disposer;
  /** A service that may come and go; use `deps` for those needed at setup. */
  service<T>(ref: ServiceRef<T>): T | undefined;
  on<N extends EventName>(
    event: N,
    handler: (payload: EventMap[N]) => MaybePromise<void>,
  ): Disposer;
  /** Tells a fact. Handlers run after this returns; their failures reach nobody else. */
  emit<N extends EventName>(event: N, payload: EventMap[N]): void;
  hook<N extends HookName>(
    hook: N,
    handler: (payload: HookMap[N]) => MaybePromise<void>,
    options?: HookOptions,
  ): Disposer;
  /** Runs the registered hooks in order; the first failure stops and is thrown. */
  runHooks<N extends HookName>(hook: N, payload: HookMap[N]): MaybePromise<void>;
  /** True when `runHooks` would do something; lets hot paths skip it. */
  hasHooks(hook: HookName): boolean;
  /** The plugins whose hooks `runHooks` would call, in order. */
  hookOwners(hook: HookName): readonly string[];
  contribute<T>(point: ContributionPoint<T>, value: NoInfer<T>): Disposer;
  /** Calls `handler` with what there is, and again on every change, until disposed. */
  consume<T>(
    point: ContributionPoint<T>,
    handler: (all: readonly Contribution<T>[], delta: ContributionDelta<T>) => MaybePromise<void>,
  ): Disposer;
  /** A timer that dies with the plugin. */
  setInterval(handler: () => MaybePromise<void>, milliseconds: number): Disposer;
  setTimeout(handler: () => MaybePromise<void>, milliseconds: number): Disposer;
  /** Any other thing to undo, in reverse order of registration. */
  onDispose(disposer: Disposer): void;
  /** The context of the running request, if the platform carries one (Node). */
  currentContext(): ExecutionContext | undefined;
  /** Runs `work` so that `currentContext` is `context` in it and in what it calls, where it is carried. */
  runInContext<T>(context: ExecutionContext, work: () => T): T;
}

/** The dependencies a plugin asks for. */
export type DependencyMap = Readonly<Record<string, ServiceRef<unknown> | OptionalRef<unknown>>>;

/** What `deps` resolve to. */
export type ResolvedDependencies<D extends DependencyMap> = {
  readonly [K in keyof D]: D[K] extends OptionalRef<infer T>
    ? T | undefined
    : D[K] extends ServiceRef<infer T>
      ? T
      : never;
};

/** What `setup` may return: the later phases of the lifecycle. */
export interface PluginInstance {
  /** After every plugin of the boot is set up. */
  start?(): MaybePromise<void>;
  /**
   * Milliseconds that `start` may take, instead of what the kernel allows: for one that tells how far it
   * is, such as a migration.
   */
  readonly startTimeout?: number | undefined;
  /** Before the plugin's registrations are undone. */
  stop?(): MaybePromise<void>;
  health?(): MaybePromise<Health>;
}

/** A plugin in the `definePlugin` style. */
export interface PluginDefinition<
  C extends z.ZodType = z.ZodType,
  D extends DependencyMap = DependencyMap,
> {
  readonly kind: 'objectos.plugin';
  readonly manifest: PluginManifest;
  readonly config?: C | undefined;
  readonly deps?: D | undefined;
  /** Refs this plugin provides; checked before anything runs. */
  readonly provides?: readonly ServiceRef<unknown>[] | undefined;
  /** Once per installation, before the first `setup`. Must bear a repetition after a crash. */
  install?(ctx: PluginContext<z.output<C>>): MaybePromise<void>;
  /** Once per newer version, before its first `setup`; `from` is the version installed before. */
  upgrade?(ctx: PluginContext<z.output<C>>, from: string): MaybePromise<void>;
  setup(
    ctx: PluginContext<z.output<C>>,
    deps: ResolvedDependencies<D>,
  ): MaybePromise<PluginInstance | void>;
  /** When the plugin is taken away for good; its storage is emptied afterwards. */
  uninstall?(ctx: PluginContext<z.output<C>>): MaybePromise<void>;
}

/**
 * Declares a plugin.
 *
 * @example
 * export const greeter = definePlugin({
 *   manifest: { id: 'greeter', version: '1.0.0' },
 *   deps: { engine: dataEngineService },
 *   setup(ctx) { ctx.on('kernel.ready', () => ctx.logger.info({}, 'hello')); },
 * });
 */
export function definePlugin<
  C extends z.ZodType = z.ZodType,
  // eslint-disable-next-line @typescript-eslint/no-generated-empty-object-type -- no dependencies means no keys
  const D extends DependencyMap = Record<never, never>,
>(definition: Omit<PluginDefinition<C, D>, 'kind'>): PluginDefinition<C, D> {
  return { kind: 'objectos.plugin', ...definition };
}
