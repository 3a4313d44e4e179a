export type { ByteSource } from './decode.js';
export { ERROR_COLUMNS } from './columns.js';
export { csvLine, escapeFormula } from './csv-write.js';
export { exportRecords, type ExportOptions, type TransferParts } from './export.js';
export {
  countRows,
  importRecords,
  type ImportChunk,
  type ImportFailure,
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
} from './import.js';
export { fieldName, inferObject, type InferredObject } from './infer.js';
export { readRows, TRANSFER_FORMATS, type FileRow, type TransferFormat } from './rows.js';
