import {
  accessPolicyService,
  dataEngineService,
  installationObjectsPoint,
  definePlugin,
  i18nService,
  metadataFilesPoint,
  metadataService,
  operationObserversPoint,
  quotaService,
  routesPoint,
  tracerService,
  type ContextCarrier,
  type Contribution,
  type ExecutionContext,
  type MetadataFiles,
  type OperationObserver,
  type PluginContext,
  type QuotaLimits,
} from '@objectos/spec/contracts';
import type { Driver } from '../driver/contract.js';
import type { AutoMigrate, RunningMigration } from '../migrate/index.js';
import { actorOf, type RecordChange } from '../engine/change-log.js';
import { createMetadataService, type MetadataCheck, type SourceFile } from '../metadata/index.js';
import {
  createDataRuntime,
  type DataRuntime,
  type LayerFiles,
  type LoadReport,
} from '../runtime/data-runtime.js';
import { applySeeds } from '../runtime/seeds.js';
import { createDatabase } from '../runtime/database.js';
import { createTenantData } from '../tenants/tenant-data.js';
import { migrationRoutes } from './migration-routes.js';
import { createMigrations } from './migrations.js';
import { provideQuotas } from './quotas.js';
import {
  databaseService,
  metadataChecksPoint,
  metadataLoaderService,
  metadataSnapshotService,
  migrationService,
  tenantDataService,
} from './services.js';

/** What the ObjectQL plugin is built with. */
export interface ObjectQLPluginOptions {
  readonly driver: Driver;
  /** Files of the application's own layer; read again on every reload. */
  readonly applicationFiles?: (() => Promise<readonly SourceFile[]>) | undefined;
  /** Reads the files that a plugin's manifest names. Without it such manifests are refused. */
  readonly pluginFiles?: ((files: MetadataFiles) => Promise<readonly SourceFile[]>) | undefined;
  readonly carrier?: ContextCarrier | undefined;
  /** Records from which lists need an index (`EngineOptions.scanLimit`). */
  readonly scanLimit?: number | undefined;
  /** Keys of encrypted fields (`EngineOptions.encryptionKeys`). */
  readonly encryptionKeys?: string | undefined;
  /** What organizations may use that have no limits of their own. Absent: as much as they like. */
  readonly quotas?: QuotaLimits | undefined;
  /** Environment that seed files are chosen for. Default `prod`. */
  readonly environment?: 'prod' | 'dev' | 'test' | undefined;
  /** What a load may do to the database by itself. Default `safe`. */
  readonly autoMigrate?: AutoMigrate | undefined;
  /** Names this process where migrations tell who does them. */
  readonly node?: string | undefined;
}

const LONGEST_MIGRATION = 24 * 3_600_000;

/**
 * The data engine as a plugin: provides the engine and the metadata, bridges record hooks and events
 * to the kernel, and loads the metadata of the application and of every plugin.
 */
export function objectqlPlugin(options: ObjectQLPluginOptions) {
  return definePlugin({
    manifest: { id: '@objectql/core', version: '0.1.0', critical: true },
    provides: [
      dataEngineService,
      databaseService,
      metadataService,
      metadataSnapshotService,
      metadataLoaderService,
      migrationService,
      tenantDataService,
      quotaService,
    ],
    setup(ctx) {
      const { driver, carrier } = options;
      const tracer = () => ctx.service(tracerService);
      const onCommit = createEventBridge(ctx, carrier);
      let observers: readonly OperationObserver[] = [];
      let checks: readonly Contribution<MetadataCheck>[] = [];
      const snapshot = () => runtime.store.current();
      const quotas = provideQuotas(ctx, { driver, snapshot, defaults: options.quotas });
      const { beforeCommit } = quotas;
      const runtime: DataRuntime = createDataRuntime({
        driver,
        activePlugins: () => new Set(checks.map(({ plugin }) => plugin)),
        checks: () => checks.map(({ value }) => value),
        logger: ctx.logger,
        carrier,
        autoMigrate: options.autoMigrate,
        node: options.node,
        onMigrating: (running) => tellMigrating(ctx, running),
        languages: () => ctx.service(i18nService)?.recordLanguages,
        scanLimit: options.scanLimit,
        encryptionKeys: options.encryptionKeys,
        access: () => ctx.service(accessPolicyService),
        hooks: {
          has: (name) => ctx.hasHooks(name),
          run: (name, payload) => ctx.runHooks(name, payload),
          owners: (name) => ctx.hookOwners(name),
        },
        onCommit,
        beforeCommit,
        observers: () => observers,
        tracer,
      });
      ctx.consume(operationObserversPoint, (all) => {
        observers = all.map(({ value }) => value);
      });
      const isObject = (table: string) => runtime.store.current().objects.has(table);
      const loader = createLoader(ctx, runtime, options);
      ctx.provide(dataEngineService, runtime.engine);
      ctx.provide(
        databaseService,
        createDatabase({ driver, isObject, onCommit, beforeCommit, carrier, tracer }),
      );
      ctx.provide(metadataService, createMetadataService(runtime.store));
      ctx.provide(metadataSnapshotService, runtime.store);
      ctx.provide(metadataLoaderService, loader);
      let ofInstallation: ReadonlySet<string> = new Set();
      ctx.consume(installationObjectsPoint, (all) => {
        ofInstallation = new Set(all.flatMap(({ value }) => value));
      });
      ctx.provide(
        tenantDataService,
        createTenantData(driver, snapshot, () => ofInstallation),
      );
      const migrations = createMigrations(runtime, loader.layers);
      ctx.provide(migrationService, migrations);
      for (const route of migrationRoutes(ctx, migrations)) ctx.contribute(routesPoint, route);
      ctx.onDispose(() => runtime.close());
      ctx.consume(metadataChecksPoint, (all) => {
        checks = all;
      });
      let stopping = false;
      ctx.on('kernel.stopping', () => {
        stopping = true;
      });
      // What plugins take back while everything stops is no change of the application.
      ctx.consume(metadataFilesPoint, (all) => (stopping ? undefined : loader.setPluginFiles(all)));
      return {
        // A database is migrated, or waited for, as long as it takes; it is told how far it is.
        startTimeout: LONGEST_MIGRATION,
        async start() {
          await loader.start();
          await quotas.start();
        },
        async health() {
          const { up, detail } = await driver.health();
          return { status: up ? 'up' : 'down', detail };
        },
      };
    },
  });
}

