export * from './driver/index.js';
export * from './engine/index.js';
export * from './metadata/index.js';
export * from './migrate/index.js';
export {
  createObjectQL,
  type ObjectQL,
  type ObjectQLOptions,
  type ReadSources,
} from './object-ql.js';
export * from './query/index.js';
export {
  createDataRuntime,
  type DataRuntime,
  type DataRuntimeOptions,
  type LayerFiles,
  type LoadReport,
} from './runtime/data-runtime.js';
