export { createAccessOracle, type AccessOracle } from './access/oracle.js';
export type {
  AccessWorld,
  WorldObject,
  WorldOperation,
  WorldPolicy,
  WorldRow,
  WorldRule,
  WorldSet,
} from './access/world.js';
export { cacheContract, type CacheFixture } from './cache/cache-contract.js';
export { counterContract, type CounterFixture } from './cache/counter-contract.js';
export {
  createTestKernel,
  recordingLogger,
  stopAndCheck,
  type LogEntry,
  type TestKernel,
  type TestKernelOptions,
} from './kernel/create-test-kernel.js';
export { driverContract, type DriverContractOptions } from './driver/driver-contract.js';
export { matches, sorted } from './driver/naive-filter.js';
export { bundleProgram, type BundledProgram } from './process/bundle-program.js';
export { readmeExample } from './readme/readme-example.js';
export { fileStoreContract, type FileStoreUnderTest } from './storage/file-store-contract.js';
export { keyValueContract, type KeyValueFixture } from './storage/key-value-contract.js';
export { hasRedisServer, startPrivateRedis, type PrivateRedis } from './services/redis.js';
export {
  emptyPostgres,
  findPostgres,
  testDatabaseUrl,
  type TestPostgres,
} from './services/postgres.js';
