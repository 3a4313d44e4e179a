import { createError, type ObjectOSError } from '@objectos/spec/errors';
import type { CheckedPlugins } from './check.js';
import { dependantsOf } from './dependency-graph.js';
import { phaseError } from './errors.js';
import {
  fail,
  runPhase,
  setUp,
  tearDown,
  type LifecycleContext,
  type PluginRecord,
} from './lifecycle.js';
import type { StopReason } from './plugin.js';

/** The plugins of a kernel and how they fit together. */
export interface PluginSet {
  readonly records: ReadonlyMap<string, PluginRecord>;
  readonly checked: CheckedPlugins;
}

/** Which plugins shall come up, and what to do when one does not. */
export interface BringUpPlan {
  readonly set: PluginSet;
  readonly targets: ReadonlySet<string>;
  readonly kernel: LifecycleContext;
  /** True when the failure of this plugin ends the whole attempt. */
  isFatal(record: PluginRecord): boolean;
  /** False: set up only. Default true. */
  readonly start?: boolean | undefined;
}

/**
 * Sets up and starts the targets, wave by wave, the members of a wave in parallel. A failure that is
 * not fatal blocks those who need the plugin; those who merely like it come up without it.
 * @returns the fatal failures; what runs by then is left to the caller to undo
 */
export async function bringUp(plan: BringUpPlan): Promise<readonly ObjectOSError[]> {
  const { ranks } = plan.kernel.runtime;
  ranks.clear();
  for (const id of plan.set.checked.waves.flat()) ranks.set(id, ranks.size);
  const begin = [setUpTargets, settleConsumers];
  const run = [startTargets, settleConsumers, readyTargets];
  const steps = plan.start === false ? begin : [...begin, ...run];
  for (const step of steps) {
    const fatal = await step(plan);
    if (fatal.length > 0) return fatal;
  }
  return [];
}

/** Stops the given plugins, dependants first; members of one wave at the same time. */
export async function takeDown(
  set: PluginSet,
  ids: ReadonlySet<string>,
  kernel: LifecycleContext,
  options: { readonly reason: StopReason; readonly deadline?: number },
): Promise<readonly ObjectOSError[]> {
  const failures: ObjectOSError[] = [];
  const limit = kernel.runtime.timeouts.stop;
  for (const wave of [...set.checked.waves].reverse()) {
    const left = options.deadline === undefined ? limit : options.deadline - performance.now();
    const milliseconds = Math.max(0, Math.min(limit, left));
    const records = recordsOf(set, wave, ids).reverse();
    const outcomes = await Promise.all(
      records.map((record) => tearDown(record, kernel, options.reason, milliseconds)),
    );
    failures.push(...outcomes.flat());
  }
  return failures;
}

async function setUpTargets(plan: BringUpPlan): Promise<readonly ObjectOSError[]> {
  for (const wave of plan.set.checked.waves) {
    const records = recordsOf(plan.set, wave, plan.targets).filter(
      (record) => !block(plan, record),
    );
    await Promise.all(records.map((record) => setUp(record, plan.kernel)));
    const fatal = fatalOf(plan, wave);
    if (fatal.length > 0) return fatal;
  }
  return [];
}

async function startTargets(plan: BringUpPlan): Promise<readonly ObjectOSError[]> {
  for (const wave of plan.set.checked.waves) {
    const records = recordsOf(plan.set, wave, plan.targets);
    const ready = records.filter((record) => record.state === 'set-up');
    await Promise.all(ready.map((record) => runPhase(record, plan.kernel, 'start')));
    const fatal = await absorbFailures(plan, ready);
    if (fatal.length > 0) return fatal;
  }
  return [];
}

async function readyTargets(plan: BringUpPlan): Promise<readonly ObjectOSError[]> {
  for (const wave of plan.set.checked.waves) {
    const records = recordsOf(plan.set, wave, plan.targets);
    const started = records.filter((record) => record.state === 'started');
    await Promise.all(started.map((record) => runPhase(record, plan.kernel, 'ready')));
    const fatal = await absorbFailures(plan, started);
    if (fatal.length > 0) return fatal;
  }
  return [];
}

/**
 * After a plugin failed that others have already been given: these are set up again, without it.
 * They come in later waves, so the loops above reach them.
 */
async function absorbFailures(
  plan: BringUpPlan,
  records: readonly PluginRecord[],
): Promise<readonly ObjectOSError[]> {
  const failed = records.filter((record) => record.state === 'failed');
  const ids = failed.map((record) => record.plugin.id);
  const fatal = fatalOf(plan, ids);
  if (failed.length === 0 || fatal.length > 0) return fatal;
  const dependants = dependantsOf(plan.set.checked.all, ids);
  const running = new Set([...dependants].filter((id) => plan.set.records.get(id)?.run));
  const wasStarted = [...running].some((id) => plan.set.records.get(id)?.state === 'started');
  await takeDown(plan.set, running, plan.kernel, { reason: 'failure' });
  const again = { ...plan, targets: running };
  const problems = await setUpTargets(again);
  return problems.length === 0 && wasStarted ? startTargets(again) : problems;
}

/** Waits until contributions have reached their consumers; a consumer that failed on them failed. */
async function settleConsumers(plan: BringUpPlan): Promise<readonly ObjectOSError[]> {
  const { contributions, timeouts } = plan.kernel.runtime;
  const failures = await contributions.settle(timeouts.setup);
  for (const { plugin, point, error } of failures) {
    const record = plan.set.records.get(plugin);
    if (record?.run === undefined || !plan.isFatal(record)) continue;
    await fail(record, plan.kernel, phaseError(plugin, `consumer of "${point}"`, error));
  }
  return fatalOf(plan, [...plan.targets]);
}

/** Marks a plugin whose needs don't run, so that it is not set up. */
function block(plan: BringUpPlan, record: PluginRecord): boolean {
  const { id } = record.plugin;
  for (const need of plan.set.checked.hard.get(id) ?? []) {
    const other = plan.set.records.get(need);
    if (other?.run !== undefined) continue;
    record.state = 'blocked';
    record.problem = createError(
      'plugin_blocked',
      { plugin: id, dependency: need, reason: `is ${other?.state ?? 'gone'}` },
      { cause: other?.problem },
    );
    plan.kernel.runtime.logger.warn({ plugin: id }, record.problem.message);
    return true;
  }
  return false;
}

function fatalOf(plan: BringUpPlan, ids: readonly string[]): ObjectOSError[] {
  return ids.flatMap((id) => {
    const record = plan.set.records.get(id);
    if (record === undefined || record.problem === undefined) return [];
    if (record.state !== 'failed' && record.state !== 'blocked') return [];
    return plan.targets.has(id) && plan.isFatal(record) ? [record.problem] : [];
  });
}

function recordsOf(
  { records }: PluginSet,
  wave: readonly string[],
  ids: ReadonlySet<string>,
): PluginRecord[] {
  return wave.flatMap((id) => (ids.has(id) ? (records.get(id) ?? []) : []));
}
