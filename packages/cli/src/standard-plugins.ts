import type { PluginInput } from '@objectos/kernel';
import path from 'node:path';
import type { LoadedConfig } from './config/load.js';

/** A first-party plugin that every application gets unless it says otherwise. */
interface StandardPlugin {
  readonly id: string;
  /** Only with `security: sign-in`; without it, the start-up token of this machine is the way in. */
  readonly security?: boolean;
  /** Loaded only when it is wanted: a plugin left out costs nothing. */
  readonly load: () => Promise<PluginInput>;
  /** Configuration that comes from the application's own keys. */
  readonly config?: (loaded: LoadedConfig, options: StandardOptions) => Record<string, unknown>;
}

/** How the application runs. */
export interface StandardOptions {
  /** Nobody signs in: secrets of sign-in are made for this run only. */
  readonly headless: boolean;
}

/** The first-party plugins, in one place. `without` in the configuration leaves some out, by id. */
const STANDARD_PLUGINS: readonly StandardPlugin[] = [
  {
    id: '@objectos/auth',
    security: true,
    load: async () => (await import('@objectos/auth')).authPlugin,
    config: signInConfig,
  },
  {
    id: '@objectos/permissions',
    security: true,
    load: async () => (await import('@objectos/permissions')).permissionsPlugin,
  },
  {
    id: '@objectos/audit',
    security: true,
    load: async () => (await import('@objectos/audit')).auditPlugin,
    config: auditConfig,
  },
  {
    id: '@objectos/cache',
    load: async () => (await import('@objectos/cache')).cachePlugin,
    config: ({ config }) => (config.redis === undefined ? {} : { redisUrl: config.redis }),
  },
  {
    id: '@objectos/jobs',
    load: async () => (await import('@objectos/jobs')).jobsPlugin,
    config: ({ config }, { headless }) => ({
      // A command that runs for a moment leaves the jobs to the servers.
      ...(headless ? { run: false } : {}),
      ...(config.redis === undefined ? {} : { redisUrl: config.redis }),
    }),
  },
  {
    id: '@objectos/storage',
    load: async () => (await import('@objectos/storage')).storagePlugin,
    config: ({ folder, config }) => ({
      dataFolder: path.join(folder, '.objectos'),
      ...(config.files === undefined ? {} : { filesUrl: config.files }),
      ...(config.redis === undefined ? {} : { redisUrl: config.redis }),
      ...(config.secret === undefined ? {} : { secret: config.secret }),
    }),
  },
  {
    id: '@objectos/i18n',
    load: async () => (await import('@objectos/i18n')).i18nPlugin,
  },
  {
    id: '@objectos/metrics',
    load: async () => (await import('@objectos/metrics')).metricsPlugin,
    config: metricsConfig,
  },
  {
    id: '@objectos/notification',
    load: async () => (await import('@objectos/notification')).notificationPlugin,
    config: notificationConfig,
  },
  {
    id: '@objectos/outbound',
    load: async () => (await import('@objectos/outbound')).outboundPlugin,
    config: ({ config }) => config.outbound,
  },
];

/** Ids that `without` may name. */
export const STANDARD_PLUGIN_IDS: readonly string[] = STANDARD_PLUGINS.map(({ id }) => id);

/** The standard plugins of an application, and their configuration by id. */
export async function standardPlugins(
  loaded: LoadedConfig,
  options: StandardOptions,
): Promise<{ plugins: PluginInput[]; config: Record<string, unknown> }> {
  const { security, without, pluginConfig } = loaded.config;
  const wanted = STANDARD_PLUGINS.filter(
    (plugin) =>
      !without.includes(plugin.id) && (security === 'sign-in' || plugin.security !== true),
  );
  const configured = wanted.flatMap(({ id, config }) => {
    const own = pluginConfig[id];
    const given = { ...config?.(loaded, options), ...(typeof own === 'object' ? own : {}) };
    return Object.keys(given).length === 0 ? [] : [[id, given] as const];
  });
  return {
    plugins: await Promise.all(wanted.map(({ load }) => load())),
    config: Object.fromEntries(configured),
  };
}

function metricsConfig({ config, production }: LoadedConfig): Record<string, unknown> {
  const { errorTracking, tracing, tracingEndpoint, tracingHeaders, tracingShare } = config;
  const exporter = tracing ?? (tracingEndpoint === undefined ? 'none' : 'otlp');
  const endpoint = tracingEndpoint?.replace(/\/*$/, '/v1/traces');
  const environment = production ? 'production' : 'development';
  return {
    ...(errorTracking === undefined ? {} : { errors: { dsn: errorTracking, environment } }),
    ...(exporter === 'none'
      ? {}
      : {
          tracing: {
            exporter,
            ...(endpoint === undefined ? {} : { endpoint }),
            ...(tracingHeaders === undefined ? {} : { headers: readHeaders(tracingHeaders) }),
            ...(tracingShare === undefined ? {} : { sample: tracingShare }),
          },
        }),
  };
}

/** `key=value,other=value`, values percent-encoded where they must be, as OpenTelemetry has it. */
function readHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at).trim().toLowerCase(), decoded(pair.slice(at + 1).trim())] as const;
  });
  return Object.fromEntries(pairs);
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    // A lone percent sign stands for itself.
    return value;
  }
}

function signInConfig(
  { folder, config, production }: LoadedConfig,
  { headless }: StandardOptions,
): Record<string, unknown> {
  const secret = config.secret === undefined ? {} : { secret: config.secret };
  if (headless) return { ...secret, requireSecret: false };
  return {
    ...secret,
    requireSecret: production || !isLoopback(config.host),
    dataFolder: path.join(folder, '.objectos'),
  };
}

/** In production there is a secret to derive the key from; what is kept in a folder is of one machine. */
function auditConfig({ folder, config, production }: LoadedConfig): Record<string, unknown> {
  if (config.secret !== undefined) return { secret: config.secret };
  return production ? {} : { dataFolder: path.join(folder, '.objectos') };
}

function notificationConfig({ folder, config }: LoadedConfig): Record<string, unknown> {
  const { secret, smtp } = config;
  return {
    ...(secret === undefined ? {} : { secret }),
    ...(smtp === undefined ? {} : { smtp: [smtp] }),
    // Mail of sign-in lies in the same folder.
    outboxFolder: path.join(folder, '.objectos', 'outbox'),
  };
}

function isLoopback(host: string): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost';
}
