export type { CheckedMetadata, MetadataCheck } from './check/contributed.js';
export type * from './compiled.js';
export { type Layer } from './layers/definition.js';
export type { Merged, MergedItems } from './layers/merge.js';
export { formatPosition, formatProblems, problem, sortProblems } from './problems.js';
export { buildSnapshot, type BuiltSnapshot, type SnapshotOptions } from './snapshot.js';
export { parseSource } from './source/parse-source.js';
export type { ParsedDocument, ParsedSource, SourceFile } from './source/types.js';
export { createMetadataService, createMetadataStore, type MetadataStore } from './store.js';
