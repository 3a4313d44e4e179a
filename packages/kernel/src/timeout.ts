import type { MaybePromise } from '@objectos/spec/contracts';

/** What {@link withTimeout} answers when the time ran out. */
export const TIMED_OUT = Symbol('timed out');

/**
 * Runs `work` for at most `milliseconds` and clears its timer either way. A late result of timed-out
 * work is dropped; a late rejection goes to `onLate`, so that it is neither lost nor unhandled.
 * Work that finishes synchronously costs no timer.
 */
export async function withTimeout<T>(
  work: () => MaybePromise<T>,
  milliseconds: number,
  onLate: (error: unknown) => void,
): Promise<T | typeof TIMED_OUT> {
  const result = work();
  if (!isPromiseLike(result)) return result;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let timedOut = false;
  const limit = new Promise<typeof TIMED_OUT>((resolve) => {
    timer = setTimeout(() => {
      timedOut = true;
      resolve(TIMED_OUT);
    }, milliseconds);
  });
  const guarded = Promise.resolve<T>(result).catch((error: unknown): typeof TIMED_OUT => {
    if (!timedOut) throw error;
    onLate(error);
    return TIMED_OUT;
  });
  try {
    return await Promise.race([guarded, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** True for anything with a `then`: plugins may bring their own promises. */
export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    'then' in value &&
    typeof value.then === 'function'
  );
}
