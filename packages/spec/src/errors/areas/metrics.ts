import { entry } from '../define.js';

/** Errors of metrics. */
export const metricErrors = {
  metric_invalid: entry<{ metric: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The metric "${p.metric}" is not valid: ${p.reason}.`,
    hint: () =>
      'Names are snake_case; counters end in _total; labels are declared with the metric; counters only grow.',
  }),
};
