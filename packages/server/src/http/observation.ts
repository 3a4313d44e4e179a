import type {
  Observation,
  RequestObserver,
  RequestResult,
  TraceContext,
} from '@objectos/spec/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readTrace } from './trace.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who follows this request; `null` when nobody does. */
    observed: ObservedRequest | null;
  }
}

/** The observations of one request. */
export interface ObservedRequest {
  readonly trace: TraceContext | undefined;
  readonly observations: readonly Observation<RequestResult>[];
}

/** Tells observers of every request, from its first hook to the end of its answer. */
export function installObservation(
  fastify: FastifyInstance,
  observers: () => readonly RequestObserver[],
): void {
  fastify.decorateRequest('observed', null);
  fastify.addHook('onRequest', (request, _reply, done) => {
    const following = observers();
    if (following.length > 0) request.observed = observe(request, following);
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.observed !== null) {
      // Fastify took the time already, from before its first hook.
      const ended = performance.now();
      const began = ended - reply.elapsedTime;
      const result = { route: routeOf(request), status: reply.statusCode, began, ended };
      for (const one of request.observed.observations) one.finished(result);
    }
    done();
  });
}

function observe(request: FastifyRequest, observers: readonly RequestObserver[]): ObservedRequest {
  const { method, id: requestId } = request;
  let trace = readTrace(request.headers.traceparent);
  const observations = observers.map((observer) => {
    const observation = observer.started({ method, requestId, trace });
    trace = observation.trace ?? trace;
    return observation;
  });
  return { trace, observations };
}

/** The route as it was registered: a path as it was asked would make a metric for every record. */
export function routeOf(request: FastifyRequest): string {
  const state = request.objectos;
  const contributed = state?.access === 'granted' ? state.route?.route.path : undefined;
  return contributed ?? request.routeOptions.url ?? 'unmatched';
}
