import { collectDefaultMetrics, Registry } from 'prom-client';

/** Gauges that their library names like counters, which `promtool check metrics` refuses. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

let known: Registry | undefined;

/**
 * Metrics of the process: memory, processor, event loop, garbage collection. There is one of each,
 * whoever asks: their library never lets go of what it measures with, so that a plugin that is loaded
 * again would leave another clock running.
 */
export function processMetrics(): Registry {
  if (known !== undefined) return known;
  known = new Registry();
  collectDefaultMetrics({ register: known });
  for (const name of MISNAMED) known.removeSingleMetric(name);
  return known;
}
