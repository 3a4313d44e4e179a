import { createError, isObjectOSError, type ObjectOSError } from '@objectos/spec/errors';
import { suggest } from '@objectos/spec/metadata';
import type { PluginSet } from './bring-up.js';
import { applyChange, type Change, type CurrentSet } from './change.js';
import { checkPlugins } from './check.js';
import { dependantsOf } from './dependency-graph.js';
import { changeRefused } from './errors.js';
import { createRecord, uninstall, type LifecycleContext, type PluginRecord } from './lifecycle.js';
import { readPlugin } from './manifest.js';
import type { KernelPlugin, PluginInput } from './plugin.js';

/** Changes of the plugins of a running kernel. */
export interface Manager {
  readonly enable: (id: string) => Promise<void>;
  readonly disable: (id: string) => Promise<void>;
  readonly uninstall: (id: string) => Promise<void>;
  readonly reload: (id: string, plugin?: PluginInput) => Promise<void>;
  readonly add: (plugin: PluginInput) => Promise<void>;
}

/** What a manager works on. */
export interface ManagerInput {
  readonly current: CurrentSet;
  readonly configured: Map<string, unknown>;
  readonly lifecycle: LifecycleContext;
}

/** Makes the operations of one kernel; their caller sees to it that they don't overlap. */
export function createManager({ current, configured, lifecycle }: ManagerInput): Manager {
  const { store, logger } = lifecycle.runtime;

  function find(id: string): PluginRecord {
    const record = current.set.records.get(id);
    if (record !== undefined) return record;
    const suggestion = suggest(id, current.set.records.keys());
    throw createError('plugin_not_found', { plugin: id, suggestion });
  }

  /** The set with `plugin` in the place of its namesake; nothing runs yet. */
  async function checkedWith(plugin: KernelPlugin, action: string): Promise<PluginSet> {
    const before = [...current.set.records.values()];
    const old = current.set.records.get(plugin.id);
    const record = createRecord(plugin);
    record.installed = old?.installed;
    record.enabled = old?.enabled ?? true;
    // In its old place: the order of plugins decides among those of a wave.
    const records =
      old === undefined ? [...before, record] : before.map((one) => (one === old ? record : one));
    return checkedSet(records, plugin.id, action);
  }

  async function checkedSet(
    records: readonly PluginRecord[],
    id: string,
    action: string,
  ): Promise<PluginSet> {
    const installed = new Map(
      records.flatMap((record) => record.installed ?? []).map((it) => [it.id, it]),
    );
    const plugins = records.map((record) => record.plugin);
    const { problems, checked } = await checkPlugins({ plugins, configured, installed });
    if (problems.length > 0) throw changeRefused(id, action, problems);
    const byId = new Map(records.map((record) => [record.plugin.id, record]));
    for (const [pluginId, record] of byId) record.config = checked.configs.get(pluginId);
    return { records: byId, checked };
  }

  /** Applies a change; when something then does not run, takes it back and throws why. */
  async function applyOrRevert(change: Change, revert: () => Change): Promise<void> {
    const problems = await applyChange(current, change, lifecycle);
    const problem = problems[0]?.problem;
    if (problem === undefined) return;
    const left = await applyChange(current, revert(), lifecycle);
    for (const record of left) {
      logger.error(
        { plugin: record.plugin.id, error: record.problem },
        'a plugin did not come back',
      );
    }
    throw problem;
  }

  async function persist(record: PluginRecord): Promise<void> {
    const { installed, enabled } = record;
    // A plugin that never came to be installed has nothing to remember.
    if (installed === undefined || installed.enabled === enabled) return;
    const changed = { ...installed, enabled };
    await store.savePlugin(changed);
    record.installed = changed;
  }

  async function stopForGood(record: PluginRecord, reason: 'disable' | 'uninstall'): Promise<void> {
    assertNotCritical(record, current.set, reason === 'disable' ? 'disabled' : 'uninstalled');
    record.enabled = false;
    await applyChange(
      current,
      { next: current.set, touched: [record.plugin.id], reason },
      lifecycle,
    );
    await persist(record);
  }

  return {
    async enable(id) {
      const record = find(id);
      if (record.run !== undefined) return;
      const { enabled } = record;
      record.enabled = true;
      const change: Change = { next: current.set, touched: [id], reason: 'reload' };
      await applyOrRevert(change, () => {
        record.enabled = enabled;
        return change;
      });
      await persist(record);
    },
    async disable(id) {
      await stopForGood(find(id), 'disable');
    },
    async uninstall(id) {
      const record = find(id);
      const by = [...current.set.checked.hard].filter(([, needs]) => needs.includes(id));
      if (by.length > 0) {
        throw createError('plugin_in_use', { plugin: id, by: by.map(([plugin]) => plugin) });
      }
      await stopForGood(record, 'uninstall');
      await uninstall(record, lifecycle);
      configured.delete(id);
      const rest = [...current.set.records.values()].filter((other) => other !== record);
      current.set = await checkedSet(rest, id, 'uninstalled');
    },
    async reload(id, input) {
      const old = find(id);
      const plugin = input === undefined ? old.plugin : readChanged(input, id);
      const before = current.set;
      const next = await checkedWith(plugin, 'reloaded');
      const change: Change = { next, touched: [id], reason: 'reload' };
      await applyOrRevert(change, () => {
        old.installed = next.records.get(id)?.installed ?? old.installed;
        return { ...change, next: before };
      });
    },
    async add(input) {
      const plugin = readChanged(input, undefined);
      if (current.set.records.has(plugin.id)) {
        throw changeRefused(plugin.id, 'added', [
          createError('plugin_duplicate', { plugin: plugin.id }),
        ]);
      }
      const before = current.set;
      const next = await checkedWith(plugin, 'added');
      const change: Change = { next, touched: [plugin.id], reason: 'reload' };
      await applyOrRevert(change, () => ({ ...change, next: before }));
    },
  };
}

/** Reads the plugin of an `add` or `reload`; only its own id may take the place of a plugin. */
function readChanged(input: PluginInput, id: string | undefined): KernelPlugin {
  const action = id === undefined ? 'added' : 'reloaded';
  let plugin: KernelPlugin;
  try {
    plugin = readPlugin(input, 0);
  } catch (error) {
    if (!isObjectOSError(error)) throw error;
    throw changeRefused(id ?? 'new', action, [error]);
  }
  if (id === undefined || plugin.id === id) return plugin;
  throw changeRefused(id, action, [differentId(plugin.id)]);
}

function differentId(plugin: string): ObjectOSError {
  return createError('plugin_malformed', {
    plugin: `"${plugin}"`,
    reason: 'its id is another one',
  });
}

function assertNotCritical(record: PluginRecord, set: PluginSet, action: string): void {
  const { plugin } = record;
  if (plugin.critical) throw createError('plugin_critical', { plugin: plugin.id, action });
  for (const id of dependantsOf(set.checked.hard, [plugin.id])) {
    if (set.records.get(id)?.plugin.critical !== true) continue;
    const because = `stopped, as it would be if "${plugin.id}" were ${action}`;
    throw createError('plugin_critical', { plugin: id, action: because });
  }
}
