import {
  definePlugin,
  inSpan,
  outboundService,
  tracerService,
  type MaybePromise,
  type OutboundRequest,
  type OutboundResponse,
  type PluginContext,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import { outboundConfigSchema } from './config.js';
import { createOutboundService } from './outbound-service.js';

/** Requests to other servers, as a plugin. Each refused destination is in the log. */
export const outboundPlugin = definePlugin({
  manifest: { id: '@objectos/outbound', version: '0.1.0' },
  config: outboundConfigSchema,
  provides: [outboundService],
  setup(ctx) {
    const service = createOutboundService({ config: ctx.config });
    ctx.provide(outboundService, {
      async request(url, init) {
        try {
          return await followed(ctx, url, init, (traced) => service.request(url, traced));
        } catch (error) {
          if (isObjectOSError(error) && error.code === 'outbound_blocked') {
            const { requestId } = ctx.currentContext() ?? {};
            ctx.logger.warn({ code: error.code, requestId }, error.message);
          }
          throw error;
        }
      },
    });
  },
});

/** Makes the request a step of the trace of what runs now, and tells the other server of it. */
function followed(
  ctx: PluginContext,
  url: string | URL,
  init: OutboundRequest | undefined,
  send: (init: OutboundRequest | undefined) => Promise<OutboundResponse>,
): MaybePromise<OutboundResponse> {
  const tracer = ctx.service(tracerService);
  if (tracer === undefined) return send(init);
  const method = (init?.method ?? 'GET').toUpperCase();
  const host = URL.canParse(String(url)) ? new URL(url).host : 'nowhere';
  const attributes = { 'http.request.method': method, 'server.address': host };
  const name = `${method} ${host}`;
  const trace = ctx.currentContext()?.trace;
  return inSpan(tracer, { name, kind: 'client', trace, attributes }, (inner) => {
    if (inner === undefined) return send(init);
    const { traceId, spanId, sampled = true } = inner;
    const traceparent = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
    return send({ ...init, headers: { traceparent, ...init?.headers } });
  });
}
