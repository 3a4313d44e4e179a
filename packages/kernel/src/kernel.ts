import type {
  Disposer,
  EventMap,
  EventName,
  KernelStateStore,
  Logger,
  ServiceRef,
} from '@objectos/spec/contracts';
import { healthService } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import { boot, emptySet } from './boot.js';
import type { BootReport } from './boot-report.js';
import type { CurrentSet } from './change.js';
import { noCarrier, type KernelCarrier } from './context.js';
import { toProblem, type KernelProblem } from './errors.js';
import { checkHealth, type KernelHealth } from './health.js';
import type { LifecycleContext, PluginRecord, PluginState } from './lifecycle.js';
import { createConsoleLogger } from './logger.js';
import { createManager } from './manage.js';
import type { PluginInput } from './plugin.js';
import { createRuntime, type Timeouts } from './runtime.js';
import { KERNEL } from './services.js';
import { shutDown, type StopReport } from './shut-down.js';
import { createMemoryStateStore } from './storage.js';

/** Options of {@link createKernel}. */
export interface KernelOptions {
  readonly plugins: readonly PluginInput[];
  /** Configuration by plugin id; each is parsed by its plugin's schema. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  /** Remembers what is installed and enabled. Default: in memory. */
  readonly stateStore?: KernelStateStore | undefined;
  /** Default: the console, from `info`. */
  readonly logger?: Logger | undefined;
  /** Milliseconds; default 10,000 each, 5,000 for a health check. */
  readonly timeouts?: Partial<Timeouts> | undefined;
  /** Carries the context along asynchronous calls; `createNodeCarrier()` of the `/node` entry. */
  readonly carrier?: KernelCarrier | undefined;
  /** Validate the payloads of declared events. Default false. */
  readonly strict?: boolean | undefined;
  /** How many events may cause each other in a row. Default 16. */
  readonly maxEventDepth?: number | undefined;
}

/** What a kernel is doing. */
export type KernelState = 'idle' | 'booting' | 'running' | 'stopping' | 'stopped' | 'failed';

/** A plugin as {@link Kernel.plugins} lists it. */
export interface PluginInfo {
  readonly id: string;
  readonly version: string;
  readonly style: string;
  readonly state: PluginState;
  readonly critical: boolean;
  readonly problem?: KernelProblem | undefined;
}

/** What is registered at this moment; all zero after a stop. */
export interface KernelCounts {
  readonly services: number;
  readonly hooks: number;
  readonly eventHandlers: number;
  readonly contributions: number;
  readonly consumers: number;
  readonly timers: number;
  readonly scopes: number;
  readonly outstandingEvents: number;
  /** Failures of event handlers so far, by plugin. */
  readonly eventFailures: Readonly<Record<string, number>>;
}

/** A kernel. Its lifecycle operations run one after the other, in the order of their calls. */
export interface Kernel {
  readonly state: KernelState;
  /**
   * Sets up and starts every plugin. With `start: false` everything is set up and nothing starts:
   * for tools that look at what the plugins contribute, such as the planner of migrations.
   *
   * @throws `kernel_boot_failed` with every problem in `details.problems`; nothing is left running
   */
  boot(options?: { readonly start?: boolean }): Promise<BootReport>;
  /** Stops everything in reverse order within `deadline` milliseconds (default 30,000). Idempotent. */
  stop(options?: { readonly deadline?: number }): Promise<StopReport>;
  /** @throws `service_missing` */
  service<T>(ref: ServiceRef<T>): T;
  findService<T>(ref: ServiceRef<T>): T | undefined;
  emit<N extends EventName>(event: N, payload: EventMap[N]): void;
  plugins(): readonly PluginInfo[];
  health(): Promise<KernelHealth>;
  /** How the boot went; `undefined` before. */
  report(): BootReport | undefined;
  /** Resolves when no event handler is running and no consumer has a change before it. */
  idle(): Promise<void>;
  inspect(): KernelCounts;
  /** Enables and starts a plugin. @throws `plugin_not_found`, what its start throws */
  enable(id: string): Promise<void>;
  /** Stops a plugin, and those that need it, until it is enabled. @throws `plugin_critical` */
  disable(id: string): Promise<void>;
  /** Takes a plugin away for good, with its storage. @throws `plugin_critical`, `plugin_in_use` */
  uninstall(id: string): Promise<void>;
  /**
   * Stops and starts a plugin, in a new form if one is given, and those that depend on it. What does
   * not check or does not start is refused, and what ran before runs again.
   * @throws `plugin_change_refused`, `plugin_failed`, `plugin_timeout`
   */
  reload(id: string, plugin?: PluginInput): Promise<void>;
  /** Adds a plugin to a running kernel. @throws as {@link Kernel.reload} */
  add(plugin: PluginInput): Promise<void>;
}

const DEFAULT_TIMEOUTS: Timeouts = { setup: 10_000, start: 10_000, stop: 10_000, health: 5_000 };
const DEFAULT_DEADLINE = 30_000;
const DEFAULT_EVENT_DEPTH = 16;

