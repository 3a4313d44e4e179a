import greaterThan from 'semver/functions/gt.js';
import type { InstalledPlugin } from '@objectos/spec/contracts';
import { createError, type ObjectOSError } from '@objectos/spec/errors';
import { phaseError } from './errors.js';
import { createPluginContext, createPluginHost } from './plugin-context.js';
import type { KernelPlugin, RunningPlugin, StopReason } from './plugin.js';
import type { Runtime } from './runtime.js';
import { createScope, type Scope } from './scope.js';
import { TIMED_OUT, withTimeout } from './timeout.js';

/** Where a plugin stands. `blocked`: enabled, but something it needs does not run. */
export type PluginState =
  'registered' | 'disabled' | 'blocked' | 'set-up' | 'started' | 'stopped' | 'failed';

/** The parts of a plugin's life that are timed and that errors name. */
export type Phase = 'install' | 'upgrade' | 'setup' | 'start' | 'ready';

/** A plugin and what became of it. */
export interface PluginRecord {
  plugin: KernelPlugin;
  config: unknown;
  /** What the state store remembers; `undefined` until installed. */
  installed: InstalledPlugin | undefined;
  enabled: boolean;
  state: PluginState;
  /** Why it is `blocked` or `failed`. */
  problem: ObjectOSError | undefined;
  run: { readonly scope: Scope; instance: RunningPlugin } | undefined;
  readonly phases: Map<Phase, number>;
}

/** Makes the record of a plugin that has not run. */
export function createRecord(plugin: KernelPlugin): PluginRecord {
  return {
    plugin,
    config: undefined,
    installed: undefined,
    enabled: true,
    state: 'registered',
    problem: undefined,
    run: undefined,
    phases: new Map(),
  };
}

/** What the single steps need to know of the kernel. */
export interface LifecycleContext {
  readonly runtime: Runtime;
  readonly kernelState: () => string;
}

/** Installs or upgrades a plugin if it must be, and sets it up. Failure is in the record. */
export async function setUp(record: PluginRecord, kernel: LifecycleContext): Promise<void> {
  const { runtime } = kernel;
  const { plugin } = record;
  const scope = createScope(plugin.id);
  runtime.scopes.add(scope);
  record.phases.clear();
  record.problem = undefined;
  record.run = { scope, instance: {} };
  try {
    const ctx = createPluginContext(plugin, record.config, scope, runtime);
    const host = createPluginHost(plugin, scope, runtime, kernel.kernelState);
    const milliseconds = plugin.startupTimeout ?? runtime.timeouts.setup;
    const run = <T>(phase: Phase, work: () => T | Promise<T>) =>
      timed(record, runtime, { phase, milliseconds, work });
    const before = record.installed;
    if (before === undefined) {
      if (plugin.install !== undefined) await run('install', () => plugin.install?.(ctx));
    } else if (plugin.upgrade !== undefined && greaterThan(plugin.version, before.version)) {
      await run('upgrade', () => plugin.upgrade?.(ctx, before.version));
    }
    await remember(record, runtime);
    const instance = await run('setup', () => plugin.setup(ctx, host));
    assertProvided(plugin, runtime);
    record.run.instance = instance ?? {};
    record.state = 'set-up';
  } catch (error) {
    await fail(record, kernel, phaseError(plugin.id, 'setup', error));
  }
}

/** Runs one of the later phases of a plugin that is set up. Failure is in the record. */
export async function runPhase(
  record: PluginRecord,
  kernel: LifecycleContext,
  phase: 'start' | 'ready',
): Promise<void> {
  const { runtime } = kernel;
  const instance = record.run?.instance;
  const own = phase === 'start' ? instance?.startTimeout : undefined;
  const milliseconds = own ?? record.plugin.startupTimeout ?? runtime.timeouts.start;
  try {
    if (instance?.[phase] !== undefined) {
      await timed(record, runtime, { phase, milliseconds, work: () => instance[phase]?.() });
    }
    if (phase === 'ready') return;
    record.state = 'started';
    const { id, version } = record.plugin;
    runtime.events.emit('plugin.started', { plugin: id, version });
  } catch (error) {
    await fail(record, kernel, phaseError(record.plugin.id, phase, error));
  }
}

/** Marks a plugin as failed and undoes what it had registered. */
export async function fail(
  record: PluginRecord,
  kernel: LifecycleContext,
  problem: ObjectOSError,
): Promise<void> {
  kernel.runtime.logger.error({ plugin: record.plugin.id, error: problem }, problem.message);
  await tearDown(record, kernel, 'failure');
  record.state = 'failed';
  record.problem = problem;
}

