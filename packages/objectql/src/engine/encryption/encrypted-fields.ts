import { createError } from '@objectos/spec/errors';
import type { RecordData } from '@objectos/spec/contracts';
import type { Row } from '../../driver/contract.js';
import type { ObjectMeta } from '../../metadata/compiled.js';
import type { EngineParts } from '../parts.js';
import { wait, type Steps } from '../steps.js';
import { openText, sealText, type SealedPlace } from './cipher.js';
import type { KeyRing } from './key-ring.js';

/**
 * Encrypts the values of encrypted fields in new rows, in place. Everything that sees a row later
 * (change log, hooks after the write, events) sees the encrypted text.
 *
 * @throws `encryption_key_missing`
 */
export function* sealRows(
  parts: Pick<EngineParts, 'keys'>,
  meta: ObjectMeta,
  rows: readonly Row[],
): Steps<void> {
  if (meta.encrypted.size === 0) return;
  for (const row of rows) {
    Object.assign(row, yield* sealed(parts, meta, { id: row['id'] as string, values: row }));
  }
}

/** A change of a record with its encrypted fields encrypted. @throws `encryption_key_missing` */
export function* sealChanges(
  parts: Pick<EngineParts, 'keys'>,
  meta: ObjectMeta,
  { id, changes }: { readonly id: string; readonly changes: RecordData },
): Steps<RecordData> {
  if (meta.encrypted.size === 0) return changes;
  return { ...changes, ...(yield* sealed(parts, meta, { id, values: changes })) };
}

function* sealed(
  { keys }: Pick<EngineParts, 'keys'>,
  meta: ObjectMeta,
  { id, values }: { readonly id: string; readonly values: RecordData },
): Steps<RecordData> {
  const result: RecordData = {};
  for (const field of meta.encrypted) {
    const value = values[field];
    if (typeof value !== 'string') continue;
    const { current } = requireKeys(keys, meta, field);
    result[field] = yield* wait(sealText(current, value, { object: meta.name, id, field }));
  }
  return result;
}

/**
 * Opens the encrypted fields of a record, in place.
 *
 * @throws `encryption_key_missing`, `decryption_failed`
 */
export function* openRecord(
  { keys }: Pick<EngineParts, 'keys'>,
  meta: ObjectMeta,
  record: RecordData,
): Steps<void> {
  for (const field of meta.encrypted) {
    const value = record[field];
    if (typeof value !== 'string') continue;
    const ring = requireKeys(keys, meta, field);
    const places = placesOf(meta, record['id'] as string, field);
    record[field] = (yield* wait(openText(ring, value, places))).text;
  }
}

/** @throws `encryption_key_missing`, naming the field */
export function requireKeys(keys: KeyRing | undefined, meta: ObjectMeta, field: string): KeyRing {
  if (keys !== undefined) return keys;
  throw createError('encryption_key_missing', { object: meta.name, field });
}

/** The place of a value, and what it was called before renames. */
export function placesOf(
  meta: ObjectMeta,
  id: string,
  field: string,
): [SealedPlace, ...SealedPlace[]] {
  const objects = [meta.name, ...namesOf(meta.definition.renamedFrom)];
  const fields = [field, ...namesOf(meta.fields.get(field)?.definition.renamedFrom)];
  const places = objects.flatMap((object) => fields.map((one) => ({ object, id, field: one })));
  return places as [SealedPlace, ...SealedPlace[]];
}

function namesOf(names: string | readonly string[] | undefined): readonly string[] {
  if (names === undefined) return [];
  return typeof names === 'string' ? [names] : names;
}
