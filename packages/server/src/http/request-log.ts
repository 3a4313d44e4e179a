import type { Logger } from '@objectos/spec/contracts';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ServerConfig } from '../config.js';
import { routeOf } from './observation.js';

/** Who a request was from and where it belongs, as log lines tell it. Never a query string or a body. */
export function requestFields(request: FastifyRequest): Record<string, unknown> {
  const state = request.objectos;
  const known = state?.access === 'granted' ? state.context : undefined;
  return {
    requestId: request.id,
    method: request.method,
    route: routeOf(request),
    ...(known === undefined
      ? {}
      : {
          userId: known.principal.id,
          tenantId: known.principal.tenantId ?? undefined,
          traceId: known.trace?.traceId,
          spanId: known.trace?.spanId,
        }),
  };
}

/** Logs answered requests: all, those that were slow or failed, or none. */
export function installRequestLog(
  fastify: FastifyInstance,
  logger: Logger,
  { requestLog, slowRequestMs }: Pick<ServerConfig, 'requestLog' | 'slowRequestMs'>,
): void {
  if (requestLog === 'none') return;
  fastify.addHook('onResponse', (request, reply, done) => {
    const { elapsedTime, statusCode: status } = reply;
    const notable = status >= 500 || elapsedTime >= slowRequestMs;
    if (notable || requestLog === 'all') {
      const fields = { ...requestFields(request), status, milliseconds: Math.round(elapsedTime) };
      if (status >= 500) logger.warn(fields, 'request failed');
      else logger.info(fields, notable ? 'request was slow' : 'request');
    }
    done();
  });
}
