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
  file_store_failed: entry<{ backend: string; status: number; reason: string }>({
    category: 'external',
    status: 502,
    message: (p) => `The storage on ${p.backend} refused with ${p.status}: ${p.reason}.`,
    hint: () => 'Check the address, the bucket and the credentials in the configuration.',
  }),
  files_unavailable: entry<Record<string, never>>({
    category: 'server',
    status: 501,
    message: () => 'There are no files here: they are records, and no data engine is loaded.',
    hint: () => 'Load objectqlPlugin beside storagePlugin.',
  }),
  file_key_invalid: entry<{ key: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.key}" is no key of a stored file.`,
    hint: () => 'Keys are parts of a-z, 0-9, ".", "_" and "-", joined by "/"; no part is "..".',
  }),
  file_name_invalid: entry<{ name: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.name}" is no file name: ${p.reason}.`,
    hint: () => 'Send the name alone, without a folder: 1 to 255 bytes, no control characters.',
  }),
  file_too_large: entry<{ max: number }>({
    category: 'validation',
    status: 413,
    message: (p) => `The file is larger than ${p.max} bytes.`,
    hint: () => 'Send a smaller file, or raise files.maxSize in the configuration of the plugin.',
  }),
  file_size_mismatch: entry<{ expected: number; actual: number }>({
    category: 'validation',
    status: 400,
    message: (p) => `The file has ${p.actual} bytes; ${p.expected} were announced.`,
    hint: () => 'Send the whole file again.',
  }),
  file_type_refused: entry<{ contentType: string; reason: string }>({
    category: 'validation',
    status: 415,
    message: (p) => `A file of the type "${p.contentType}" is not accepted: ${p.reason}.`,
    hint: () => 'Send a file of another type, or change files.allowedTypes of the plugin.',
  }),
  file_type_mismatch: entry<{ declared: string; detected: string }>({
    category: 'validation',
    status: 415,
    message: (p) => `The file was declared as "${p.declared}", but its bytes are ${p.detected}.`,
    hint: () => 'Declare the type that the file has, or "application/octet-stream".',
  }),
  file_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no file "${p.id}".`,
    hint: () => 'Files without a record are seen by who uploaded them, and removed after a while.',
  }),
  file_quarantined: entry<{ id: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `The file "${p.id}" is in quarantine.`,
    hint: () => 'Somebody with the system permission "manage_files" may release it.',
  }),
  file_in_use: entry<{ id: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The file "${p.id}" is the value of a record's field.`,
    hint: () => 'Take it out of the record; what no record has is removed after a while.',
  }),
  file_reference_invalid: entry<{ object: string; field: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The value of "${p.object}.${p.field}" is not valid: ${p.reason}.`,
    hint: () => 'Upload the file first; the value is its id.',
  }),
  thumbnail_not_possible: entry<{ reason: string }>({
    category: 'validation',
    status: 422,
    message: (p) => `No thumbnail can be made of this file: ${p.reason}.`,
    hint: () => 'Fetch the file itself, without width, height, fit and format.',
  }),
  file_range_invalid: entry<{ size: number }>({
    category: 'validation',
    status: 416,
    message: (p) => `The file has ${p.size} bytes, and none of them are in the range asked for.`,
    hint: () => 'Ask for "Range: bytes=first-last" within the file.',
  }),
  signature_invalid: entry<{ reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `This signed address does not work: ${p.reason}.`,
    hint: () => 'Ask for a new one.',
  }),
  upload_not_found: entry<{ id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no upload "${p.id}".`,
    hint: () => 'Begin a new one; uploads are forgotten some time after their end.',
  }),
  upload_expired: entry<{ id: string }>({
    category: 'not_found',
    status: 410,
    message: (p) => `The time of the upload "${p.id}" is over.`,
    hint: () => 'Begin a new one.',
  }),
  upload_conflict: entry<{ id: string; reason: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The upload "${p.id}" cannot go on: ${p.reason}.`,
    hint: () => 'Look at its progress; send what is missing, or begin a new one.',
  }),
  upload_chunk_invalid: entry<{ index: number; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The chunk ${p.index} is not valid: ${p.reason}.`,
    hint: () => 'Send chunks of the size that the upload was begun with; only the last is shorter.',
  }),
};
