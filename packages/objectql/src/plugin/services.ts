import { contributionPoint, serviceRef } from '@objectos/spec/contracts';
import type { MetadataCheck } from '../metadata/check/contributed.js';
import type { MetadataSnapshot } from '../metadata/compiled.js';
import type {
  Isolated,
  IsolateOptions,
  MigrateOptions,
  MigrationTarget,
  Migrator,
} from '../migrate/index.js';
import type { LoadReport } from '../runtime/data-runtime.js';
import type { Database } from '../runtime/database.js';
import type { TenantData } from '../tenants/tenant-data.js';

/** The compiled metadata in force, for surfaces that need more than `MetadataService` shows. */
export interface MetadataSnapshotSource {
  /** The snapshot at this moment. Take it once per request; a reload replaces it as a whole. */
  current(): MetadataSnapshot;
}

/** The compiled metadata. Provided by the ObjectQL plugin, read by the server. */
export const metadataSnapshotService = serviceRef<MetadataSnapshotSource>('metadata.snapshot');

/** Loads the metadata of all layers again; used by the development server. */
export interface MetadataLoader {
  /** @throws `metadata_invalid`; the metadata in force stays as it is. */
  reload(): Promise<LoadReport>;
  /**
   * What the files of all layers amount to, plugins' metadata and checks included, without putting it
   * into force. @throws `metadata_invalid`
   */
  check(): Promise<MetadataSnapshot>;
}

/** The metadata loader. Provided by the ObjectQL plugin. */
export const metadataLoaderService = serviceRef<MetadataLoader>('metadata.loader');

/**
 * The application's database, for a plugin's tables that are no objects. Provided by the ObjectQL
 * plugin.
 *
 * @example
 * const database = ctx.service(databaseService);
 * await database.ensureTables([jobTable]);
 */
export const databaseService = serviceRef<Database>('database');

/**
 * Checks of plugins for the metadata formats that they give their effect. Contribute in `setup`: the
 * formats of a plugin that contributes count as active, and its check can refuse a load.
 */
export const metadataChecksPoint = contributionPoint<MetadataCheck>('metadata.checks');

/**
 * The way from the database as it is to the metadata in the files. Works before anything is started:
 * the metadata need not fit the database.
 */
export interface Migrations extends Pick<Migrator, 'overview' | 'undo' | 'forget'> {
  plan(options?: MigrateOptions): ReturnType<Migrator['plan']>;
  apply(options?: MigrateOptions): ReturnType<Migrator['apply']>;
  status(): ReturnType<Migrator['status']>;
  /**
   * Moves organizations into schemas of their own, or back.
   *
   * @throws `tenant_isolation_unsupported`, `migration_required`
   */
  isolate(options: IsolateOptions): Promise<Isolated>;
  /** What the files ask of the database. @throws `metadata_invalid` */
  target(): Promise<MigrationTarget>;
}

/** Plans and does migrations. Provided by the ObjectQL plugin, used by `objectos migrate`. */
export const migrationService = serviceRef<Migrations>('data.migrations');

/** What an installation keeps of organizations. Provided by the ObjectQL plugin, used by `objectos tenant`. */
export const tenantDataService = serviceRef<TenantData>('data.tenants');
