import {
  buildModel,
  compileDecision,
  grantsOf,
  matches,
  noMembership,
} from '@objectos/permissions';
import { buildSnapshot, parseSource } from '@objectql/core';

const file = (name: string, text: string) => parseSource({ file: name, text });
const deal = file('objects/deal.yml', 'fields: { name: { type: text }, region: { type: text } }');
const sales = file(
  'permission_sets/sales.yml',
  `
assignedTo: [{ type: role, value: rep }]
objects: { deal: { allowRead: true, viewAllRecords: true } }
fields: { deal.name: { readable: true } }
rowLevelSecurity: [{ name: eu, object: deal, operation: select, using: region = "EU" }]`,
);
const role = file('roles/rep.yml', 'label: Sales representative');

const { snapshot } = buildSnapshot([{ name: 'app', sources: [deal, sales, role] }]);
if (snapshot === undefined) throw new Error('the metadata has problems');
const model = buildModel(snapshot, null);
const ann = { kind: 'user', id: 'ann', tenantId: null, roles: ['rep'], fingerprint: '1' } as const;
const grants = grantsOf(ann, model, noMembership);
const { decision } = compileDecision({ model, grants, now: new Date() }, 'deal', 'read');
if (!decision.allowed || decision.rows === undefined) throw new Error('Ann sees some deals');
console.log(decision.rows); // { op: 'eq', field: 'region', value: 'EU' }
console.log(decision.readable?.has('region')); // false
console.log(matches(decision.rows, { name: 'Acme', region: 'EU' }, () => [])); // true
