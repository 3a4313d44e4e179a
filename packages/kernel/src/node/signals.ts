import type { Disposer, Logger } from '@objectos/spec/contracts';
import { reasonOf } from '../errors.js';
import type { Kernel } from '../kernel.js';

/** Options of {@link stopOnSignals}. */
export interface SignalOptions {
  readonly logger: Logger;
  /** Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /** Milliseconds that the stop may take, after which the process ends anyhow. Default 28,000. */
  readonly deadline?: number | undefined;
}

/** Orchestrators kill after 30 s. */
const DEADLINE = 28_000;
/** Milliseconds for the kernel to give up by itself and say why. */
const GRACE = 1_000;

const NUMBERS: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGTERM: 15,
};

/**
 * Stops the kernel when the process is told to end, and then ends the process: with 0, or with 1
 * when something did not stop as it should. A second signal ends it at once, with 128 plus the
 * number of the signal.
 *
 * @returns undoes the listening
 */
export function stopOnSignals(kernel: Kernel, options: SignalOptions): Disposer {
  const { logger, signals = ['SIGINT', 'SIGTERM'], deadline = DEADLINE } = options;
  let stopping = false;

  async function stop(): Promise<number> {
    try {
      const report = await kernel.stop({ deadline });
      return report.failures.length === 0 && report.unfinishedEvents === 0 ? 0 : 1;
    } catch (error) {
      logger.error({ error }, `the kernel did not stop: ${reasonOf(error)}`);
      return 1;
    }
  }

  const onSignal = (signal: NodeJS.Signals): void => {
    if (stopping) {
      logger.warn({ signal }, 'second signal: ending at once');
      process.exit(128 + (NUMBERS[signal] ?? 0));
    }
    stopping = true;
    logger.info({ signal }, 'stopping; a second signal ends at once');
    // A plugin whose end hangs in a way that no timeout of the kernel reaches must not keep the process.
    setTimeout(() => {
      logger.error({ deadline }, 'the stop took too long: ending now');
      process.exit(1);
    }, deadline + GRACE).unref();
    void stop().then((code) => process.exit(code));
  };
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
