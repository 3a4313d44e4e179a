import type { PlanNote } from './steps.js';

/** The texts of everything a plan has to say. Each is thrown or shown by a test. */
export const notes = {
  renameAmbiguous: (what: string, to: string, from: readonly string[]): PlanNote => ({
    code: 'rename_ambiguous',
    message: `${what} "${to}" was named ${quoted(from)} before, and ${from.length} of them exist.`,
    hint: 'Leave the one in renamedFrom whose values should move.',
  }),
  renameConflict: (what: string, to: string, from: string): PlanNote => ({
    code: 'rename_conflict',
    message: `${what} "${to}" should take over "${from}", but both exist in the database.`,
    hint: `Remove renamedFrom to keep both; or move the values and drop "${from}" with objectos migrate apply --allow-destructive.`,
  }),
  renameStale: (what: string, to: string, from: readonly string[]): PlanNote => ({
    code: 'rename_stale',
    message: `${what} "${to}" names ${quoted(from)} in renamedFrom, which this database does not have.`,
    hint: 'If no other database has it either, remove renamedFrom; if it is a slip, correct it.',
  }),
  renameDone: (what: string, to: string, from: readonly string[]): PlanNote => ({
    code: 'rename_done',
    message: `${what} "${to}" has taken over ${quoted(from)}.`,
    hint: 'Remove renamedFrom once every database is migrated.',
  }),
  metadataOlder: (from: string, to: string): PlanNote => ({
    code: 'metadata_older',
    message: `The metadata has "${from}", which this database knows as "${to}" since a rename: the metadata is older than the database.`,
    hint: 'Use the newer metadata, or bring the database back with objectos migrate undo.',
  }),
  typeChange: (field: string, reason: string): PlanNote => ({
    code: 'type_change_refused',
    message: `"${field}" cannot change its type: ${reason}.`,
    hint: 'Add a field of the new type, fill it with a backfill expression, and remove this one later.',
  }),
  notConvertible: (field: string, count: number, samples: readonly string[]): PlanNote => ({
    code: 'values_not_convertible',
    message: `${records(count)} of "${field}" would not survive the change of type: ${samples.join('; ')}${more(count, samples)}.`,
    hint: 'Correct these values, or pass --allow-destructive to keep them aside and leave the field empty there.',
  }),
  notAllowed: (field: string, count: number, samples: readonly string[]): PlanNote => ({
    code: 'values_not_allowed',
    message: `${records(count)} of "${field}" would not be allowed any more: ${samples.join('; ')}${more(count, samples)}.`,
    hint: 'Correct these values, or allow them in the definition of the field.',
  }),
  duplicates: (fields: string, count: number, samples: readonly string[]): PlanNote => ({
    code: 'values_not_unique',
    message: `${fields} would be unique, but ${count === 1 ? 'one value occurs' : `${count} values occur`} more than once: ${samples.join('; ')}${more(count, samples)}.`,
    hint: 'Correct or merge these records first.',
  }),
  missing: (field: string, count: number, samples: readonly string[]): PlanNote => ({
    code: 'values_missing',
    message: `"${field}" would be required, but ${count === 1 ? 'one record has' : `${count} records have`} no value: ${samples.join(', ')}${more(count, samples)}.`,
    hint: 'Give the field a defaultValue, or a backfill expression.',
  }),
  backfillInvalid: (field: string, reason: string): PlanNote => ({
    code: 'backfill_invalid',
    message: `The backfill of "${field}" does not work: ${reason}`,
    hint: 'Correct the expression; it may use the fields of the object, also those that are about to go.',
  }),
  sequence: (table: string): PlanNote => ({
    code: 'table_not_ours',
    message: `The table "${table}" numbers its rows, which no object does.`,
    hint: 'Give the object another name, or rename the table.',
  }),
} as const;

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function records(count: number): string {
  return count === 1 ? 'One value' : `${count} values`;
}

function more(count: number, samples: readonly string[]): string {
  return count > samples.length ? ` and ${count - samples.length} more` : '';
}
