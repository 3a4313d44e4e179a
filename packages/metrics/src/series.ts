import type { Labels } from '@objectos/spec/contracts';

/** The series of one metric: one state for each combination of label values, within bounds. */
export interface SeriesStore<S> {
  /** The state to count in: that of the labels, or of `other` when there are too many already. */
  of(labels: Labels | undefined): S;
  /** The state of the labels, to be kept; `undefined` where they would count as `other`. */
  keep(labels: Labels): S | undefined;
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
  const [first, last] = [names[0], names.at(-1)];
  const known: Series<S>[] = [];
  // A level for each label. Joined text as a key would be made and hashed for every observation.
  const root: Level<S> = new Map();
  const other: Series<S> = {
    labels: Object.fromEntries(names.map((name) => [name, 'other'])),
    state: make(),
  };
  let overflown = false;

  function add(labels: Labels | undefined): Series<S> {
    const values = Object.fromEntries(names.map((name) => [name, labels?.[name] ?? '']));
    const series = { labels: values, state: make() };
    known.push(series);
    let level = root;
    for (const name of names) {
      const value = textOf(labels?.[name]);
      if (name === last) level.set(value, series);
      else level = below(level, value);
    }
    return series;
  }

  function findKnown(labels: Labels | undefined): Series<S> | undefined {
    if (first === undefined) return known[0] ?? add(undefined);
    let found: Level<S> | Series<S> | undefined = root;
    for (const name of names) {
      if (!(found instanceof Map)) break;
      found = found.get(textOf(labels?.[name]));
    }
    if (found !== undefined && !(found instanceof Map)) return found;
    return known.length < max ? add(labels) : undefined;
  }

  function find(labels: Labels | undefined): Series<S> {
    const found = findKnown(labels);
    if (found !== undefined) return found;
    overflown = true;
    onOverflow();
    return other;
  }

  // A metric without labels has its one series from the start, at 0.
  if (first === undefined) add(undefined);

  return {
    of: (labels) => find(labels).state,
    keep: (labels) => findKnown(labels)?.state,
    labelsOf: (labels) => find(labels).labels,
    *all() {
      yield* known;
      if (overflown) yield other;
    },
  };
}

/** Series by the value of a label, or the levels of the labels that follow. */
type Level<S> = Map<string, Level<S> | Series<S>>;

function below<S>(level: Level<S>, value: string): Level<S> {
  const there = level.get(value);
  if (there instanceof Map) return there;
  const made: Level<S> = new Map();
  level.set(value, made);
  return made;
}

function textOf(value: string | number | undefined): string {
  return typeof value === 'string' ? value : String(value ?? '');
}
