import type { Health } from '@objectos/spec/contracts';
import { reasonOf } from './errors.js';
import type { PluginRecord } from './lifecycle.js';
import type { Runtime } from './runtime.js';
import { TIMED_OUT, withTimeout } from './timeout.js';

/** Health of one plugin among others. */
export interface PluginHealth extends Health {
  readonly plugin: string;
}

/** Health of the whole. `down`: a critical plugin does not work; `degraded`: another one does not. */
export interface KernelHealth extends Health {
  readonly plugins: readonly PluginHealth[];
}

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
  const critical = new Set(
    records.filter(({ plugin }) => plugin.critical).map(({ plugin }) => plugin.id),
  );
  const down = unwell.some(({ plugin, status }) => status === 'down' && critical.has(plugin));
  if (unwell.length === 0) return { status: 'up', plugins };
  const detail = unwell.map(({ plugin, status }) => `${plugin} is ${status}`).join(', ');
  return { status: down ? 'down' : 'degraded', detail, plugins };
}

async function checkPlugin(record: PluginRecord, runtime: Runtime): Promise<PluginHealth> {
  const plugin = record.plugin.id;
  if (record.state !== 'started') {
    return { plugin, status: 'down', detail: record.problem?.message ?? `it is ${record.state}` };
  }
  const failing = runtime.contributions.failing(plugin);
  if (failing !== undefined) return { plugin, status: 'degraded', detail: failing };
  const instance = record.run?.instance;
  if (instance?.health === undefined) return { plugin, status: 'up' };
  const milliseconds = runtime.timeouts.health;
  try {
    const outcome = await withTimeout(
      () => instance.health?.(),
      milliseconds,
      (error) => runtime.logger.warn({ plugin, error }, 'a timed-out health check failed later'),
    );
    if (outcome === TIMED_OUT || outcome === undefined) {
      return { plugin, status: 'down', detail: `no answer within ${milliseconds} milliseconds` };
    }
    return { plugin, status: outcome.status, detail: outcome.detail };
  } catch (error) {
    return { plugin, status: 'down', detail: reasonOf(error) };
  }
}
