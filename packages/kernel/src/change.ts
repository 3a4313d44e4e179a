import { bringUp, takeDown, type PluginSet } from './bring-up.js';
import { dependantsOf } from './dependency-graph.js';
import type { LifecycleContext, PluginRecord } from './lifecycle.js';
import type { StopReason } from './plugin.js';

/** The set of plugins that is in force. */
export interface CurrentSet {
  set: PluginSet;
}

/** A step from the plugins in force to others. */
export interface Change {
  readonly next: PluginSet;
  /** The plugins that are new, gone, or different in `next`. */
  readonly touched: readonly string[];
  readonly reason: StopReason;
}

/**
 * Puts another set of plugins in force while the kernel runs: everything that depends on a touched
 * plugin stops before it does and comes back after it, if it still can.
 * @returns the plugins that ran or were touched and now have a problem
 */
export async function applyChange(
  current: CurrentSet,
  change: Change,
  kernel: LifecycleContext,
): Promise<readonly PluginRecord[]> {
  const { next, touched, reason } = change;
  const before = current.set;
  const affected = new Set([
    ...touched,
    ...dependantsOf(before.checked.all, touched),
    ...dependantsOf(next.checked.all, touched),
  ]);
  const running = new Set([...affected].filter((id) => before.records.get(id)?.run !== undefined));
  await takeDown(before, running, kernel, { reason });
  current.set = next;
  const targets = new Set<string>();
  for (const [id, record] of next.records) {
    if (!record.enabled) {
      record.state = 'disabled';
      record.problem = undefined;
    } else if (record.run === undefined && affected.has(id)) {
      targets.add(id);
    }
  }
  await bringUp({ set: next, targets, kernel, isFatal: () => false });
  return [...new Set([...touched, ...running])].flatMap((id) => {
    const record = next.records.get(id);
    return record?.problem === undefined ? [] : [record];
  });
}
