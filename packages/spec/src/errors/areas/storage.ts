import { entry } from '../define.js';

/** Errors of key-value storage and of files. */
export const storageErrors = {
  storage_key_invalid: entry<{ key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The storage key "${p.key}" is not valid: ${p.reason}.`,
    hint: () => 'Use 1 to 512 characters without control characters.',
  }),
  storage_value_invalid: entry<{ key: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The value for the storage key "${p.key}" is not valid: ${p.reason}.`,
    hint: () => 'Store text, numbers, booleans, null, lists and plain objects; a ttl is above 0.',
  }),
  storage_value_too_large: entry<{ key: string; max: number; actual: number }>({
    category: 'validation',
    status: 413,
    message: (p) =>
      `The value for the storage key "${p.key}" has ${p.actual} bytes; the limit is ${p.max}.`,
    hint: () => 'Store less under one key, store a file, or raise maxValueSize of the plugin.',
  }),
  storage_unavailable: entry<{ backend: string }>({
    category: 'maintenance',
    status: 503,
    retryable: true,
    message: (p) => `The storage on ${p.backend} does not answer.`,
    hint: () => 'Try again; if it lasts, look at the backend and its address in the configuration.',
  }),
};
