/** Records in the table that is converted: several chunks. */
export const PEOPLE = 620;

/** The files before the migration that is killed. */
export const before = [
  file(
    'contact',
    `  name: { type: text, index: true }
  mail: { type: text }
  age: { type: text }
  score: { type: text }
  fax: { type: text, unique: true }
`,
  ),
  file('pet', '  name: { type: text }\n'),
];

/** The files after it: every kind of step at once. */
export const after = [
  file(
    'person',
    `  name: { type: text, index: true }
  email: { type: text, unique: true, renamedFrom: mail }
  age: { type: number }
  score: { type: number }
  status: { type: text, required: true, defaultValue: active }
  label: { type: text, backfill: 'name & "/" & fax' }
`,
    'renamedFrom: contact\n',
  ),
];

function file(name: string, fields: string, head = '') {
  return { file: `objects/${name}.object.yml`, text: `${head}fields:\n${fields}` };
}
