import type { Principal } from './principal.js';

/** Distributed trace position, as in W3C trace-context. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
}

/** One link of the chain of writes that caused this one; used to stop loops. */
export interface CauseLink {
  /** What acted: a hook, rule or flow id. */
  readonly by: string;
  readonly object: string;
  readonly operation: string;
}

/** Opaque handle of a running transaction; only the engine and its driver look inside. */
export interface TransactionHandle {
  readonly kind: 'transaction';
}

/** What every operation knows about the request it belongs to. Immutable; derive with a spread. */
export interface ExecutionContext {
  readonly principal: Principal;
  readonly requestId: string;
  readonly locale?: string | undefined;
  readonly timezone?: string | undefined;
  readonly trace?: TraceContext | undefined;
  /** The running transaction; writes join it and events wait for its commit. */
  readonly transaction?: TransactionHandle | undefined;
  /** Epoch milliseconds after which work must stop with `deadline_exceeded`. */
  readonly deadline?: number | undefined;
  readonly cause?: readonly CauseLink[] | undefined;
}

/**
 * Carries the context of the running request to plugin code that is not given it. On Node it stands
 * on AsyncLocalStorage; where there is none, nothing is ambient and everything still works explicitly.
 */
export interface ContextCarrier {
  run<T>(ctx: ExecutionContext, work: () => T): T;
  current(): ExecutionContext | undefined;
}

let counter = 0;

/**
 * A context in which the system itself acts, under a name that the change log records.
 *
 * @example await engine.insert('account', { name: 'Acme' }, systemContext('seed'));
 */
export function systemContext(
  name: string,
  overrides: Partial<Omit<ExecutionContext, 'principal'>> & { readonly tenantId?: string } = {},
): ExecutionContext {
  const { tenantId, ...rest } = overrides;
  counter += 1;
  return {
    principal: { kind: 'system', id: name, tenantId: tenantId ?? null },
    requestId: `system-${name}-${counter}`,
    ...rest,
  };
}
