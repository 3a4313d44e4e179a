import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExecutionContext } from '@objectos/spec/contracts';
import type { KernelCarrier } from '../context.js';

/**
 * Carries the context of the running request, and the chain of events that led here, along every
 * asynchronous call. One carrier belongs to one kernel.
 *
 * @example const kernel = createKernel({ plugins, carrier: createNodeCarrier() });
 */
export function createNodeCarrier(): KernelCarrier {
  const contexts = new AsyncLocalStorage<ExecutionContext>();
  const chains = new AsyncLocalStorage<readonly string[]>();
  return {
    run: (context, work) => contexts.run(context, work),
    current: () => contexts.getStore(),
    eventChain: {
      current: () => chains.getStore() ?? [],
      run: (chain, work) => chains.run(chain, work),
    },
  };
}
