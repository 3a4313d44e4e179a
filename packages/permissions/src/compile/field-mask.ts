import { SYSTEM_FIELDS } from '@objectos/spec/metadata';
import type { ObjectMeta } from '@objectql/core';
import type { FieldRights, SetModel } from '../model/types.js';

/** Fields of an object that a principal sees and may change. `undefined` means all. */
export interface FieldMask {
  readonly readable: ReadonlySet<string> | undefined;
  readonly writable: ReadonlySet<string> | undefined;
}

const ALWAYS: ReadonlySet<string> = new Set(SYSTEM_FIELDS);

/** What an organization sees of the system's fields of a record that belongs to none. */
const OF_MEMBERS: ReadonlySet<string> = new Set(['id', 'revision']);

/**
 * A declared field is hidden until a set grants it; the system's own fields are part of a readable
 * record. Within a set the entry of a field beats `object.*`, which beats `*.*`; sets add up. Of
 * records that an organization sees by membership, no set opens what `membership.hides` names, nor
 * when and by whom they were made or changed: that is not the organization's.
 *
 * @param tenantId the organization that the principal works in; left out, what sets grant anywhere
 */
export function fieldMask(
  meta: ObjectMeta,
  sets: readonly SetModel[],
  tenantId: string | null = null,
): FieldMask {
  const readable = new Set<string>();
  const writable = new Set<string>();
  const membership = tenantId === null ? undefined : meta.definition.membership;
  const hides = new Set(membership?.hides);
  let declared = 0;
  for (const name of meta.fields.keys()) {
    if (ALWAYS.has(name)) {
      if (membership === undefined || OF_MEMBERS.has(name)) readable.add(name);
      continue;
    }
    declared += 1;
    if (hides.has(name)) continue;
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
