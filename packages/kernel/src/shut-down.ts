import { takeDown, type PluginSet } from './bring-up.js';
import { toProblem, type KernelProblem } from './errors.js';
import type { LifecycleContext } from './lifecycle.js';
import { TIMED_OUT, withTimeout } from './timeout.js';

/** How a stop went. */
export interface StopReport {
  readonly milliseconds: number;
  /** What did not stop as it should; everything else was stopped all the same. */
  readonly failures: readonly KernelProblem[];
  /** Event handlers that were still running at the deadline. */
  readonly unfinishedEvents: number;
}

/** Stops every plugin, dependants first, within `deadline` milliseconds. Never throws. */
export async function shutDown(
  set: PluginSet,
  kernel: LifecycleContext,
  deadline: number,
): Promise<StopReport> {
  const { events, logger } = kernel.runtime;
  const begin = performance.now();
  const end = begin + deadline;
  const running = new Set([...set.records].filter(([, { run }]) => run).map(([id]) => id));
  const settled = async (share: number) => {
    const left = Math.max(0, end - performance.now()) * share;
    const outcome = await withTimeout(
      () => events.idle(),
      left,
      () => undefined,
    );
    return outcome !== TIMED_OUT;
  };
  if (running.size > 0) {
    events.emit('kernel.stopping', { plugins: [...running] });
    // Facts told before the stop still reach their handlers while services are up; a handler that
    // hangs must leave the plugins time to stop.
    await settled(0.5);
  }
  const failures = await takeDown(set, running, kernel, { reason: 'stop', deadline: end });
  const unfinishedEvents = (await settled(1)) ? 0 : events.outstanding;
  if (unfinishedEvents > 0) {
    logger.warn({ unfinishedEvents }, 'event handlers were still running at the deadline');
  }
  const milliseconds = Math.round(performance.now() - begin);
  return { milliseconds, failures: failures.map(toProblem), unfinishedEvents };
}
