export type { LedgerEntry } from './entries.js';
export { inactiveKeys, type InactiveKey } from './inactive-keys.js';
export { ledger } from './ledger.js';
export { schemaKeys } from './schema-keys.js';
