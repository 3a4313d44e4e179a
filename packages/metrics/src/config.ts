import { z } from 'zod';

/** Configuration of the metrics plugin. Every key has a default; unknown keys are refused. */
export const metricsConfigSchema = z.strictObject({
  /** Most combinations of label values of one metric; further ones count as `other`. */
  maxSeries: z.int().min(1).max(100_000).default(1_000),
  /** Metrics of the process: memory, processor, event loop, garbage collection. */
  process: z.boolean().default(true),
  errors: z
    .strictObject({
      /** DSN of an error tracker that speaks the protocol of Sentry. Absent: errors are logged only. */
      dsn: z.string().min(1).optional(),
      environment: z.string().min(1).max(64).default('production'),
      release: z.string().min(1).max(200).optional(),
    })
    .prefault({}),
  tracing: z
    .strictObject({
      /** Where spans go: nowhere, to the console, or to a collector over OTLP. */
      exporter: z.enum(['none', 'console', 'otlp']).default('none'),
      /** The collector's URL for traces. Default: that of OpenTelemetry, on this machine. */
      endpoint: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:4318/v1/traces'),
      /** Sent with each request to the collector, such as a key. */
      headers: z.record(z.string().regex(/^[\w-]+$/), z.string().max(4_096)).default({}),
      serviceName: z.string().min(1).max(100).default('objectos'),
      /** Share of requests that are traced when their caller has not decided. */
      sample: z.number().min(0).max(1).default(1),
    })
    .prefault({}),
});

/** The plugin's configuration, defaults filled in. */
export type MetricsConfig = z.output<typeof metricsConfigSchema>;
