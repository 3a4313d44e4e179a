/** Metadata by name of the object. */
export type Objects = Readonly<Record<string, string>>;

/** What plugins bring: one for the whole installation. */
export const PLATFORM: Objects = {
  organization: 'fields: { name: { type: text } }',
  user: 'fields: { name: { type: text } }',
};

/** What the application defines: of each organization. */
export const APPLICATION: Objects = {
  account: `
fields:
  name: { type: text, required: true, searchable: true }
  code: { type: text, unique: true }
  number: { type: autonumber }
  open: { type: summary, summaryOperations: { object: task, function: count, relation: account, filter: 'NOT ISBLANK(assignee)' } }
`,
  task: `
fields:
  name: { type: text }
  account: { type: master_detail, reference: account }
  assignee: { type: lookup, reference: user, deleteBehavior: set_null }
  approver: { type: lookup, reference: user, deleteBehavior: restrict }
  parent: { type: tree }
  from: { type: formula, formula: account.name, returnType: text }
`,
};

/** The layers of a load. */
export function layersOf(application: Objects = APPLICATION, platform: Objects = PLATFORM) {
  const files = (objects: Objects) =>
    Object.entries(objects).map(([name, text]) => ({ file: `objects/${name}.object.yml`, text }));
  return [
    { layer: 'plugin:auth', files: files(platform) },
    { layer: 'app', files: files(application) },
  ];
}
