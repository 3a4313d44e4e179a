import type { MetricsService, OperationObserver, RequestObserver } from '@objectos/spec/contracts';

/** Counts and times requests, by route. */
export function measureRequests(metrics: MetricsService): RequestObserver {
  const requests = metrics.counter({
    name: 'http_requests_total',
    help: 'Answered requests.',
    labels: ['method', 'route', 'status'],
  });
  const duration = metrics.histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the end of its answer.',
    labels: ['method', 'route'],
  });
  const running = metrics.gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that are being answered.',
  });
  return {
    started({ method }) {
      const begin = performance.now();
      running.add(1);
      return {
        finished({ route, status }) {
          running.add(-1);
          requests.add(1, { method, route, status });
          duration.observe((performance.now() - begin) / 1_000, { method, route });
        },
      };
    },
  };
}

/** Counts and times operations of the data engine, by object. */
export function measureOperations(metrics: MetricsService): OperationObserver {
  const operations = metrics.counter({
    name: 'objectos_operations_total',
    help: 'Operations of the data engine; outcome is "ok" or an error code.',
    labels: ['object', 'operation', 'outcome'],
  });
  const duration = metrics.histogram({
    name: 'objectos_operation_duration_seconds',
    help: 'Time of operations of the data engine, their hooks and the commit included.',
    labels: ['object', 'operation'],
  });
  return {
    started({ object, operation }) {
      const begin = performance.now();
      return {
        finished({ code = 'ok' }) {
          operations.add(1, { object, operation, outcome: code });
          duration.observe((performance.now() - begin) / 1_000, { object, operation });
        },
      };
    },
  };
}
