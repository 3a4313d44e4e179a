import type { ContextCarrier, ExecutionContext } from '@objectos/spec/contracts';

/** Follows which events led to the code that runs now, so that a loop of events can be stopped. */
export interface EventChain {
  current(): readonly string[];
  run<T>(chain: readonly string[], work: () => T): T;
}

/**
 * What the kernel carries along asynchronous calls. The `/node` entry makes one on
 * AsyncLocalStorage; without one nothing is ambient and event loops are seen only while handlers
 * emit synchronously.
 */
export interface KernelCarrier extends ContextCarrier {
  readonly eventChain?: EventChain | undefined;
}

/** The carrier of platforms that have none: nothing is ambient. */
export const noCarrier: KernelCarrier = {
  run: (_context, work) => work(),
  current: () => undefined,
};

/** An event chain that reaches as far as the synchronous part of a handler. */
export function createSyncEventChain(): EventChain {
  let active: readonly string[] = [];
  return {
    current: () => active,
    run(chain, work) {
      const before = active;
      active = chain;
      try {
        return work();
      } finally {
        active = before;
      }
    },
  };
}

/**
 * The context in which event handlers run: who acted and why, but neither the transaction, which is
 * over, nor the deadline, which was the request's.
 */
export function contextAfterCommit(context: ExecutionContext): ExecutionContext {
  return { ...context, transaction: undefined, deadline: undefined };
}