/** A start that takes long says what it waits for: in the log, and to who answers probes meanwhile. */
function tellMigrating(ctx: PluginContext, running: RunningMigration): void {
  const { id, step, percent, rows, total, node } = running;
  ctx.logger.info(
    { migration: id, step, percent, rows, total, node },
    'the database is being migrated',
  );
  ctx.emit('data.migration.progressed', { id, step, percent });
}

/** Turns committed changes into events. The chain of causes travels on through the carrier. */
function createEventBridge(ctx: PluginContext, carrier: ContextCarrier | undefined) {
  return (context: ExecutionContext, changes: readonly RecordChange[]): void => {
    for (const change of changes) {
      const cause = [
        ...(context.cause ?? []),
        { by: 'event', object: change.object, operation: change.operation },
      ];
      const tell = () => emitChange(ctx, context, change);
      if (carrier === undefined) tell();
      else carrier.run({ ...context, transaction: undefined, cause }, tell);
    }
  };
}

function emitChange(ctx: PluginContext, context: ExecutionContext, change: RecordChange): void {
  const { object, id, revision, tenantId, at } = change;
  const { requestId } = context;
  const fact = { object, id, revision, actor: actorOf(context.principal), tenantId, requestId, at };
  switch (change.operation) {
    case 'create':
      return ctx.emit('data.record.created', fact);
    case 'update':
      return ctx.emit('data.record.updated', { ...fact, changed: [...change.changed] });
    case 'restore':
      return ctx.emit('data.record.restored', fact);
    case 'delete':
    case 'purge':
      return ctx.emit('data.record.deleted', { ...fact, soft: change.operation === 'delete' });
  }
}

/** Loads and reloads the layers. Loads never overlap; a later one waits for the running one. */
function createLoader(ctx: PluginContext, runtime: DataRuntime, options: ObjectQLPluginOptions) {
  let contributed: readonly Contribution<MetadataFiles>[] = [];
  let running: Promise<unknown> = Promise.resolve();
  let started = false;
  // Plugins that leave because everything ends take no metadata with them.
  let ending = false;
  ctx.on('kernel.stopping', () => {
    ending = true;
  });

  async function loadNow(): Promise<LoadReport> {
    const layers = await readLayers(contributed, options);
    const before = started ? runtime.store.current().version : undefined;
    const report = await runtime.load(layers);
    started = true;
    if (before !== report.version) {
      ctx.emit('metadata.changed', { version: report.version, objects: [...report.objects] });
    }
    await applySeeds(runtime, { storage: ctx.storage, environment: options.environment ?? 'prod' });
    return report;
  }

  function reload(): Promise<LoadReport> {
    const next = running.then(loadNow, loadNow);
    running = next.catch(() => undefined);
    return next;
  }

  return {
    reload,
    check: async () => runtime.check(await readLayers(contributed, options)),
    layers: () => readLayers(contributed, options),
    async start() {
      const { notices } = await reload();
      for (const notice of notices)
        ctx.logger.info({ ...notice.position, code: notice.code }, notice.message);
    },
    async setPluginFiles(all: readonly Contribution<MetadataFiles>[]) {
      contributed = all;
      if (started && !ending) await reload();
    },
  };
}

async function readLayers(
  contributed: readonly Contribution<MetadataFiles>[],
  options: ObjectQLPluginOptions,
): Promise<LayerFiles[]> {
  const plugins = await Promise.all(
    contributed.map(async ({ plugin, value }) => ({
      layer: `plugin:${plugin}`,
      files: (await options.pluginFiles?.(value)) ?? [],
    })),
  );
  const byLayer = new Map<string, SourceFile[]>();
  for (const { layer, files } of plugins) {
    byLayer.set(layer, [...(byLayer.get(layer) ?? []), ...files]);
  }
  const app = (await options.applicationFiles?.()) ?? [];
  return [
    ...[...byLayer].map(([layer, files]) => ({ layer, files })),
    { layer: 'app', files: app },
  ];
}
