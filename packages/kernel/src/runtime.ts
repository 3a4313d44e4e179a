import {
  failureObserversPoint,
  tracerService,
  type FailureObserver,
  type KernelStateStore,
  type Logger,
  type Tracer,
} from '@objectos/spec/contracts';
import { createSyncEventChain, type EventChain, type KernelCarrier } from './context.js';
import { createContributionRegistry, type ContributionRegistry } from './contributions.js';
import { createEventBus, type EventBus } from './events.js';
import { createHookRegistry, type HookRegistry } from './hooks.js';
import { observedLogger } from './observed-logger.js';
import type { Scope } from './scope.js';
import { createServiceRegistry, type ServiceRegistry } from './services.js';

/** Milliseconds a plugin may take. */
export interface Timeouts {
  /** Install, upgrade and set-up, each. */
  readonly setup: number;
  /** Start, and the moment after all have started, each. */
  readonly start: number;
  /** Stop, and undoing the registrations, each. */
  readonly stop: number;
  /** One health check. */
  readonly health: number;
}

/** The parts that all plugins of one kernel share. */
export interface Runtime {
  readonly services: ServiceRegistry;
  readonly events: EventBus;
  readonly hooks: HookRegistry;
  readonly contributions: ContributionRegistry;
  /** Place of each plugin in the order of set-up. */
  readonly ranks: Map<string, number>;
  /** Scopes that were opened and not yet disposed. */
  readonly scopes: Set<Scope>;
  readonly timers: { count: number };
  readonly carrier: KernelCarrier;
  readonly chain: EventChain;
  readonly logger: Logger;
  readonly store: KernelStateStore;
  readonly timeouts: Timeouts;
}

/** What a runtime is made from. */
export interface RuntimeOptions {
  readonly carrier: KernelCarrier;
  readonly logger: Logger;
  readonly store: KernelStateStore;
  readonly timeouts: Timeouts;
  readonly strict: boolean;
  readonly maxEventDepth: number;
}

/** Makes the shared parts, empty. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const { carrier, store, timeouts, strict, maxEventDepth } = options;
  const services = createServiceRegistry();
  const ranks = new Map<string, number>();
  const logger = observedLogger(options.logger, (failure) => {
    const context = carrier.current();
    for (const { value } of contributions.list(failureObserversPoint.id)) {
      try {
        (value as FailureObserver).failed({ ...failure, context });
      } catch (error) {
        // Not as an error: it would be told again.
        options.logger.warn({ error }, 'a follower of failures failed');
      }
    }
  });
  const contributions = createContributionRegistry(logger, ranks);
  const chain = carrier.eventChain ?? createSyncEventChain();
  return {
    services,
    events: createEventBus({ logger, carrier, chain, strict, maxDepth: maxEventDepth }),
    hooks: createHookRegistry(() => services.get(tracerService.id) as Tracer | undefined),
    contributions,
    ranks,
    scopes: new Set(),
    timers: { count: 0 },
    carrier,
    chain,
    logger,
    store,
    timeouts,
  };
}
