export { metricsConfigSchema, type MetricsConfig } from './config.js';
export { createMetricsService, type OwnedMetricsService } from './metrics-service.js';
export { metricsPlugin, VIEW_METRICS } from './plugin.js';
