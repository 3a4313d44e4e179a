import type { Principal } from './principal.js';

/** Distributed trace position, as in W3C trace-context. */
export interface TraceContext {
  readonly traceId: string;
  readonly spanId: string;
  /** Whether the trace is recorded; absent means yes. */
  readonly sampled?: boolean | undefined;
}

/** One link of the chain of writes that caused this one; used to stop loops. */
export interface CauseLink {
  /** What acted: a hook, rule or flow id. */
  readonly by: string;
  readonly object: string;
  readonly operation: string;
}

/** Where a request came from, as the change log keeps it. */
export interface RequestOrigin {
  /** Address of the client: the peer of the socket, or what a trusted proxy says. */
  readonly ip?: string | undefined;
  /** At most 512 characters. */
  readonly userAgent?: string | undefined;
  readonly sessionId?: string | undefined;
  /** The surface that took the request, e.g. `http`. */
  readonly surface: string;
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
  /**
   * The language of translatable values in what is read and written: one of those that records are
   * kept in, or `*` for all of them, a value being a mapping by language then. Absent: the default
   * language. Only a caller that asks for it sets it; hooks run without it.
   */
  readonly recordLocale?: string | undefined;
  readonly timezone?: string | undefined;
  readonly trace?: TraceContext | undefined;
  /** The running transaction; writes join it and events wait for its commit. */
  readonly transaction?: TransactionHandle | undefined;
  /** Epoch milliseconds after which work must stop with `deadline_exceeded`. */
  readonly deadline?: number | undefined;
  readonly cause?: readonly CauseLink[] | undefined;
  /** Where the request came from; absent when the system acts on its own. */
  readonly origin?: RequestOrigin | undefined;
  /**
   * Password and secret fields may be read and written. Only with a system principal: for everybody
   * else, and without this, they do not exist. Never derive it from a request.
   */
  readonly secrets?: boolean | undefined;
  /** True while a write is rehearsed: everything in the database is undone, so do nothing outside it. */
  readonly rehearsal?: boolean | undefined;
}

/**
 * Carries the context of the running request to plugin code that is not given it. On Node it stands
 * on AsyncLocalStorage; where there is none, nothing is ambient and everything still works explicitly.
 */
export interface ContextCarrier {
  run<T>(ctx: ExecutionContext, work: () => T): T;
  current(): ExecutionContext | undefined;
}

/** Where the system acts: in one organization, on what belongs to none, or (neither) everywhere. */
export interface SystemPlace {
  readonly tenantId?: string | undefined;
  readonly installation?: boolean | undefined;
}

let counter = 0;

/**
 * A context in which the system itself acts, under a name that the change log records.
 *
 * @example await engine.insert('account', { name: 'Acme' }, systemContext('seed'));
 */
export function systemContext(
  name: string,
  overrides: Partial<Omit<ExecutionContext, 'principal'>> & SystemPlace = {},
): ExecutionContext {
  const { tenantId, installation, ...rest } = overrides;
  counter += 1;
  return {
    principal: {
      kind: 'system',
      id: name,
      tenantId: tenantId ?? null,
      ...(installation === true ? { installation } : {}),
    },
    requestId: `system-${name}-${counter}`,
    ...rest,
  };
}
