export type * from './compiled.js';
export { type Layer } from './layers/definition.js';
export { formatPosition, formatProblems, sortProblems } from './problems.js';
export { buildSnapshot, type BuiltSnapshot, type SnapshotOptions } from './snapshot.js';
export { parseSource } from './source/parse-source.js';
export type { ParsedDocument, ParsedSource, SourceFile } from './source/types.js';
export { createMetadataService, createMetadataStore, type MetadataStore } from './store.js';
