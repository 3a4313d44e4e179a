import type { ExecutionContext, TraceContext } from './context.js';
import type { Disposer, MaybePromise } from './disposable.js';
import { contributionPoint, serviceRef } from './refs.js';

/** What a metric is called and how it is told apart. */
export interface MetricDefinition<L extends string = string> {
  /** `snake_case`; counters end in `_total`, times are seconds and end in `_seconds`. */
  readonly name: string;
  readonly help: string;
  /** Names of labels. Their values must be few: no ids, no texts of people. */
  readonly labels?: readonly L[] | undefined;
}

/** Values for the labels of a metric. */
export type Labels<L extends string = string> = Readonly<Partial<Record<L, string | number>>>;

/** Only grows. */
export interface CounterMetric<L extends string = string> {
  add(by?: number, labels?: Labels<L>): void;
  /** The counter of these labels, looked up once: for what is counted many times a second. */
  bind(labels: Labels<L>): BoundCounter;
}

/** A counter whose labels are chosen. */
export interface BoundCounter {
  add(by?: number): void;
}

/** Goes up and down. */
export interface GaugeMetric<L extends string = string> {
  set(value: number, labels?: Labels<L>): void;
  add(by: number, labels?: Labels<L>): void;
}

/** Counts observations by size. Also what a summary is written to. */
export interface HistogramMetric<L extends string = string> {
  observe(value: number, labels?: Labels<L>): void;
  /** The metric of these labels, looked up once: for what is observed many times a second. */
  bind(labels: Labels<L>): BoundHistogram;
}

/** A histogram or summary whose labels are chosen. */
export interface BoundHistogram {
  observe(value: number): void;
}

/**
 * Metrics of the process. Asking twice for a metric of one name and kind gives the same one. Past
 * 1,000 combinations of labels, further ones are counted under the label value `other`.
 *
 * Each throws `metric_invalid` for a name or label that Prometheus does not take, and for a name that
 * is taken by another kind.
 */
export interface MetricsService {
  counter<L extends string>(definition: MetricDefinition<L>): CounterMetric<L>;
  gauge<L extends string>(definition: MetricDefinition<L>): GaugeMetric<L>;
  histogram<L extends string>(
    definition: MetricDefinition<L> & { readonly buckets?: readonly number[] },
  ): HistogramMetric<L>;
  summary<L extends string>(
    definition: MetricDefinition<L> & { readonly percentiles?: readonly number[] },
  ): HistogramMetric<L>;
  /** Calls `collect` before each reading of the metrics: for gauges that are looked up, not counted. */
  onCollect(collect: () => MaybePromise<void>): Disposer;
  /** All metrics in the text format of Prometheus. */
  text(): Promise<string>;
}

/** Metrics. Provided by the metrics plugin. */
export const metricsService = serviceRef<MetricsService>('metrics');

/** A request or operation that an observer follows. */
export interface Observation<Result> {
  /** The trace position that what happens inside belongs to. */
  readonly trace?: TraceContext | undefined;
  finished(result: Result): void;
}

/** When something was under way, in milliseconds of `performance.now()`: read once for all observers. */
export interface TimeSpan {
  readonly began: number;
  readonly ended: number;
}

/** How a request ended. */
export interface RequestResult extends TimeSpan {
  /** The route as it was registered (`/api/data/:object`), or `unmatched`. */
  readonly route: string;
  readonly status: number;
}

/** Follows HTTP requests. Must be quick and must not throw. */
export interface RequestObserver {
  started(request: {
    readonly method: string;
    readonly requestId: string;
    readonly trace: TraceContext | undefined;
  }): Observation<RequestResult>;
}

/** Plugins that follow requests. The server asks them; without any it costs nothing. */
export const requestObserversPoint = contributionPoint<RequestObserver>('http.observers');

/** How an operation of the data engine ended: without a code, well. */
export interface OperationResult extends TimeSpan {
  readonly code?: string | undefined;
}

/** Follows operations of the data engine. Must be quick and must not throw. */
export interface OperationObserver {
  started(operation: {
    readonly object: string;
    readonly operation: string;
    /** The record, where the operation is about one. */
    readonly id: string | undefined;
    readonly ctx: ExecutionContext;
    readonly trace: TraceContext | undefined;
  }): Observation<OperationResult>;
}

/** Plugins that follow operations. The engine asks them; without any it costs nothing. */
export const operationObserversPoint = contributionPoint<OperationObserver>('data.observers');
