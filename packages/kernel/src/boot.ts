import type { InstalledPlugin } from '@objectos/spec/contracts';
import { isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import { createBootReport, type BootReport } from './boot-report.js';
import { bringUp, takeDown, type PluginSet } from './bring-up.js';
import type { CurrentSet } from './change.js';
import { checkPlugins } from './check.js';
import { bootError, phaseError } from './errors.js';
import { createRecord, type LifecycleContext, type PluginRecord } from './lifecycle.js';
import { readPlugin } from './manifest.js';
import type { KernelPlugin, PluginInput } from './plugin.js';

/** What a boot works on. */
export interface BootInput {
  readonly inputs: readonly PluginInput[];
  readonly configured: ReadonlyMap<string, unknown>;
  readonly current: CurrentSet;
  readonly lifecycle: LifecycleContext;
  /** False: plugins are set up and not started. */
  readonly start: boolean;
}

/** The set before the boot. */
export const emptySet: PluginSet = {
  records: new Map(),
  checked: { hard: new Map(), all: new Map(), waves: [], configs: new Map() },
};

/**
 * Checks all plugins, then sets them up and starts them. What the application called optional may
 * fail; any other failure undoes everything that ran, in reverse order.
 * @throws `kernel_boot_failed`
 */
export async function boot(input: BootInput): Promise<BootReport> {
  const begin = performance.now();
  const problems: ObjectOSError[] = [];
  const plugins = readAll(input.inputs, problems);
  const work: BootWork = { ...input, begin, plugins, problems };
  const installed = await loadState(input.lifecycle);
  const { store } = input.lifecycle.runtime;
  if (store.exclusive === undefined || !installsSomething(plugins, installed)) {
    return bootPlugins(work, installed);
  }
  // Nodes that first start together install once: whoever comes second finds it done.
  return store.exclusive(async () => bootPlugins(work, await loadState(input.lifecycle)));
}

interface BootWork extends BootInput {
  readonly begin: number;
  readonly plugins: readonly KernelPlugin[];
  readonly problems: readonly ObjectOSError[];
}

async function bootPlugins(
  { begin, plugins, problems: unread, configured, current, lifecycle, start }: BootWork,
  remembered: readonly InstalledPlugin[],
): Promise<BootReport> {
  const { runtime } = lifecycle;
  const installed = new Map(remembered.map((plugin) => [plugin.id, plugin] as const));
  const outcome = await checkPlugins({ plugins, configured, installed });
  const problems = [...unread, ...outcome.problems];
  if (problems.length > 0) throw bootError(problems);

  const set = createSet(plugins, outcome.checked);
  for (const [id, record] of set.records) {
    record.installed = installed.get(id);
    record.enabled = record.installed?.enabled ?? true;
    if (!record.enabled && record.plugin.critical) {
      runtime.logger.warn({ plugin: id }, 'a critical plugin cannot stay disabled; it is started');
      record.enabled = true;
    }
    if (!record.enabled) record.state = 'disabled';
  }
  current.set = set;
  const enabled = [...set.records.values()].filter((record) => record.enabled);
  const targets = new Set(enabled.map((record) => record.plugin.id));
  const isFatal = (record: PluginRecord) => endsBoot(record, set);
  const failures = await bringUp({ set, targets, kernel: lifecycle, isFatal, start });
  if (failures.length > 0) {
    // What ran takes back what it registered; others shall not take that for a change.
    const running = [...set.records].filter(([, { run }]) => run).map(([id]) => id);
    if (running.length > 0) runtime.events.emit('kernel.stopping', { plugins: running });
    const rollback = await takeDown(set, targets, lifecycle, { reason: 'failure' });
    throw bootError(failures, rollback);
  }
  const records = [...set.records.values()];
  return createBootReport(records, set.checked.waves, performance.now() - begin);
}

/** Makes the records of plugins that fit together. */
export function createSet(
  plugins: readonly KernelPlugin[],
  checked: PluginSet['checked'],
): PluginSet {
  const records = new Map<string, PluginRecord>();
  for (const plugin of plugins) {
    const record = createRecord(plugin);
    record.config = checked.configs.get(plugin.id);
    records.set(plugin.id, record);
  }
  return { records, checked };
}

/**
 * A plugin that waits for one an administrator disabled is no failure, unless it is critical;
 * everything else is one, unless the application called the plugin optional.
 */
function endsBoot(record: PluginRecord, set: PluginSet): boolean {
  if (record.plugin.critical) return true;
  if (record.plugin.optional) return false;
  return record.state !== 'blocked' || !waitsForDisabled(record, set);
}

function waitsForDisabled(record: PluginRecord, set: PluginSet): boolean {
  const needs = set.checked.hard.get(record.plugin.id) ?? [];
  const missing = needs.flatMap((id) => set.records.get(id) ?? []).filter((need) => !need.run);
  return missing.every(
    (need) =>
      need.state === 'disabled' || (need.state === 'blocked' && waitsForDisabled(need, set)),
  );
}

function readAll(inputs: readonly PluginInput[], problems: ObjectOSError[]): KernelPlugin[] {
  return inputs.flatMap((input, position) => {
    try {
      return readPlugin(input, position);
    } catch (error) {
      if (!isObjectOSError(error)) throw error;
      problems.push(error);
      return [];
    }
  });
}

function installsSomething(
  plugins: readonly KernelPlugin[],
  remembered: readonly InstalledPlugin[],
): boolean {
  const versions = new Map(remembered.map(({ id, version }) => [id, version]));
  return plugins.some(({ id, version }) => versions.get(id) !== version);
}

async function loadState({ runtime }: LifecycleContext) {
  try {
    return await runtime.store.loadPlugins();
  } catch (error) {
    throw bootError([phaseError('kernel', 'loading the state of plugins', error)]);
  }
}
