import type { MetricsService, OperationObserver, RequestObserver } from '@objectos/spec/contracts';
import { createCombinations } from './combinations.js';

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
  const seriesOf = createCombinations((method, route, status) => ({
    count: requests.bind({ method, route, status }),
    time: duration.bind({ method, route }),
  }));
  return {
    started({ method }) {
      running.add(1);
      return {
        finished({ route, status, began, ended }) {
          running.add(-1);
          const { count, time } = seriesOf(method, route, status);
          count.add();
          time.observe((ended - began) / 1_000);
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
  const seriesOf = createCombinations((object, operation, outcome) => ({
    count: operations.bind({ object, operation, outcome }),
    time: duration.bind({ object, operation }),
  }));
  return {
    started({ object, operation }) {
      return {
        finished({ code = 'ok', began, ended }) {
          const { count, time } = seriesOf(object, operation, code);
          count.add();
          time.observe((ended - began) / 1_000);
        },
      };
    },
  };
}
