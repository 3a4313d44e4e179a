import {
  eventDefinitions,
  type Disposer,
  type Logger,
  type MaybePromise,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { contextAfterCommit, type EventChain, type KernelCarrier } from './context.js';
import { isPromiseLike } from './timeout.js';

type EventHandler = (payload: unknown) => MaybePromise<void>;

/** Facts, told to everybody who listens. */
export interface EventBus {
  readonly size: number;
  /** Handlers that have not finished. */
  readonly outstanding: number;
  /** Failures of handlers so far, by plugin. */
  readonly failures: ReadonlyMap<string, number>;
  on(name: string, owner: string, handler: EventHandler, options?: ListenOptions): Disposer;
  /**
   * Returns at once; each handler runs after that, and its failure reaches nobody else.
   * @throws `event_recursion_limit`, and `event_payload_invalid` in strict mode
   */
  emit(name: string, payload: unknown, options?: EmitOptions): void;
  /** Resolves when no handler is outstanding. */
  idle(): Promise<void>;
}

/** How a handler listens. */
export interface ListenOptions {
  /** Also registered as a hook of the same name (ObjectStack style): called once, by whoever runs it. */
  readonly alsoHook?: boolean;
}

/** How a fact is told. */
export interface EmitOptions {
  /** Leaves out the handlers that already ran as hooks of this name. */
  readonly hooksRan?: boolean;
}

/** What an event bus stands on. */
export interface EventBusOptions {
  readonly logger: Logger;
  readonly carrier: KernelCarrier;
  readonly chain: EventChain;
  /** Validate the payloads of declared events. */
  readonly strict: boolean;
  /** How many events may cause each other in a row. */
  readonly maxDepth: number;
}

/** After so many deliveries the loop of the platform gets a turn, so that a storm can't starve it. */
const BURST = 1000;

interface Entry {
  readonly owner: string;
  readonly handler: EventHandler;
  readonly alsoHook: boolean;
  active: boolean;
}

/** Makes a bus without listeners. */
export function createEventBus(options: EventBusOptions): EventBus {
  const { carrier, chain } = options;
  const listeners = new Map<string, readonly Entry[]>();
  const failures = new Map<string, number>();
  let waiting: (() => void)[] = [];
  let size = 0;
  let outstanding = 0;
  let burst = 0;

  function settle(): void {
    outstanding -= 1;
    if (outstanding > 0) return;
    const resolved = waiting;
    waiting = [];
    for (const resolve of resolved) resolve();
  }

  function fail(event: string, owner: string, error: unknown): void {
    failures.set(owner, (failures.get(owner) ?? 0) + 1);
    options.logger.error({ plugin: owner, event, error }, 'an event handler failed');
  }

  function deliver(event: string, entry: Entry, payload: unknown): void {
    if (!entry.active) return settle();
    let result: unknown;
    try {
      result = entry.handler(payload);
    } catch (error) {
      fail(event, entry.owner, error);
      return settle();
    }
    if (!isPromiseLike(result)) return settle();
    result.then(settle, (error: unknown) => {
      fail(event, entry.owner, error);
      settle();
    });
  }

  /** One turn per emit, not one queue for all: the ambient context is then the emitter's own. */
  function schedule(work: () => void): void {
    burst += 1;
    if (burst < BURST) return queueMicrotask(work);
    burst = 0;
    setTimeout(work, 0);
  }

  function emit(name: string, payload: unknown, { hooksRan = false }: EmitOptions = {}): void {
    const path = [...chain.current(), name];
    if (path.length > options.maxDepth) {
      throw createError('event_recursion_limit', { limit: options.maxDepth, chain: path });
    }
    if (options.strict) assertPayload(name, payload);
    const present = listeners.get(name);
    const entries = hooksRan ? present?.filter((entry) => !entry.alsoHook) : present;
    if (entries === undefined || entries.length === 0) return;
    outstanding += entries.length;
    const context = carrier.current();
    const deliverAll = () =>
      chain.run(path, () => {
        for (const entry of entries) deliver(name, entry, payload);
      });
    schedule(() =>
      context === undefined ? deliverAll() : carrier.run(contextAfterCommit(context), deliverAll),
    );
  }

  return {
    get size() {
      return size;
    },
    get outstanding() {
      return outstanding;
    },
    failures,
    on(name, owner, handler, { alsoHook = false } = {}) {
      const entry: Entry = { owner, handler, alsoHook, active: true };
      listeners.set(name, [...(listeners.get(name) ?? []), entry]);
      size += 1;
      return () => {
        if (!entry.active) return;
        entry.active = false;
        size -= 1;
        const rest = (listeners.get(name) ?? []).filter((other) => other !== entry);
        if (rest.length === 0) listeners.delete(name);
        else listeners.set(name, rest);
      };
    },
    emit,
    async idle() {
      while (outstanding > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

function assertPayload(event: string, payload: unknown): void {
  if (!Object.hasOwn(eventDefinitions, event)) return;
  const { schema } = eventDefinitions[event as keyof typeof eventDefinitions];
  const result = schema.safeParse(payload);
  if (result.success) return;
  const reason = result.error.issues
    .map(
      (issue) => `${issue.path.length === 0 ? '' : `"${issue.path.join('.')}": `}${issue.message}`,
    )
    .join('; ');
  throw createError('event_payload_invalid', { event, reason });
}
