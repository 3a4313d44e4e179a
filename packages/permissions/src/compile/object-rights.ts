import type { AccessOperation } from '@objectos/spec/contracts';
import type { ObjectRights, PolicyOperation, SetModel } from '../model/types.js';

/** How much of a record an operation needs: seeing it, changing it, disposing of it. */
export type AccessLevel = 'read' | 'edit' | 'full';

interface OperationTraits {
  readonly level: AccessLevel;
  readonly policy: PolicyOperation;
  readonly granted: (rights: ObjectRights) => boolean;
}

const reads = (rights: ObjectRights) =>
  rights.allowRead === true || rights.viewAllRecords === true || rights.modifyAllRecords === true;

const modifies = (rights: ObjectRights) => rights.modifyAllRecords === true;

/** What each operation needs. Export and purge are implied by nothing. */
export const OPERATIONS: Readonly<Record<AccessOperation, OperationTraits>> = {
  read: { level: 'read', policy: 'select', granted: reads },
  export: { level: 'read', policy: 'select', granted: (rights) => rights.allowExport === true },
  create: { level: 'edit', policy: 'insert', granted: (rights) => rights.allowCreate === true },
  update: {
    level: 'edit',
    policy: 'update',
    granted: (rights) => rights.allowEdit === true || modifies(rights),
  },
  transfer: {
    level: 'full',
    policy: 'update',
    granted: (rights) => rights.allowTransfer === true || modifies(rights),
  },
  delete: {
    level: 'full',
    policy: 'delete',
    granted: (rights) => rights.allowDelete === true || modifies(rights),
  },
  restore: {
    level: 'full',
    policy: 'delete',
    granted: (rights) => rights.allowRestore === true || modifies(rights),
  },
  purge: { level: 'full', policy: 'delete', granted: (rights) => rights.allowPurge === true },
};

/** The key of the right in a permission set, for people. */
export const RIGHT_NAMES: Readonly<Record<AccessOperation, string>> = {
  read: 'allowRead',
  export: 'allowExport',
  create: 'allowCreate',
  update: 'allowEdit',
  transfer: 'allowTransfer',
  delete: 'allowDelete',
  restore: 'allowRestore',
  purge: 'allowPurge',
};

/** What a set says about an object: its own entry, else the one for every object. */
export function rightsOf(set: SetModel, object: string): ObjectRights | undefined {
  return set.objects.get(object) ?? set.objects.get('*');
}

/** True when the set grants the operation on the object. */
export function grants(set: SetModel, object: string, operation: AccessOperation): boolean {
  const rights = rightsOf(set, object);
  return rights !== undefined && OPERATIONS[operation].granted(rights);
}

/** True when the set opens the records of the object to the operation, whoever owns them. */
export function opensAll(set: SetModel, object: string, operation: AccessOperation): boolean {
  const rights = rightsOf(set, object);
  if (rights === undefined) return false;
  if (rights.modifyAllRecords === true) return true;
  return OPERATIONS[operation].level === 'read' && rights.viewAllRecords === true;
}
