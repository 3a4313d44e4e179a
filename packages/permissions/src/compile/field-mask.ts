import { SYSTEM_FIELDS } from '@objectos/spec/metadata';
import type { ObjectMeta } from '@objectql/core';
import type { FieldRights, SetModel } from '../model/types.js';

/** Fields of an object that a principal sees and may change. `undefined` means all. */
export interface FieldMask {
  readonly readable: ReadonlySet<string> | undefined;
  readonly writable: ReadonlySet<string> | undefined;
}

const ALWAYS: ReadonlySet<string> = new Set(SYSTEM_FIELDS);

/**
 * A declared field is hidden until a set grants it; the system's own fields are part of a readable
 * record. Within a set the entry of a field beats `object.*`, which beats `*.*`; sets add up.
 */
export function fieldMask(meta: ObjectMeta, sets: readonly SetModel[]): FieldMask {
  const readable = new Set<string>();
  const writable = new Set<string>();
  let declared = 0;
  for (const name of meta.fields.keys()) {
    if (ALWAYS.has(name)) {
      readable.add(name);
      continue;
    }
    declared += 1;
    const rights = sets.map((set) => fieldRights(set, meta.name, name));
    if (rights.some((one) => one?.readable === true)) readable.add(name);
    if (rights.some((one) => one?.editable === true)) writable.add(name);
  }
  return {
    readable: readable.size === meta.fields.size ? undefined : readable,
    writable: writable.size === declared ? undefined : writable,
  };
}

/** What a set says about a field. */
export function fieldRights(set: SetModel, object: string, field: string): FieldRights | undefined {
  return (
    set.fields.get(`${object}.${field}`) ?? set.fields.get(`${object}.*`) ?? set.fields.get('*.*')
  );
}
