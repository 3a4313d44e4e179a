import type { Objects } from './metadata.js';

/** Records of each organization in the table that is converted. */
export const PEOPLE = 60;

export const BEFORE: Objects = {
  contact:
    'fields: { name: { type: text, index: true }, age: { type: text }, mail: { type: text, unique: true } }',
};

/** A rename, a change of type, a fill and a new object. */
export const AFTER: Objects = {
  person: `
renamedFrom: contact
fields:
  name: { type: text, index: true }
  age: { type: number }
  email: { type: text, unique: true, renamedFrom: mail }
  status: { type: text, required: true, defaultValue: active }
`,
  pet: 'fields: { name: { type: text } }',
};
