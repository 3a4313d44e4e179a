import type { SourceFile } from '@objectql/core';

/** Values that nobody may see who is not listed: looked for in every answer, log line and metric. */
export const CANARY = {
  /** Of `contract.ssn`, in all its languages, hidden from representatives. */
  hidden: 'canary-hidden-7f31',
  /** Of `contract.token`, a secret, hidden from everybody. */
  secret: 'canary-secret-c08d',
  /** In records of tenant B. */
  tenantB: 'canary-tenant-b-55ae',
  /** In records of others in tenant A. */
  unshared: 'canary-unshared-19cc',
} as const;

const FILES: Readonly<Record<string, string>> = {
  'objects/contract.object.yml': `
label: Contract
sharingModel: private
nameField: title
fields:
  title: { type: text, required: true, searchable: true, translatable: true }
  amount: { type: currency }
  region: { type: text }
  ssn: { type: text, searchable: true, translatable: true }
  token: { type: secret }
  website: { type: url }
  account: { type: lookup, reference: account }
  vendor: { type: lookup, reference: vendor }
  seller: { type: lookup, reference: user }
  double: { type: formula, formula: amount * 2, returnType: number }
`,
  'objects/line.object.yml': `
label: Line
sharingModel: controlled_by_parent
fields:
  name: { type: text }
  contract: { type: master_detail, reference: contract }
  quantity: { type: number }
`,
  'objects/account.object.yml': `
label: Account
sharingModel: private
fields:
  name: { type: text, required: true }
`,
  'objects/vendor.object.yml': `
label: Vendor
sharingModel: public_read
fields:
  name: { type: text, required: true }
`,
  'roles/mgr.role.yml': 'label: Manager\n',
  'roles/rep.role.yml': 'label: Representative\nparent: mgr\n',
  'roles/auditor.role.yml': 'label: Auditor\n',
  'roles/operator.role.yml': 'label: Operator\n',
  'permission_sets/auditor.permission_set.yml': `
label: Auditor
assignedTo: [{ type: role, value: auditor }]
systemPermissions: [view_audit, view_metrics, elevate_tenant]
`,
  'permission_sets/operator.permission_set.yml': `
label: Operator
assignedTo: [{ type: role, value: operator }]
systemPermissions: [view_audit, view_metrics, elevate_tenant, manage_quotas]
objects:
  contract: { allowRead: true, viewAllRecords: true }
fields:
  'contract.*': { readable: true }
  contract.ssn: { readable: false }
`,
  'permission_sets/sales.permission_set.yml': `
label: Sales
assignedTo: [{ type: role, value: rep }, { type: role, value: mgr }]
objects:
  contract: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true, allowExport: true, allowRestore: true }
  line: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  account: { allowCreate: true, allowRead: true, allowEdit: true }
fields:
  'contract.*': { editable: true }
  contract.ssn: { readable: false }
  'line.*': { editable: true }
  'account.*': { editable: true }
`,
  'permission_sets/manager.permission_set.yml': `
label: Manager
assignedTo: [{ type: role, value: mgr }]
fields:
  contract.ssn: { editable: true }
`,
};

/** The metadata of the application that the cases attack. */
export const application: readonly SourceFile[] = Object.entries(FILES).map(([file, text]) => ({
  file,
  text,
}));

/** Its tables; statements on others are those of sign-in and permissions. */
export const TABLES: ReadonlySet<string> = new Set(['contract', 'line', 'account', 'vendor']);
