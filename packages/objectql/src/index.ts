export type * from './driver/contract.js';
export type * from './metadata/compiled.js';
