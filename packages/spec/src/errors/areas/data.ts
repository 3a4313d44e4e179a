import { entry } from '../define.js';
import { didYouMean } from './shared.js';

/** Errors of reading and writing records. */
export const dataErrors = {
  principal_required: entry<{ object: string; operation: string }>({
    category: 'authentication',
    status: 401,
    message: (p) => `"${p.operation}" on "${p.object}" came without a principal.`,
    hint: () =>
      'Pass a context with a principal; for work of the system itself use systemContext(name).',
  }),
  permission_denied: entry<{ object: string; operation: string; reason: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `You may not ${p.operation} "${p.object}": ${p.reason}.`,
    hint: () => 'Ask an administrator for the permission.',
  }),
  object_not_found: entry<{ object: string; suggestion?: string | undefined }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no object "${p.object}".${didYouMean(p.suggestion)}`,
    hint: () => 'GET /api/metadata/objects lists the objects you may use.',
  }),
  record_not_found: entry<{ object: string; id: string }>({
    category: 'not_found',
    status: 404,
    message: (p) => `There is no "${p.object}" with id "${p.id}".`,
    hint: () => 'It may have been deleted, or you may not be allowed to see it.',
  }),
  record_not_accessible: entry<{ object: string; id: string }>({
    category: 'authorization',
    status: 403,
    message: (p) => `You see "${p.object}" "${p.id}", but may not change or delete it.`,
    hint: () => 'Its owner can share it with you, or an administrator can give you the right.',
  }),
  validation_error: entry<{ object: string; count: number }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The "${p.object}" record is not valid: ${p.count} ${p.count === 1 ? 'problem' : 'problems'}.`,
    hint: () => 'fieldErrors names each field, its rule and what is expected.',
  }),
  read_only_field: entry<{ object: string; fields: readonly string[]; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `"${p.object}" does not accept a value for ${p.fields.join(', ')}: ${p.reason}.`,
    hint: (p) =>
      p.reason === 'the system maintains it'
        ? 'Leave these fields out; the system maintains them.'
        : 'Leave these fields out, or ask an administrator for the permission.',
  }),
  duplicate_value: entry<{ object: string; fields: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) => `Another "${p.object}" already has this ${p.fields.join(' + ')}.`,
    hint: () => 'Choose another value, or update the existing record.',
  }),
  invalid_reference: entry<{ object: string; field: string; reference: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.object}.${p.field}" points to a "${p.reference}" that does not exist.`,
    hint: () => 'Use the id of an existing record that you may read.',
  }),
  hierarchy_circle: entry<{ object: string; id: string; field: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.object}" ${p.id} would be above itself in "${p.field}".`,
    hint: () => 'Choose a record that is not below this one, or leave the field empty.',
  }),
  delete_restricted: entry<{ object: string; id: string; by: string; count: number }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `"${p.object}" ${p.id} is still used by ${p.count} "${p.by}" ${p.count === 1 ? 'record' : 'records'}.`,
    hint: (p) => `Delete or re-assign the "${p.by}" records first.`,
  }),
  concurrent_modification: entry<{
    object: string;
    id: string;
    /** What the client has: one revision, or several; none when its tags can match nothing. */
    expected: number | readonly number[];
    actual: number;
  }>({
    category: 'conflict',
    status: 412,
    message: (p) =>
      `"${p.object}" ${p.id} was changed meanwhile: you have ${revisions(p.expected)}, it is at ${p.actual}.`,
    hint: () =>
      'Read the record again, repeat your change on it, and send its new ETag in If-Match.',
  }),
  merge_conflict: entry<{ object: string; id: string; fields: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `"${p.object}" ${p.id}: somebody else changed ${p.fields.join(', ')} since your revision, to other values.`,
    hint: () =>
      'details has base, mine and theirs of these fields. Decide, and send the change again with the revision of theirs.',
  }),
  idempotency_key_reused: entry<{ key: string }>({
    category: 'validation',
    status: 422,
    message: (p) => `The Idempotency-Key "${p.key}" was used before, for another request.`,
    hint: () =>
      'Repeat a request with its own key and exactly its own body; make a new key for another request.',
  }),
  idempotency_answer_withheld: entry<{ key: string; object: string }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `The request with the Idempotency-Key "${p.key}" was carried out. Its answer is not repeated: you may see less of "${p.object}" than you did then.`,
    hint: () => 'Nothing needs to be sent again. Read the record.',
  }),
  unexpected_count: entry<{ object: string; expected: number; actual: number }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `The filter matches ${p.actual} "${p.object}" records, not ${p.expected}; nothing was written.`,
    hint: () => 'Look at the filter again, or send the count that you expect now.',
  }),
  upsert_key_not_unique: entry<{
    object: string;
    fields: readonly string[];
    unique: readonly (readonly string[])[];
  }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `"${p.object}" can't be found by ${p.fields.join(' + ')}: no unique index guards it.`,
    hint: (p) =>
      p.unique.length === 0
        ? 'Use "id", or declare unique: true on the field.'
        : `Use "id" or ${p.unique.map((key) => key.join(' + ')).join(', ')}, or declare unique: true on the field.`,
  }),
  import_file_invalid: entry<{ line: number; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      p.line === 0
        ? `The file can't be read: ${p.reason}.`
        : `The file can't be read from line ${p.line} on: ${p.reason}.`,
    hint: (p) =>
      p.line === 0
        ? 'Nothing was imported. Name a file that can be read and has rows below its header.'
        : 'Rows before that line are imported; correct the file and go on from there.',
  }),
  import_column_unknown: entry<{
    object: string;
    column: string;
    suggestion?: string | undefined;
  }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The column "${p.column}" is no field of "${p.object}".${didYouMean(p.suggestion)}`,
    hint: () =>
      'Map it to a field (or to relation.field), or leave it out by mapping it to nothing.',
  }),
  import_object_exists: entry<{ object: string; file: string }>({
    category: 'conflict',
    status: 409,
    message: (p) => `The object "${p.object}" can't be made: ${p.file} is there already.`,
    hint: () => 'Import without --create-object, or name another object with --object.',
  }),
  import_object_unwritten: entry<{ object: string; file: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) =>
      `The object "${p.object}" can't be made: ${p.file} can't be written (${p.reason}).`,
    hint: () => 'Give this user the right to write into the folder of the application.',
  }),
  import_row_invalid: entry<{ row: number; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `Row ${p.row} can't be read: ${p.reason}.`,
    hint: () => 'Correct the row; a delimiter or a quote too many shifts its cells.',
  }),
  invalid_id: entry<{ object: string }>({
    category: 'validation',
    status: 400,
    message: (p) =>
      `The id of a "${p.object}" must be a string of 1 to 64 letters, digits, "-" and "_".`,
    hint: () => 'Leave the id out to have one made.',
  }),
  recursion_limit: entry<{ limit: number; chain: readonly string[] }>({
    category: 'conflict',
    status: 409,
    message: (p) =>
      `Writes triggered each other more than ${p.limit} levels deep: ${p.chain.join(' -> ')}.`,
    hint: () => 'Break the loop: one of these hooks must not write when nothing changes.',
  }),
  hook_failed: entry<{ hook: string; object: string; owner: string }>({
    category: 'server',
    status: 500,
    message: (p) => `Hook "${p.hook}" of ${p.owner} failed on "${p.object}".`,
    hint: () => 'The write was undone. The log has the cause under this request id.',
  }),
  hook_rejected: entry<{ object: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `The change of "${p.object}" was refused: ${p.reason}.`,
    hint: () => 'Correct the record as the message says.',
  }),
  method_not_enabled: entry<{ object: string; method: string }>({
    category: 'authorization',
    status: 405,
    message: (p) => `"${p.object}" does not offer "${p.method}" over the API.`,
    hint: () => 'Add it to enable.apiMethods of the object.',
  }),
  batch_partial_failure: entry<{ succeeded: number; failed: number }>({
    category: 'conflict',
    status: 409,
    message: (p) => `${p.failed} of ${p.succeeded + p.failed} items failed; nothing was written.`,
    hint: () => 'results names each failure. Send options.atomic=false to keep the good ones.',
  }),
  nested_write_invalid: entry<{ object: string; relation: string; reason: string }>({
    category: 'validation',
    status: 400,
    message: (p) => `"${p.object}.${p.relation}" cannot be written like this: ${p.reason}.`,
    hint: () =>
      'A list takes {"create": [{…}], "connect": ["<id>"], "disconnect": ["<id>"]} or {"set": ["<id>"]}; a single relation takes an id, or one of "create" and "connect".',
  }),
  encryption_keys_invalid: entry<{ reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `The encryption keys cannot be used: ${p.reason}.`,
    hint: () =>
      'Write <id>:<key>, several with commas between them and the current one first; "openssl rand -base64 32" makes a key.',
  }),
  encryption_key_missing: entry<{ object: string; field: string }>({
    category: 'server',
    status: 500,
    message: (p) => `"${p.object}.${p.field}" is encrypted, and no encryption key is configured.`,
    hint: () => 'Set OBJECTOS_ENCRYPTION_KEYS (the option "encryptionKeys") and start again.',
  }),
  decryption_failed: entry<{ object: string; id: string; field: string; reason: string }>({
    category: 'server',
    status: 500,
    message: (p) => `"${p.object}.${p.field}" of record ${p.id} cannot be decrypted: ${p.reason}.`,
    hint: () =>
      'Configure the key again. Where the field became encrypted later, run "objectos secrets rotate".',
  }),
  deadline_exceeded: entry<{ operation: string }>({
    category: 'server',
    status: 503,
    retryable: true,
    message: (p) => `"${p.operation}" did not finish before the deadline of its request.`,
    hint: () => 'Narrow the request, or try again.',
  }),
};

function revisions(expected: number | readonly number[]): string {
  const list = typeof expected === 'number' ? [expected] : expected;
  if (list.length === 0) return 'no revision of it';
  return `revision ${list.join(' or ')}`;
}
