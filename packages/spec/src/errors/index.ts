export { catalogue, type ErrorCode, type ErrorParams } from './catalogue.js';
export type { ErrorCategory, ErrorDefinition } from './define.js';
export {
  createError,
  isObjectOSError,
  ObjectOSError,
  type ErrorOptions,
  type FieldError,
} from './object-os-error.js';
