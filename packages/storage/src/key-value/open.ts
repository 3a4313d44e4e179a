import { createError } from '@objectos/spec/errors';
import type { Database } from '@objectql/core/plugin';
import type { StorageConfig } from '../config.js';
import { createDatabaseStore } from './database-store.js';
import { createKeyValueService, type OwnedKeyValueService } from './key-value-service.js';
import { createMemoryStore } from './memory-store.js';
import { createRedisStore } from './redis-store.js';
import type { KeyValueStore } from './store.js';

/**
 * Opens the key-value storage that the configuration names.
 *
 * @throws `config_invalid` for the backend `redis` without a `redisUrl`
 */
export function openKeyValue(
  config: StorageConfig,
  database: Database | undefined,
): OwnedKeyValueService {
  const { maxValueSize } = config.keyValue;
  return createKeyValueService({ store: chooseStore(config, database), maxValueSize });
}

function chooseStore(
  { keyValue: { backend, prefix }, redisUrl }: StorageConfig,
  database: Database | undefined,
): KeyValueStore {
  if (backend === 'redis') {
    if (redisUrl !== undefined) return createRedisStore({ redisUrl, prefix });
    const reason = 'keyValue.backend "redis" needs redisUrl (REDIS_URL)';
    throw createError('config_invalid', { source: '@objectos/storage', reason });
  }
  return backend === 'database' && database !== undefined
    ? createDatabaseStore(database)
    : createMemoryStore();
}
