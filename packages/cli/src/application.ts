import {
  createKernel,
  withKeyValue,
  type Kernel,
  type KernelCarrier,
  type PluginInput,
} from '@objectos/kernel';
import { createNodeCarrier, importPlugin } from '@objectos/kernel/node';
import { serverPlugin } from '@objectos/plugin-server';
import type { ContextCarrier, KernelStateStore, Logger } from '@objectos/spec/contracts';
import { createError } from '@objectos/spec/errors';
import type { Driver } from '@objectql/core/driver';
import { readPluginFiles, readSources } from '@objectql/core/node';
import {
  createDatabase,
  createKernelStateStore,
  objectqlPlugin,
  prepareSystemTables,
} from '@objectql/core/plugin';
import { SqlDriver } from '@objectql/driver-sql';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadedConfig } from './config/load.js';
import { standardPlugins } from './standard-plugins.js';

/** Seeding an application's sample data may take a while on a slow disk. */
const START_TIMEOUT = 120_000;
/** Proxies look at `/readyz` every few seconds. */
const PRODUCTION_DRAIN = 5_000;

/** A kernel that is put together and not booted yet. */
export interface Application {
  readonly kernel: Kernel;
  /** The plugin files of the application, by the path as configured. */
  readonly pluginFiles: readonly string[];
}

/** How an application is put together. */
export interface ApplicationOptions {
  readonly environment?: 'prod' | 'dev' | undefined;
  /** Without the HTTP server, for commands that only work on the data. Default false. */
  readonly headless?: boolean | undefined;
  /** Carries the context along; also for a logger that tells of it. Default: a new one. */
  readonly carrier?: KernelCarrier | undefined;
}

/** Puts an application together: engine, standard plugins, server, and the plugins of its configuration. */
export async function createApplication(
  loaded: LoadedConfig,
  logger: Logger,
  {
    environment = 'prod',
    headless = false,
    carrier = createNodeCarrier(),
  }: ApplicationOptions = {},
): Promise<Application> {
  const { folder, config } = loaded;
  const standard = await standardPlugins(loaded, { headless });
  const driver = await createDriver(config);
  const pluginFiles = config.plugins.map((name) => resolvePlugin(folder, name));
  // Only `dev` follows changes of code.
  const reloadable = environment === 'dev';
  const plugins: PluginInput[] = [
    objectqlPlugin({
      driver,
      carrier,
      environment,
      autoMigrate: config.autoMigrate ?? (environment === 'dev' ? 'backfill' : 'safe'),
      applicationFiles: () => readSources(config.metadata, { cwd: folder }),
      pluginFiles: readPluginFiles,
      scanLimit: config.scanLimit,
      quotas: config.quotas,
      encryptionKeys: config.encryptionKeys,
      node: `${hostname()} (process ${process.pid})`,
    }),
    ...standard.plugins,
    ...(headless ? [] : [serverPlugin]),
    ...(await Promise.all(pluginFiles.map((file) => importPlugin(file, { reloadable })))),
  ];
  const kernel = createKernel({
    plugins,
    carrier,
    logger,
    stateStore: await stateStore(driver, carrier, config.without),
    timeouts: { start: START_TIMEOUT },
    config: { ...pluginConfig(loaded, { environment, headless }), ...standard.config },
  });
  return { kernel, pluginFiles };
}

/**
 * What the kernel remembers, in the application's database. With the storage plugin, plugins keep
 * their own values in its key-value storage there.
 */
async function stateStore(
  driver: Driver,
  carrier: ContextCarrier,
  without: readonly string[],
): Promise<KernelStateStore> {
  if (without.includes('@objectos/storage')) {
    return createKernelStateStore(driver, () => prepareSystemTables(driver));
  }
  const { createDatabaseStore, createKeyValueService } = await import('@objectos/storage');
  // It writes its own table only: there are no objects to keep away from, and no changes to tell.
  const database = createDatabase({
    driver,
    carrier,
    isObject: () => false,
    onCommit: () => undefined,
  });
  const keyValue = createKeyValueService({ store: createDatabaseStore(database) });
  const below = createKernelStateStore(driver, async () => {
    await prepareSystemTables(driver);
    await keyValue.prepare();
  });
  return withKeyValue(below, keyValue);
}

/** The driver of a database URL. @throws `tenant_isolation_unsupported` */
async function createDriver({ database: url, tenancy }: LoadedConfig['config']): Promise<Driver> {
  const tenantSchemas = tenancy.isolation === 'schema';
  if (!/^mongodb(?:\+srv)?:/.test(url)) return new SqlDriver({ url, tenantSchemas });
  if (tenantSchemas) throw createError('tenant_isolation_unsupported', { driver: 'mongodb' });
  // Its client takes memory that others need not spend.
  const { MongoDriver } = await import('@objectql/driver-mongo');
  return new MongoDriver({ url });
}

/** The configuration of each plugin; that of the server is refused by a kernel without one. */
function pluginConfig(
  loaded: LoadedConfig,
  { environment, headless }: { environment: 'prod' | 'dev'; headless: boolean },
): Record<string, unknown> {
  const { [serverPlugin.manifest.id]: own, ...others } = loaded.config.pluginConfig;
  if (headless) return others;
  const server = serverConfig(loaded, isMapping(own) ? own : {}, environment);
  return { ...others, [serverPlugin.manifest.id]: server };
}

function serverConfig(
  { config, production }: LoadedConfig,
  own: Readonly<Record<string, unknown>>,
  environment: 'prod' | 'dev',
): Record<string, unknown> {
  const limits = isMapping(own['limits']) ? own['limits'] : {};
  const drainMs = config.drainDelay ?? (production ? PRODUCTION_DRAIN : 0);
  return {
    ...own,
    limits: { drainMs, ...limits },
    host: config.host,
    port: config.port,
    environment: environment === 'dev' ? 'development' : 'production',
    ...(config.startupToken === undefined ? {} : { startupToken: config.startupToken }),
  };
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Finds a plugin of the configuration: a file of the folder, or a package. */
export function resolvePlugin(folder: string, name: string): string {
  if (name.startsWith('.') || path.isAbsolute(name)) return path.resolve(folder, name);
  return createRequire(pathToFileURL(path.join(folder, 'package.json'))).resolve(name);
}
