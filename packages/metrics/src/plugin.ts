import {
  accessPolicyService,
  definePlugin,
  failureObserversPoint,
  metricsService,
  operationObserversPoint,
  requestObserversPoint,
  routesPoint,
  tracerService,
  type PluginContext,
  type RouteContext,
} from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import { collectFromServices } from './collect.js';
import { metricsConfigSchema, type MetricsConfig } from './config.js';
import { createErrorReporter } from './errors/reporter.js';
import { createMetricsService, type OwnedMetricsService } from './metrics-service.js';
import { measureOperations, measureRequests } from './observers.js';

/** The system permission that reading metrics asks for. */
export const VIEW_METRICS = 'view_metrics';

/** Metrics as a plugin: `/metrics` for Prometheus, and traces when an exporter is configured. */
export const metricsPlugin = definePlugin({
  manifest: { id: '@objectos/metrics', version: '0.1.0' },
  config: metricsConfigSchema,
  provides: [metricsService],
  async setup(ctx) {
    const metrics = createMetricsService(ctx.config);
    ctx.provide(metricsService, metrics);
    ctx.contribute(requestObserversPoint, measureRequests(metrics));
    ctx.contribute(operationObserversPoint, measureOperations(metrics));
    collectFromServices(ctx, metrics);
    serveMetrics(ctx, metrics);
    ctx.onDispose(() => metrics.close());
    reportErrors(ctx, metrics);
    if (ctx.config.tracing.exporter === 'none') return;
    const spans = metrics.counter({
      name: 'objectos_trace_spans_total',
      help: 'Steps of traces by result: sent, dropped because the collector took none.',
      labels: ['result'],
    });
    // Loaded only now: who does not trace does not pay for it.
    const { startTracing } = await import('./tracing/tracing.js');
    const tracing = startTracing(ctx.config.tracing, { logger: ctx.logger, spans });
    ctx.contribute(requestObserversPoint, tracing.requests);
    ctx.contribute(operationObserversPoint, tracing.operations);
    ctx.provide(tracerService, tracing.tracer);
    ctx.onDispose(() => tracing.close());
  },
});

function reportErrors(ctx: PluginContext<MetricsConfig>, metrics: OwnedMetricsService): void {
  const { dsn, environment, release } = ctx.config.errors;
  if (dsn === undefined) return;
  const reports = metrics.counter({
    name: 'objectos_error_reports_total',
    help: 'Reports to the error tracker by result: sent, failed, dropped.',
    labels: ['result'],
  });
  const { logger } = ctx;
  const reporter = createErrorReporter({ dsn, environment, release, logger, reports });
  ctx.contribute(failureObserversPoint, reporter);
  ctx.onDispose(() => reporter.close());
}

function serveMetrics(ctx: PluginContext, metrics: OwnedMetricsService): void {
  for (const path of ['/metrics', '/api/v1/metrics/prometheus']) {
    ctx.contribute(routesPoint, {
      method: 'GET',
      path,
      access: 'authenticated',
      async handler(_request, route) {
        await requireViewer(ctx, route);
        const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
        return new Response(await metrics.text(), { headers });
      },
    });
  }
}

/** Metrics tell of all tenants, so only the platform reads them. */
async function requireViewer(ctx: PluginContext, { principal }: RouteContext): Promise<void> {
  if (principal.kind === 'system') return;
  const policy = ctx.service(accessPolicyService);
  await policy?.prepare?.(principal);
  if (principal.tenantId === null && policy?.permits?.(principal, VIEW_METRICS) === true) return;
  const reason = `it needs the system permission "${VIEW_METRICS}" of the platform`;
  throw createError('permission_denied', { object: 'metrics', operation: 'read', reason });
}
