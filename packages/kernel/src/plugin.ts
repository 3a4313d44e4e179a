import type {
  Health,
  MaybePromise,
  PluginContext,
  PluginDefinition,
} from '@objectos/spec/contracts';
import type { PluginManifest } from '@objectos/spec/metadata';
import type { ManifestPlugin } from './styles/manifest-style.js';
import type { ObjectStackPlugin } from './styles/objectstack.js';

/** A `definePlugin` value whatever its configuration and dependencies are. */
export type AnyPluginDefinition = Omit<
  PluginDefinition,
  'setup' | 'install' | 'upgrade' | 'uninstall'
> & {
  install?(ctx: PluginContext<never>): MaybePromise<void>;
  upgrade?(ctx: PluginContext<never>, from: string): MaybePromise<void>;
  setup(ctx: PluginContext<never>, deps: never): ReturnType<PluginDefinition['setup']>;
  uninstall?(ctx: PluginContext<never>): MaybePromise<void>;
};

/** A plugin in any of the three styles. */
export type PluginSource = AnyPluginDefinition | ManifestPlugin | ObjectStackPlugin;

/** A plugin together with what the application says about it. */
export interface PluginEntry {
  readonly plugin: PluginSource;
  /** Folder that the manifest's globs are relative to. Default `.`. */
  readonly baseDir?: string | undefined;
  /** Configuration; `createKernel({ config })` wins over it. */
  readonly config?: unknown;
  /** A failure of this plugin makes the kernel degraded instead of stopping its boot. */
  readonly optional?: boolean | undefined;
}

/** What `createKernel({ plugins })` and `kernel.add` take. */
export type PluginInput = PluginSource | PluginEntry;

/** Why a running plugin stops. */
export type StopReason = 'disable' | 'reload' | 'uninstall' | 'stop' | 'failure';

/** What the kernel calls while a plugin runs. */
export interface RunningPlugin {
  start?(): MaybePromise<void>;
  /** Milliseconds that `start` may take; overrides the kernel's timeout. */
  readonly startTimeout?: number | undefined;
  /** After every plugin of the boot is started. */
  ready?(): MaybePromise<void>;
  stop?(reason: StopReason): MaybePromise<void>;
  health?(): MaybePromise<Health>;
}

/** What every style becomes: the only form the rest of the kernel knows. */
export interface KernelPlugin {
  readonly id: string;
  readonly version: string;
  readonly style: 'definition' | 'manifest' | 'objectstack';
  readonly manifest: PluginManifest;
  /** Plugin id to version range. */
  readonly dependencies: ReadonlyMap<string, string>;
  readonly optionalDependencies: ReadonlyMap<string, string>;
  /** Ids of services. */
  readonly requires: readonly string[];
  readonly optionalRequires: readonly string[];
  readonly provides: readonly string[];
  readonly critical: boolean;
  readonly optional: boolean;
  readonly baseDir: string;
  readonly config: unknown;
  readonly configSchema: PluginDefinition['config'];
  /** Milliseconds; overrides the kernel's timeouts of set-up and start. */
  readonly startupTimeout: number | undefined;
  install?(ctx: PluginContext): MaybePromise<void>;
  upgrade?(ctx: PluginContext, from: string): MaybePromise<void>;
  setup(ctx: PluginContext, host: PluginHost): MaybePromise<RunningPlugin | void>;
  uninstall?(ctx: PluginContext): MaybePromise<void>;
}

/** The little of the kernel that the styles need beside the plugin context. */
export interface PluginHost {
  readonly state: string;
  serviceIds(): IterableIterator<string>;
  /** Runs the hooks of a name with any arguments, then tells it as an event. */
  trigger(name: string, args: readonly unknown[]): Promise<void>;
  /** Listens to a name both as a hook and as an event. */
  listen(name: string, handler: (...args: readonly unknown[]) => MaybePromise<void>): void;
}

/** The context by plain names, for the styles that declare no types. */
export interface UntypedContext {
  on(event: string, handler: (payload: unknown) => MaybePromise<void>): () => void | Promise<void>;
  emit(event: string, payload: unknown): void;
}

/** The same context without the map of declared events. */
export function untyped(ctx: PluginContext): UntypedContext {
  return {
    on: (event, handler) => ctx.on(event as never, handler),
    emit: (event, payload) => ctx.emit(event as never, payload as never),
  };
}
