export { objectqlPlugin, type ObjectQLPluginOptions } from './object-ql-plugin.js';
export {
  databaseService,
  metadataChecksPoint,
  metadataLoaderService,
  metadataSnapshotService,
  migrationService,
  tenantDataService,
  type MetadataLoader,
  type MetadataSnapshotSource,
  type Migrations,
} from './services.js';
export {
  ARCHIVE_FORMAT,
  type ArchivedRow,
  type ArchiveHead,
  type RowCounts,
  type TenantData,
} from '../tenants/tenant-data.js';
export { createDatabase, type Database, type DatabaseOptions } from '../runtime/database.js';
export { createKernelStateStore } from '../runtime/kernel-state-store.js';
export { prepareSystemTables } from '../runtime/data-runtime.js';
export { createMemoryDatabase } from '../runtime/memory-database.js';
