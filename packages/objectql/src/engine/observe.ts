import type { ExecutionContext, OperationObserver } from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import type { Attempt } from './refusals.js';

/** An operation that is followed. */
export interface ObservedOperation {
  /** The context whose trace position is inside the operation. */
  readonly ctx: ExecutionContext;
  finished(failure?: unknown): void;
}

/** Tells observers of an operation. Without any there is nothing to do. */
export function observe(
  observers: readonly OperationObserver[] | undefined,
  ctx: ExecutionContext,
  { object, operation, id }: Attempt,
): ObservedOperation | undefined {
  if (observers === undefined || observers.length === 0) return undefined;
  const began = performance.now();
  let { trace } = ctx;
  const observations = observers.map((observer) => {
    const observation = observer.started({ object, operation, id, ctx, trace });
    trace = observation.trace ?? trace;
    return observation;
  });
  return {
    ctx: trace === ctx.trace ? ctx : { ...ctx, trace },
    finished(failure) {
      const code = failure === undefined ? undefined : codeOf(failure);
      const result = { code, began, ended: performance.now() };
      for (const one of observations) one.finished(result);
    },
  };
}

function codeOf(failure: unknown): string {
  return isObjectOSError(failure) ? failure.code : 'internal_error';
}