/**
 * Stops a plugin and undoes everything it registered, whatever fails on the way.
 * @returns what failed; it is logged as well
 */
export async function tearDown(
  record: PluginRecord,
  { runtime }: LifecycleContext,
  reason: StopReason,
  milliseconds: number = runtime.timeouts.stop,
): Promise<readonly ObjectOSError[]> {
  const { run, plugin } = record;
  if (run === undefined) return [];
  const failures: ObjectOSError[] = [];
  const report = (error: unknown): void => {
    const failure = phaseError(plugin.id, 'stop', error);
    failures.push(failure);
    runtime.logger.error({ plugin: plugin.id, error: failure }, failure.message);
  };
  const wasStarted = record.state === 'started';
  record.run = undefined;
  record.state = 'stopped';
  run.scope.abort();
  await stopInstance(run.instance, { plugin, reason, milliseconds, report });
  run.scope.close();
  await run.scope.dispose(milliseconds, report);
  runtime.scopes.delete(run.scope);
  if (wasStarted) {
    runtime.events.emit('plugin.stopped', { plugin: plugin.id, version: plugin.version });
  }
  return failures;
}

interface StopStep {
  readonly plugin: KernelPlugin;
  readonly reason: StopReason;
  readonly milliseconds: number;
  readonly report: (error: unknown) => void;
}

async function stopInstance(instance: RunningPlugin, step: StopStep): Promise<void> {
  const { plugin, reason, milliseconds, report } = step;
  try {
    const outcome = await withTimeout(() => instance.stop?.(reason), milliseconds, report);
    if (outcome !== TIMED_OUT) return;
    report(createError('plugin_timeout', { plugin: plugin.id, phase: 'stop', milliseconds }));
  } catch (error) {
    report(error);
  }
}

/** Runs `onUninstall`, in a scope of its own, and takes away all that was kept of the plugin. */
export async function uninstall(record: PluginRecord, kernel: LifecycleContext): Promise<void> {
  const { runtime } = kernel;
  const { plugin } = record;
  const scope = createScope(plugin.id);
  runtime.scopes.add(scope);
  try {
    const ctx = createPluginContext(plugin, record.config, scope, runtime);
    const outcome = await withTimeout(
      () => plugin.uninstall?.(ctx),
      runtime.timeouts.setup,
      (error) => runtime.logger.error({ plugin: plugin.id, error }, 'a late uninstall failed'),
    );
    if (outcome === TIMED_OUT) throw timeoutError(plugin.id, 'uninstall', runtime.timeouts.setup);
    const storage = runtime.store.storage(plugin.id);
    for (const key of await storage.keys()) await storage.delete(key);
    await runtime.store.removePlugin(plugin.id);
  } catch (error) {
    throw phaseError(plugin.id, 'uninstall', error);
  } finally {
    scope.close();
    await scope.dispose(runtime.timeouts.stop, (error) =>
      runtime.logger.error({ plugin: plugin.id, error }, 'a disposer failed'),
    );
    runtime.scopes.delete(scope);
  }
}

/** Remembers that this version is installed, before set-up can fail. */
async function remember(record: PluginRecord, { store }: Runtime): Promise<void> {
  const { id, version } = record.plugin;
  const { installed } = record;
  if (installed?.version === version) return;
  const now: InstalledPlugin = { id, version, enabled: record.enabled };
  await store.savePlugin(now);
  record.installed = now;
}

interface TimedStep<T> {
  readonly phase: Phase;
  readonly milliseconds: number;
  readonly work: () => T | Promise<T>;
}

async function timed<T>(
  record: PluginRecord,
  runtime: Runtime,
  { phase, milliseconds, work }: TimedStep<T>,
): Promise<T> {
  const { id } = record.plugin;
  const begin = performance.now();
  try {
    const outcome = await withTimeout(work, milliseconds, (error) =>
      runtime.logger.warn({ plugin: id, phase, error }, 'a timed-out plugin failed later'),
    );
    if (outcome === TIMED_OUT) throw timeoutError(id, phase, milliseconds);
    return outcome;
  } catch (error) {
    throw phaseError(id, phase, error);
  } finally {
    record.phases.set(phase, performance.now() - begin);
  }
}

function timeoutError(plugin: string, phase: string, milliseconds: number): ObjectOSError {
  return createError('plugin_timeout', { plugin, phase, milliseconds });
}

function assertProvided(plugin: KernelPlugin, { services }: Runtime): void {
  for (const service of plugin.provides) {
    if (services.has(service)) continue;
    throw createError('service_not_provided', { service, plugin: plugin.id });
  }
}
