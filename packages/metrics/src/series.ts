import type { Labels } from '@objectos/spec/contracts';

/** Keeps the number of series of one metric within bounds. */
export interface SeriesGuard {
  /** The labels to count under: as given, or all `other` when there are too many already. */
  admit(labels: Labels | undefined): Record<string, string | number>;
}

/** Makes a guard. `onOverflow` is told of each observation that had to go to `other`. */
export function createSeriesGuard(
  names: readonly string[],
  max: number,
  onOverflow: () => void,
): SeriesGuard {
  const known = new Set<string>();
  const other = Object.fromEntries(names.map((name) => [name, 'other']));
  const none = {};
  return {
    admit(labels) {
      if (names.length === 0) return none;
      let key = '';
      const values: Record<string, string | number> = {};
      for (const name of names) {
        const value = labels?.[name] ?? '';
        values[name] = value;
        key += `${value}\u0000`;
      }
      if (known.has(key)) return values;
      if (known.size >= max) {
        onOverflow();
        return other;
      }
      known.add(key);
      return values;
    },
  };
}
