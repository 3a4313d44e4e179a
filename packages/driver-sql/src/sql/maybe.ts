import type { MaybePromise } from '@objectos/spec/contracts';

/** Continues with `next` in the same turn if `value` is there already, otherwise when it comes. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs `work`, whether it answers now or later, and hands its outcome on. */
export function settle<T, R>(
  work: () => MaybePromise<T>,
  outcome: { done: (result: T) => MaybePromise<R>; failed: (error: unknown) => MaybePromise<R> },
): MaybePromise<R> {
  let result: MaybePromise<T>;
  try {
    result = work();
  } catch (error) {
    return outcome.failed(error);
  }
  return result instanceof Promise
    ? result.then(outcome.done, outcome.failed)
    : outcome.done(result);
}
