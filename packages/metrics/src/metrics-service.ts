import type {
  HistogramMetric,
  MaybePromise,
  MetricDefinition,
  MetricsService,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { Counter, Registry, Summary } from 'prom-client';
import { metricsConfigSchema, type MetricsConfig } from './config.js';
import { countIn, histogramSamples, registerMetric } from './metric.js';
import { processMetrics } from './process-metrics.js';
import { createSeriesStore } from './series.js';

/** A service with an end. */
export interface OwnedMetricsService extends MetricsService {
  close(): void;
}

type Kind = 'counter' | 'gauge' | 'histogram' | 'summary';

const NAME = /^[a-z_][a-z0-9_]*$/;
/** Seconds; from what an embedded database answers in, to what a person gives up on. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * Makes the metrics of a process, without a kernel.
 *
 * @example
 * const metrics = createMetricsService();
 * const sent = metrics.counter({ name: 'invoices_sent_total', help: 'Invoices sent.', labels: ['country'] });
 * sent.add(1, { country: 'de' });
 */
export function createMetricsService(config: Partial<MetricsConfig> = {}): OwnedMetricsService {
  const { maxSeries, process } = metricsConfigSchema.parse(config);
  const registry = new Registry();
  const known = new Map<string, { readonly kind: Kind; readonly metric: unknown }>();
  const collectors = new Set<() => MaybePromise<void>>();
  const registries = process ? [registry, processMetrics()] : [registry];
  const dropped = new Counter({
    name: 'objectos_metrics_series_dropped_total',
    help: 'Observations counted as "other" because their metric has too many series.',
    labelNames: ['metric'],
    registers: [registry],
  });

  /** One metric per name; asking again for the same kind gives the same one. */
  function once<M>(kind: Kind, definition: MetricDefinition, make: () => M): M {
    const { name } = definition;
    const there = known.get(name);
    if (there?.kind === kind) return there.metric as M;
    checkDefinition(kind, definition);
    if (there !== undefined || registries.some((one) => one.getSingleMetric(name) !== undefined)) {
      throw invalid(name, `the name is taken by a ${there?.kind ?? 'metric of the process'}`);
    }
    const metric = make();
    known.set(name, { kind, metric });
    return metric;
  }

  const storeOf = <S>({ name, labels = [] }: MetricDefinition, make: () => S) =>
    createSeriesStore(labels, {
      max: maxSeries,
      make,
      onOverflow: () => dropped.inc({ metric: name }),
    });
  const numbers = (definition: MetricDefinition, type: 'counter' | 'gauge') => {
    const series = storeOf(definition, () => ({ value: 0 }));
    registerMetric(registry, definition, type, () =>
      [...series.all()].map(({ labels, state: { value } }) => ({ value, labels })),
    );
    return series;
  };

  return {
    counter: (definition) =>
      once('counter', definition, () => {
        const series = numbers(definition, 'counter');
        const grow = (state: { value: number }, by = 1): void => {
          if (!(by >= 0)) throw invalid(definition.name, 'a counter only grows');
          state.value += by;
        };
        return {
          add: (by, labels) => grow(series.of(labels), by),
          bind(labels) {
            const kept = series.keep(labels);
            return { add: (by) => grow(kept ?? series.of(labels), by) };
          },
        };
      }),
    gauge: (definition) =>
      once('gauge', definition, () => {
        const series = numbers(definition, 'gauge');
        return {
          set: (value, labels) => void (series.of(labels).value = value),
          add: (by, labels) => void (series.of(labels).value += by),
        };
      }),
    histogram: (definition) =>
      once('histogram', definition, () => {
        const buckets = [...(definition.buckets ?? BUCKETS)].sort((left, right) => left - right);
        const empty = () => Array<number>(buckets.length + 1).fill(0);
        const series = storeOf(definition, () => ({ counts: empty(), sum: 0 }));
        registerMetric(registry, definition, 'histogram', () =>
          [...series.all()].flatMap((one) => histogramSamples(definition.name, buckets, one)),
        );
        return {
          observe: (value, labels) => countIn(series.of(labels), buckets, value),
          bind(labels) {
            const kept = series.keep(labels);
            return { observe: (value) => countIn(kept ?? series.of(labels), buckets, value) };
          },
        };
      }),
    summary: (definition) =>
      once('summary', definition, () => {
        const { name, help, labels: labelNames = [] } = definition;
        const summary: Summary = new Summary({
          name,
          help,
          labelNames: [...labelNames],
          registers: [registry],
          percentiles: [...(definition.percentiles ?? [0.5, 0.9, 0.99])],
          maxAgeSeconds: 600,
          ageBuckets: 5,
        });
        const names = storeOf(definition, () => undefined);
        const observe: HistogramMetric['observe'] = (value, labels) =>
          summary.observe(names.labelsOf(labels), value);
        return { observe, bind: (labels) => ({ observe: (value) => observe(value, labels) }) };
      }),
    onCollect(collect) {
      collectors.add(collect);
      return () => void collectors.delete(collect);
    },
    async text() {
      // One that fails keeps nobody from reading the rest.
      await Promise.allSettled([...collectors].map(async (collect) => collect()));
      const texts = await Promise.all(registries.map((one) => one.metrics()));
      return texts.join('\n');
    },
    close() {
      collectors.clear();
      registry.clear();
    },
  };
}

function checkDefinition(kind: Kind, { name, help, labels = [] }: MetricDefinition): void {
  if (!NAME.test(name)) throw invalid(name, 'its name is not snake_case');
  if (kind === 'counter' && !name.endsWith('_total')) {
    throw invalid(name, 'the name of a counter ends in _total');
  }
  if (kind !== 'counter' && name.endsWith('_total')) {
    throw invalid(name, 'only the name of a counter ends in _total');
  }
  if (help === '') throw invalid(name, 'it has no help');
  const wrong = labels.find((label) => !NAME.test(label) || label === 'le' || label === 'quantile');
  if (wrong !== undefined) throw invalid(name, `"${wrong}" cannot be a label`);
}

function invalid(metric: string, reason: string) {
  return createError('metric_invalid', { metric, reason });
}
