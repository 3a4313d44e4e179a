import type { Health, PluginHealth, SystemHealth } from '@objectos/spec/contracts';
import { reasonOf } from './errors.js';
import type { PluginRecord } from './lifecycle.js';
import type { Runtime } from './runtime.js';
import { TIMED_OUT, withTimeout } from './timeout.js';

export type { PluginHealth } from '@objectos/spec/contracts';

/** Health of the whole. `down`: a critical plugin does not work; `degraded`: another one does not. */
export type KernelHealth = SystemHealth;

/** Asks every plugin that should run. A check that throws or takes too long counts as down. */
export async function checkHealth(
  records: readonly PluginRecord[],
  kernelState: string,
  runtime: Runtime,
): Promise<KernelHealth> {
  if (kernelState !== 'running') {
    return { status: 'down', detail: `the kernel is ${kernelState}`, plugins: [] };
  }
  const expected = records.filter((record) => record.state !== 'disabled');
  const plugins = await Promise.all(expected.map((record) => checkPlugin(record, runtime)));
  const unwell = plugins.filter((plugin) => plugin.status !== 'up');
  const down = unwell.some(({ status, critical }) => status === 'down' && critical);
  if (unwell.length === 0) return { status: 'up', plugins };
  const detail = unwell.map(({ plugin, status }) => `${plugin} is ${status}`).join(', ');
  return { status: down ? 'down' : 'degraded', detail, plugins };
}

async function checkPlugin(record: PluginRecord, runtime: Runtime): Promise<PluginHealth> {
  const { id: plugin, critical } = record.plugin;
  const report = (status: Health['status'], detail?: string): PluginHealth => ({
    plugin,
    critical,
    status,
    ...(detail === undefined ? {} : { detail }),
  });
  if (record.state !== 'started') {
    return report('down', record.problem?.message ?? `it is ${record.state}`);
  }
  const failing = runtime.contributions.failing(plugin);
  if (failing !== undefined) return report('degraded', failing);
  const instance = record.run?.instance;
  if (instance?.health === undefined) return report('up');
  const milliseconds = runtime.timeouts.health;
  try {
    const outcome = await withTimeout(
      () => instance.health?.(),
      milliseconds,
      (error) => runtime.logger.warn({ plugin, error }, 'a timed-out health check failed later'),
    );
    if (outcome === TIMED_OUT || outcome === undefined) {
      return report('down', `no answer within ${milliseconds} milliseconds`);
    }
    return report(outcome.status, outcome.detail);
  } catch (error) {
    return report('down', reasonOf(error));
  }
}
