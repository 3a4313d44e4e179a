export { storageConfigSchema, type FilesConfig, type StorageConfig } from './config.js';
export { MANAGE_FILES } from './files/access.js';
export type { Digest, FileStore, StoredContent, WriteOptions } from './files/file-store.js';
export { createLocalStore } from './files/local-store.js';
export type { S3Config } from './files/s3-client.js';
export { createS3Store } from './files/s3-store.js';
export { createDatabaseStore } from './key-value/database-store.js';
export {
  createKeyValueService,
  type KeyValueServiceOptions,
  type OwnedKeyValueService,
} from './key-value/key-value-service.js';
export { createMemoryStore } from './key-value/memory-store.js';
export { openKeyValue } from './key-value/open.js';
export { createRedisStore, type RedisStoreOptions } from './key-value/redis-store.js';
export type {
  Expected,
  KeyRange,
  KeyValueStore,
  StoredEntry,
  StoredValue,
} from './key-value/store.js';
export { storagePlugin } from './plugin.js';
