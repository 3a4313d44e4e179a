import type { Disposer, Logger, MaybePromise } from '@objectos/spec/contracts';
import type { EventChain } from './context.js';
import type { Scope } from './scope.js';

/** What owned timers stand on. */
export interface TimerOptions {
  readonly scope: Scope;
  readonly logger: Logger;
  readonly chain: EventChain;
  /** How many timers of the kernel are pending. */
  readonly timers: { count: number };
}

/** Timers that die with their plugin; a failing handler is logged. */
export interface PluginTimers {
  setInterval(handler: () => MaybePromise<void>, milliseconds: number): Disposer;
  setTimeout(handler: () => MaybePromise<void>, milliseconds: number): Disposer;
}

/** Makes the timers of one run of a plugin. */
export function createTimers({ scope, logger, chain, timers }: TimerOptions): PluginTimers {
  /** A timer begins a new chain of events: what it does is not caused by what armed it. */
  const run = (handler: () => MaybePromise<void>): Promise<void> =>
    chain.run([], async () => {
      try {
        await handler();
      } catch (error) {
        logger.error({ error }, 'a timer failed');
      }
    });

  function own(clear: () => void): Disposer {
    timers.count += 1;
    return scope.own(() => {
      timers.count -= 1;
      clear();
    });
  }

  return {
    setInterval(handler, milliseconds) {
      scope.assertOpen('set a timer');
      let running = false;
      const timer = setInterval(() => {
        // A slow run is not overlapped by the next tick.
        if (running) return;
        running = true;
        void run(handler).finally(() => {
          running = false;
        });
      }, milliseconds);
      return own(() => clearInterval(timer));
    },
    setTimeout(handler, milliseconds) {
      scope.assertOpen('set a timer');
      const timer = setTimeout(() => {
        void dispose();
        void run(handler);
      }, milliseconds);
      const dispose = own(() => clearTimeout(timer));
      return dispose;
    },
  };
}
