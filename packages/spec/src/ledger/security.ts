import { ofPlugin, under, type LedgerEntry } from './entries.js';

const permissions = '@objectos/permissions';

const objectPermission = [
  'allowCreate',
  'allowRead',
  'allowEdit',
  'allowDelete',
  'allowTransfer',
  'allowRestore',
  'allowPurge',
  'allowExport',
  'viewAllRecords',
  'modifyAllRecords',
];
const policy = [
  'name',
  'label',
  'description',
  'object',
  'operation',
  'using',
  'check',
  'roles',
  'enabled',
];

/** Consumers of the keys of permission sets. */
export const permissionSetLedger: readonly LedgerEntry[] = ofPlugin(
  permissions,
  'permissions/src/model/compile-set.ts',
  [
    'name',
    'label',
    'description',
    'isProfile',
    ...under(
      'objects',
      objectPermission.map((key) => `*.${key}`),
    ),
    ...under('fields', ['*.readable', '*.editable']),
    'systemPermissions',
    ...under('assignedTo', ['*.type', '*.value']),
    ...under(
      'rowLevelSecurity',
      policy.map((key) => `*.${key}`),
    ),
  ],
);

/** Consumers of the keys of roles. */
export const roleLedger: readonly LedgerEntry[] = ofPlugin(
  permissions,
  'permissions/src/model/roles.ts',
  ['name', 'label', 'description', 'parent'],
);

/** Consumers of the keys of sharing rules. */
export const sharingRuleLedger: readonly LedgerEntry[] = ofPlugin(
  permissions,
  'permissions/src/model/compile-rule.ts',
  [
    'name',
    'label',
    'description',
    'object',
    'active',
    'accessLevel',
    ...under('sharedWith', ['type', 'value']),
    'type',
    'condition',
    ...under('ownedBy', ['type', 'value']),
  ],
);
