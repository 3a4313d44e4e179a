import type { AccessOperation } from '@objectos/spec/contracts';
import type { ObjectMeta } from '@objectql/core';
import type { Grants } from '../grants/grants.js';
import { RIGHTS } from '../grants/narrow.js';
import { fieldMask, fieldRights } from '../compile/field-mask.js';
import { rightsOf } from '../compile/object-rights.js';
import { policiesOf } from '../compile/rows.js';
import type { ObjectRights, PermissionModel, SetModel } from '../model/types.js';

/**
 * Finds something that a set grants and the principal does not hold, in words; `undefined` when there
 * is nothing. Nobody gives away more than they have, neither to others nor to themselves.
 */
export function notHeld(
  set: SetModel,
  { sets }: Pick<Grants, 'sets'>,
  model: PermissionModel,
): string | undefined {
  for (const permission of set.systemPermissions) {
    if (!sets.some((held) => held.systemPermissions.has(permission))) {
      return `the system permission ${permission}`;
    }
  }
  const wildcard = set.objects.get('*');
  const missing = wildcard === undefined ? undefined : missingRight(wildcard, '*', sets, set);
  if (missing !== undefined) return `${missing} on every object`;
  if (set.fields.has('*.*') && !sets.some((held) => held.fields.has('*.*'))) {
    return 'the fields of every object';
  }
  for (const meta of model.objects.values()) {
    const rights = rightsOf(set, meta.name);
    const right = rights === undefined ? undefined : missingRight(rights, meta.name, sets, set);
    if (right !== undefined) return `${right} on "${meta.name}"`;
    const field = missingField(set, meta, sets);
    if (field !== undefined) return field;
  }
  return undefined;
}

function missingRight(
  rights: ObjectRights,
  object: string,
  sets: readonly SetModel[],
  given: SetModel,
): string | undefined {
  return RIGHTS.find(
    ([right, operation]) =>
      rights[right] === true &&
      !sets.some((held) => holds(held, { right, operation, object, given })),
  )?.[0];
}

/** A right that policies narrow covers only the very set it comes from. */
function holds(
  held: SetModel,
  about: { right: keyof ObjectRights; operation: AccessOperation; object: string; given: SetModel },
): boolean {
  const { right, operation, object, given } = about;
  const rights = object === '*' ? held.objects.get('*') : rightsOf(held, object);
  if (rights?.[right] !== true) return false;
  const narrowed = policiesOf(held, object, operation).length > 0;
  return !narrowed || (held.name === given.name && held.source === given.source);
}

function missingField(
  set: SetModel,
  meta: ObjectMeta,
  sets: readonly SetModel[],
): string | undefined {
  const mask = fieldMask(meta, sets);
  for (const name of meta.fields.keys()) {
    const rights = fieldRights(set, meta.name, name);
    if (rights === undefined || meta.fields.get(name)?.system === true) continue;
    if (rights.readable && mask.readable?.has(name) === false) {
      return `reading the field "${meta.name}.${name}"`;
    }
    if (rights.editable && mask.writable?.has(name) === false) {
      return `changing the field "${meta.name}.${name}"`;
    }
  }
  return undefined;
}
