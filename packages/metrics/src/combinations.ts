type Last = string | number;

/** So many combinations are kept; names that somebody makes up are not among the first. */
const MOST = 2_000;

/**
 * Keeps what is made for a combination of three values, of which there are few: a look at three small
 * maps costs less than to put a key together. Past 2,000 combinations it is made each time.
 */
export function createCombinations<T>(
  make: (first: string, second: string, last: Last) => T,
): (first: string, second: string, last: Last) => T {
  const known = new Map<string, Map<string, Map<Last, T>>>();
  let count = 0;

  function add(first: string, second: string, last: Last): T {
    const made = make(first, second, last);
    if (count >= MOST) return made;
    count += 1;
    const seconds = known.get(first) ?? new Map<string, Map<Last, T>>();
    const lasts = seconds.get(second) ?? new Map<Last, T>();
    known.set(first, seconds.set(second, lasts.set(last, made)));
    return made;
  }

  return (first, second, last) =>
    known.get(first)?.get(second)?.get(last) ?? add(first, second, last);
}