/**
 * Makes a kernel of plugins; nothing runs before {@link Kernel.boot}.
 *
 * @example
 * const kernel = createKernel({ plugins: [cachePlugin, crmPlugin], config: { cache: { size: 100 } } });
 * console.log((await kernel.boot()).format());
 * await kernel.stop();
 */
export function createKernel(options: KernelOptions): Kernel {
  const runtime = createRuntime({
    carrier: options.carrier ?? noCarrier,
    logger: options.logger ?? createConsoleLogger(),
    store: options.stateStore ?? createMemoryStateStore(),
    timeouts: { ...DEFAULT_TIMEOUTS, ...options.timeouts },
    strict: options.strict ?? false,
    maxEventDepth: options.maxEventDepth ?? DEFAULT_EVENT_DEPTH,
  });
  const configured = new Map(Object.entries(options.config ?? {}));
  const current: CurrentSet = { set: emptySet };
  const lifecycle: LifecycleContext = { runtime, kernelState: () => state };
  const enqueue = createQueue();
  let state: KernelState = 'idle';
  let report: BootReport | undefined;
  let stopping: Promise<StopReport> | undefined;

  let asking: Promise<KernelHealth> | undefined;
  /** A storm of probes asks each plugin once at a time. */
  const health = (): Promise<KernelHealth> => {
    asking ??= checkHealth([...current.set.records.values()], state, runtime).finally(() => {
      asking = undefined;
    });
    return asking;
  };
  let withdraw: Disposer = () => undefined;

  async function bootNow(start: boolean): Promise<BootReport> {
    if (state !== 'idle') throw createError('kernel_state', { action: 'boot', state });
    state = 'booting';
    withdraw = runtime.services.provide(healthService.id, KERNEL, { health });
    try {
      report = await boot({ inputs: options.plugins, configured, current, lifecycle, start });
    } catch (error) {
      state = 'failed';
      await withdraw();
      throw error;
    }
    state = 'running';
    const plugins = runningIds(current);
    const { milliseconds } = report;
    runtime.logger.debug({ plugins: plugins.length, milliseconds }, 'the kernel runs');
    if (start) runtime.events.emit('kernel.ready', { plugins });
    return report;
  }

  async function stopNow(deadline: number): Promise<StopReport> {
    const wasRunning = state === 'running';
    if (wasRunning) state = 'stopping';
    const stopReport = await shutDown(current.set, lifecycle, wasRunning ? deadline : 0);
    await withdraw();
    state = 'stopped';
    return stopReport;
  }

  const manager = createManager({ current, configured, lifecycle });
  const whileRunning =
    <A extends readonly unknown[]>(action: string, work: (...args: A) => Promise<void>) =>
    (...args: A): Promise<void> =>
      enqueue(async () => {
        if (state !== 'running') throw createError('kernel_state', { action, state });
        await work(...args);
        await runtime.contributions.settle(runtime.timeouts.setup);
      });

  return {
    get state() {
      return state;
    },
    boot: ({ start = true } = {}) => enqueue(() => bootNow(start)),
    stop: ({ deadline = DEFAULT_DEADLINE } = {}) => (stopping ??= enqueue(() => stopNow(deadline))),
    service(ref) {
      const found = runtime.services.get(ref.id);
      if (found !== undefined) return found as never;
      const suggestion = suggest(ref.id, runtime.services.ids());
      throw createError('service_missing', { service: ref.id, plugin: 'The host', suggestion });
    },
    findService: (ref) => runtime.services.get(ref.id) as never,
    emit: (event, payload) => runtime.events.emit(event, payload),
    plugins: () => [...current.set.records.values()].map(infoOf),
    health,
    report: () => report,
    async idle() {
      do {
        await runtime.events.idle();
        await runtime.contributions.idle();
      } while (runtime.events.outstanding > 0);
    },
    inspect: () => ({
      services: runtime.services.size,
      hooks: runtime.hooks.size,
      eventHandlers: runtime.events.size,
      contributions: runtime.contributions.size,
      consumers: runtime.contributions.consumers,
      timers: runtime.timers.count,
      scopes: runtime.scopes.size,
      outstandingEvents: runtime.events.outstanding,
      eventFailures: Object.fromEntries(runtime.events.failures),
    }),
    enable: whileRunning('enable a plugin', manager.enable),
    disable: whileRunning('disable a plugin', manager.disable),
    uninstall: whileRunning('uninstall a plugin', manager.uninstall),
    reload: whileRunning('reload a plugin', manager.reload),
    add: whileRunning('add a plugin', manager.add),
  };
}

/** Runs asynchronous work one after the other; a failure does not keep the next from running. */
function createQueue(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work, work);
    last = result.catch(() => undefined);
    return result;
  };
}

function runningIds({ set }: CurrentSet): string[] {
  return [...set.records.values()].filter(({ run }) => run).map(({ plugin }) => plugin.id);
}

function infoOf({ plugin, state, problem }: PluginRecord): PluginInfo {
  const { id, version, style, critical } = plugin;
  return { id, version, style, state, critical, problem: problem && toProblem(problem) };
}
