/** Tells whether what was made may be kept, and how long to wait before it is made again. */
export interface KeepRules<T> {
  readonly isComplete: (made: T) => boolean;
  readonly retryMs: number;
  readonly now?: (() => number) | undefined;
}

/**
 * Does the work of the first call for all calls with the same key. A failure is tried again; what is
 * incomplete is used, and made again later.
 */
export function once<K, T>(
  make: (key: K) => Promise<T>,
  { isComplete, retryMs, now = Date.now }: KeepRules<T>,
): (key: K) => Promise<T> {
  const made = new Map<K, { readonly value: Promise<T>; until: number }>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined && now() < known.until) return known.value;
    const entry = { value: make(key), until: Infinity };
    made.set(key, entry);
    entry.value.then(
      (value) => {
        if (!isComplete(value)) entry.until = now() + retryMs;
      },
      () => made.delete(key),
    );
    return entry.value;
  };
}
