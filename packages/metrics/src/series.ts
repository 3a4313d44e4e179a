import type { Labels } from '@objectos/spec/contracts';

/** The series of one metric: one state for each combination of label values, within bounds. */
export interface SeriesStore<S> {
  /** The state to count in: that of the labels, or of `other` when there are too many already. */
  of(labels: Labels | undefined): S;
  /** The labels to count under, in the same way. */
  labelsOf(labels: Labels | undefined): Series<S>['labels'];
  /** All that there are, with their labels. */
  all(): IterableIterator<Series<S>>;
}

/** One combination of label values. */
export interface Series<S> {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly state: S;
}

/**
 * Makes a store. Counting happens in plain numbers here, and is brought into the form of Prometheus
 * only when somebody reads: a request counts several times, and is read once in many seconds.
 * `onOverflow` is told of each observation that had to go to `other`.
 */
export function createSeriesStore<S>(
  names: readonly string[],
  { max, make, onOverflow }: { max: number; make: () => S; onOverflow: () => void },
): SeriesStore<S> {
  const known = new Map<string, Series<S>>();
  const other: Series<S> = {
    labels: Object.fromEntries(names.map((name) => [name, 'other'])),
    state: make(),
  };
  let overflown = false;

  function add(key: string, labels: Labels | undefined): Series<S> {
    const values = Object.fromEntries(names.map((name) => [name, labels?.[name] ?? '']));
    const series = { labels: values, state: make() };
    known.set(key, series);
    return series;
  }

  function find(labels: Labels | undefined): Series<S> {
    let key = '';
    for (const name of names) key += `${labels?.[name] ?? ''}\u0000`;
    const series = known.get(key);
    if (series !== undefined) return series;
    if (known.size < max) return add(key, labels);
    overflown = true;
    onOverflow();
    return other;
  }

  // A metric without labels has its one series from the start, at 0.
  if (names.length === 0) add('', undefined);

  return {
    of: (labels) => find(labels).state,
    labelsOf: (labels) => find(labels).labels,
    *all() {
      yield* known.values();
      if (overflown) yield other;
    },
  };
}
