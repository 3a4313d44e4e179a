import type { MaybePromise } from '@objectos/spec/contracts';

/** Continues with `next` in the same turn if `value` is there already, otherwise when it comes. */
export function andThen<T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
