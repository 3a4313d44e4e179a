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
  error_tracking_invalid: entry<{ reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The DSN of the error tracker is not valid: ${p.reason}.`,
    hint: () =>
      'Copy the DSN of the project as the tracker shows it: "https://<key>@<host>/<project>".',
  }),
};
