import type { MetricDefinition } from '@objectos/spec/contracts';
import type { Metric, Registry } from 'prom-client';
import type { Series } from './series.js';

/** One value of a metric, as the registry of prom-client reads it. */
export interface Sample {
  readonly metricName?: string;
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** Registers a metric of ours: the registry asks for its values when it is read. */
export function registerMetric(
  registry: Registry,
  { name, help }: MetricDefinition,
  type: 'counter' | 'gauge' | 'histogram',
  samples: () => Sample[],
): void {
  const metric = {
    name,
    help,
    type,
    get: () => Promise.resolve({ name, help, type, values: samples(), aggregator: 'sum' }),
    reset: () => undefined,
  };
  // The registry uses no more of a metric than this.
  registry.registerMetric(metric as unknown as Metric);
}

/** What a histogram counts in one series: how many in each bucket, the last one without bound. */
export interface HistogramState {
  readonly counts: number[];
  sum: number;
}

/** Counts a value in the bucket it belongs to. */
export function countIn(state: HistogramState, buckets: readonly number[], value: number): void {
  let at = 0;
  while (at < buckets.length && value > (buckets[at] ?? 0)) at += 1;
  state.counts[at] = (state.counts[at] ?? 0) + 1;
  state.sum += value;
}

/** The lines of the series of a histogram, cumulative as Prometheus wants them. */
export function histogramSamples(
  name: string,
  buckets: readonly number[],
  { labels, state }: Series<HistogramState>,
): Sample[] {
  let count = 0;
  const lines = state.counts.map((inBucket, at): Sample => {
    count += inBucket;
    const le = buckets[at] ?? '+Inf';
    return { metricName: `${name}_bucket`, value: count, labels: { ...labels, le } };
  });
  return [
    ...lines,
    { metricName: `${name}_sum`, value: state.sum, labels },
    { metricName: `${name}_count`, value: count, labels },
  ];
}
