import type { MaybePromise } from '@objectos/spec/contracts';

/**
 * Work that finishes in the same turn of the event loop when everything it needs answers at once
 * (an embedded database, no asynchronous hook), and waits otherwise. Written as a generator, so the
 * synchronous and the asynchronous path are the same code: that is what lets several writes share
 * one commit.
 */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** True for anything with a `then`. */
export function isPromise<T>(value: MaybePromise<T>): value is Promise<T> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof (value as { then: unknown }).then === 'function'
  );
}

/** Inside {@link Steps}: `const rows = yield* wait(session.find(statement))`. */
export function* wait<T>(value: MaybePromise<T>): Steps<T> {
  return isPromise(value) ? ((yield value) as T) : value;
}

/** Runs steps; returns a value when nothing had to wait, else a promise. */
export function run<T>(steps: Steps<T>): MaybePromise<T> {
  const first = steps.next();
  return first.done === true ? first.value : runWaiting(steps, first.value);
}

async function runWaiting<T>(steps: Steps<T>, pending: PromiseLike<unknown>): Promise<T> {
  let waitingFor = pending;
  for (;;) {
    const step = await settle(steps, waitingFor);
    if (step.done === true) return step.value;
    waitingFor = step.value;
  }
}

async function settle<T>(
  steps: Steps<T>,
  pending: PromiseLike<unknown>,
): Promise<IteratorResult<PromiseLike<unknown>, T>> {
  let value: unknown;
  try {
    value = await pending;
  } catch (error) {
    return steps.throw(error);
  }
  return steps.next(value);
}
