export { createEngine } from './engine.js';
export { nestedTargets, type NestedTarget } from './nested/targets.js';
export { isId, newId } from './ids.js';
export type { EngineOptions, HookSource } from './options.js';
export { changeLogTable, systemTables } from './system-tables.js';
export type { RecordChange } from './change-log.js';
