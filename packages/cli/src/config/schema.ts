import { z } from 'zod';
import { STANDARD_PLUGIN_IDS } from '../standard-plugins.js';

/** What the configuration file of an application may say. Unknown keys are refused by name. */
export const configSchema = z.strictObject({
  /** Port to listen on; 0 picks a free one. */
  port: z.int().min(0).max(65_535).default(3000),
  /** Address to listen on. Anything but loopback needs an authentication plugin. */
  host: z.string().min(1).default('127.0.0.1'),
  /** Database URL. Default: a SQLite file in the folder's `.objectos`. */
  database: z.string().min(1).optional().meta({ secret: true }),
  /** `redis://…`: shares the cache with other nodes. */
  redis: z
    .string()
    .regex(/^rediss?:\/\//, 'a URL like "redis://host:6379"')
    .optional()
    .meta({ secret: true }),
  /** Other servers that may be called, as the outbound plugin reads it: `allow`, `only`, limits. */
  outbound: z.record(z.string(), z.unknown()).default({}),
  /** `smtps://user:password@host`: where mail goes. Else it lies in the folder's `.objectos/outbox`. */
  smtp: z
    .string()
    .regex(/^smtps?:\/\//, 'a URL like "smtps://user:password@mail.example.com"')
    .optional()
    .meta({ secret: true }),
  /** `s3://…`: keeps files on an S3-compatible service instead of in the folder's `.objectos`. */
  files: z
    .string()
    .regex(/^s3:\/\//, 'a URL like "s3://key:secret@host/bucket"')
    .optional()
    .meta({ secret: true }),
  /** Metadata files, as globs relative to the folder. */
  metadata: z
    .array(z.string().min(1))
    .default(['**/*.{yml,yaml,json}', '!*.{yml,yaml,json}', '!**/*.access.{yml,yaml}']),
  /** Plugins to load: files relative to the folder, or package names. */
  plugins: z.array(z.string().min(1)).default([]),
  /** Configuration of plugins, by plugin id. */
  pluginConfig: z.record(z.string(), z.unknown()).default({}),
  /**
   * Who gets in: users who sign in and have permissions, or whoever has the token of this start, with
   * all rights and from this machine only.
   */
  security: z.enum(['sign-in', 'startup-token']).default('sign-in'),
  /** Ids of standard plugins that are not loaded. */
  without: z.array(z.enum(STANDARD_PLUGIN_IDS)).default([]),
  /** Signs sessions and encrypts secrets; at least 32 random characters. */
  secret: z.string().min(32).optional().meta({ secret: true }),
  /**
   * Keys of encrypted fields: `<id>:<32 bytes in base64>`, several with commas between them, the
   * current one first.
   */
  encryptionKeys: z.string().min(1).optional().meta({ secret: true }),
  /**
   * Lists and groups of a table with more records than this need an index; 0 switches it off. Default
   * 100,000.
   */
  scanLimit: z.int().min(0).optional(),
  /** What each organization may use that has no limits of its own; days are those of UTC. */
  quotas: z
    .strictObject({
      /** Records, those in the trash among them. */
      records: z.int().min(0).optional(),
      /** Bytes of files. */
      storageBytes: z.int().min(0).optional(),
      apiCallsPerDay: z.int().min(0).optional(),
      jobsPerDay: z.int().min(0).optional(),
    })
    .default({}),
  /**
   * How organizations are kept apart: by the rows of common tables, or each in a schema of its own,
   * which takes PostgreSQL and `security: sign-in`.
   */
  tenancy: z
    .strictObject({ isolation: z.enum(['row', 'schema']).default('row') })
    .default({ isolation: 'row' }),
  /**
   * What a start may do to the database by itself: nothing, what touches no value, or also what writes
   * values without losing any. Default: `safe` for `objectos start`, `backfill` for `objectos dev`.
   */
  autoMigrate: z.enum(['none', 'safe', 'backfill']).optional(),
  /**
   * Milliseconds that a server which is told to end still takes requests, after `/readyz` says that it
   * wants none, so that a proxy has seen it. Default: 5,000 in production, otherwise 0.
   */
  drainDelay: z.int().min(0).max(14_000).optional(),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  /** `auto`: lines for people on a terminal, otherwise JSON. */
  logFormat: z.enum(['auto', 'json', 'line']).default('auto'),
  /** DSN of an error tracker that speaks the protocol of Sentry. */
  errorTracking: z.string().min(1).optional().meta({ secret: true }),
  /** Where traces go. Default: to `tracingEndpoint` where there is one, otherwise nowhere. */
  tracing: z.enum(['none', 'console', 'otlp']).optional(),
  /** Base URL of a collector of OpenTelemetry; traces go to its `/v1/traces`. */
  tracingEndpoint: z.url({ protocol: /^https?$/ }).optional(),
  /** Headers for the collector, as OpenTelemetry writes them: `key=value,other=value`. */
  tracingHeaders: z
    .string()
    .regex(/^[\w-]+=[^,]*(?:,\s*[\w-]+=[^,]*)*$/, 'headers like "api-key=abc,tenant=x"')
    .optional()
    .meta({ secret: true }),
  /** Share of the traces that begin here, from 0 to 1, that are recorded. */
  tracingShare: z.number().min(0).max(1).optional(),
  /** With `security: startup-token`: this one instead of a random one; at least 32 characters. */
  startupToken: z.string().min(32).optional().meta({ secret: true }),
});

/** The configuration of an application, complete. */
export type Config = Readonly<z.output<typeof configSchema>> & { readonly database: string };

/** A key of the configuration. */
export type ConfigKey = keyof z.output<typeof configSchema>;

/** Values as one source gives them, before they are checked. */
export type PartialConfig = Partial<Record<ConfigKey, unknown>>;
