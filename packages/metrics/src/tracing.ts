import type {
  OperationObserver,
  RequestObserver,
  TraceContext,
  Tracer,
} from '@objectos/spec/contracts';
import { isObjectOSError } from '@objectos/spec/errors';
import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
} from '@opentelemetry/api';
import type { MetricsConfig } from './config.js';

/** What follows requests and operations and makes spans of them. */
export interface Tracing {
  readonly requests: RequestObserver;
  readonly operations: OperationObserver;
  /** For everything else: hooks, statements, jobs, outgoing calls. */
  readonly tracer: Tracer;
  /** Sends what is there and ends. */
  close(): Promise<void>;
}

/** Starts tracing. The libraries are loaded only now: who does not trace does not pay for them. */
export async function startTracing(config: MetricsConfig['tracing']): Promise<Tracing> {
  const [sdk, { resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-base'),
    import('@opentelemetry/resources'),
  ]);
  const processor =
    config.exporter === 'console'
      ? new sdk.SimpleSpanProcessor(new sdk.ConsoleSpanExporter())
      : new sdk.BatchSpanProcessor(await openExporter(config.endpoint));
  const provider = new sdk.BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': config.serviceName }),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(config.sample) }),
    spanProcessors: [processor],
  });
  const tracer = provider.getTracer('objectos');

  const start = (name: string, kind: SpanKind, parent: TraceContext | undefined) =>
    tracer.startSpan(name, { kind }, contextOf(parent));

  return {
    requests: {
      started({ method, requestId, trace: parent }) {
        const span = start(method, SpanKind.SERVER, parent);
        span
          .setAttribute('http.request.method', method)
          .setAttribute('objectos.request_id', requestId);
        return {
          trace: positionOf(span),
          finished({ route, status }) {
            span.updateName(`${method} ${route}`).setAttribute('http.route', route);
            span.setAttribute('http.response.status_code', status);
            if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
            span.end();
          },
        };
      },
    },
    operations: {
      started({ object, operation, trace: parent }) {
        const span = start(`${operation} ${object}`, SpanKind.INTERNAL, parent);
        span.setAttribute('objectos.object', object).setAttribute('objectos.operation', operation);
        return {
          trace: positionOf(span),
          finished({ code }) {
            if (code !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: code });
            span.end();
          },
        };
      },
    },
    tracer: {
      start({ name, kind = 'internal', trace: parent, attributes = {} }) {
        const span = start(name, KINDS[kind], parent).setAttributes(attributes);
        return {
          trace: positionOf(span),
          end(failure) {
            if (failure !== undefined) {
              span.setStatus({ code: SpanStatusCode.ERROR, message: codeOf(failure) });
            }
            span.end();
          },
        };
      },
    },
    close: () => provider.shutdown(),
  };
}

const KINDS = {
  internal: SpanKind.INTERNAL,
  client: SpanKind.CLIENT,
  consumer: SpanKind.CONSUMER,
} as const;

/** What a failure is called: its code, or its class. Messages may hold what people wrote. */
function codeOf(failure: unknown): string {
  if (isObjectOSError(failure)) return failure.code;
  return failure instanceof Error ? failure.name : 'error';
}

async function openExporter(url: string) {
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  return new OTLPTraceExporter({ url });
}

/** The context of a parent; whether it is recorded decides for all below it. */
function contextOf(parent: TraceContext | undefined) {
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, sampled = true } = parent;
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

function positionOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
}
