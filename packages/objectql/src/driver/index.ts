export type * from './contract.js';
export { diffSchema, type SchemaDiff } from './schema-diff.js';
