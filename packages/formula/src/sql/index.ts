export { compileFormulaSql } from './compile.js';
export { isSqlFunction } from './functions.js';
export type {
  SqlColumn,
  SqlColumnType,
  SqlDialectName,
  SqlOutcome,
  SqlSource,
  SqlTarget,
} from './types.js';
