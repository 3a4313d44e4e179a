import type { TraceContext } from './context.js';
import type { MaybePromise } from './disposable.js';
import { serviceRef } from './refs.js';

/** A step that a trace shows. */
export interface SpanStart {
  /** Few different ones: no ids, no texts of people. */
  readonly name: string;
  /** What the step is to others: work inside (default), a call to another system, work taken from a queue. */
  readonly kind?: 'internal' | 'client' | 'consumer' | undefined;
  /** The position that it belongs to; absent: it begins a trace. */
  readonly trace: TraceContext | undefined;
  /** Frozen, they are taken to belong to all steps of this name, and may be kept. */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A step under way. */
export interface OpenSpan {
  /** The position that what happens inside belongs to. */
  readonly trace: TraceContext;
  /** Ends it; with what was thrown, as failed. */
  end(failure?: unknown): void;
}

/** Follows steps of traces. Must be quick and must not throw. */
export interface Tracer {
  start(span: SpanStart): OpenSpan;
}

/**
 * The tracer. Provided by the metrics plugin while traces go somewhere; without one, nothing is traced
 * and it costs nothing.
 */
export const tracerService = serviceRef<Tracer>('tracer');

/**
 * Runs `work` as a step of the trace `span.trace`. Without a tracer, or outside a recorded trace, only
 * the work is run. A step that answers in the same turn ends in it.
 */
export function inSpan<T>(
  tracer: Tracer | undefined,
  span: SpanStart,
  work: (trace: TraceContext | undefined) => MaybePromise<T>,
): MaybePromise<T> {
  const { trace } = span;
  if (tracer === undefined || trace === undefined || trace.sampled === false) return work(trace);
  return follow(tracer.start(span), work);
}

function follow<T>(
  open: OpenSpan,
  work: (trace: TraceContext) => MaybePromise<T>,
): MaybePromise<T> {
  let result: MaybePromise<T>;
  try {
    result = work(open.trace);
  } catch (error) {
    open.end(error);
    throw error;
  }
  if (!isPromiseLike(result)) {
    open.end();
    return result;
  }
  return result.then(
    (value) => {
      open.end();
      return value;
    },
    (error: unknown) => {
      open.end(error);
      throw error;
    },
  );
}

function isPromiseLike<T>(value: MaybePromise<T>): value is Promise<T> {
  return typeof value === 'object' && value !== null && 'then' in value;
}
