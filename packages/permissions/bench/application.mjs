// The application that the benchmarks measure: one object that everybody reads, one that is private,
// a hierarchy of roles, groups, rules and shares.

/** Metadata by file. */
export function files({ roles = 0 } = {}) {
  const fields = `
  name: { type: text, index: true }
  email: { type: email }
  title: { type: text }
  department: { type: text, index: true }
  city: { type: text, index: true }
  amount: { type: number }
  note: { type: text }
`;
  const made = {
    'objects/open.object.yml': `sharingModel: public_read\nfields:${fields}`,
    'objects/closed.object.yml': `sharingModel: private\nfields:${fields}`,
    'roles/ceo.role.yml': 'name: ceo\n',
    'roles/lead.role.yml': 'name: lead\nparent: ceo\n',
    'roles/rep.role.yml': 'name: rep\nparent: lead\n',
    'permission_sets/sales.permission_set.yml': `
objects:
  open: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  closed: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
fields: { '*.*': { editable: true } }
assignedTo:
  - { type: role, value: rep }
  - { type: role, value: lead }
`,
    'sharing_rules/berlin.sharing_rule.yml': `
name: berlin
object: closed
type: criteria
condition: city = "Berlin"
accessLevel: read
sharedWith: { type: group, value: berlin }
`,
  };
  for (let at = 0; at < roles; at += 1) {
    made[`roles/r${at}.role.yml`] =
      `name: r${at}\n${at === 0 ? '' : `parent: r${Math.floor((at - 1) / 10)}\n`}`;
  }
  return Object.entries(made).map(([file, text]) => ({ file, text }));
}

/** The rows of `open` and `closed`. `ownerOf` says whose each one is. */
export function rows(count, ownerOf) {
  return Array.from({ length: count }, (_, at) => ({
    id: `rec-${String(at).padStart(7, '0')}`,
    name: `Name ${(at * 7919) % count}`,
    email: `person${at}@example.com`,
    title: 'Buyer',
    department: ['engineering', 'sales', 'marketing', 'finance'][at % 4],
    city: at % 1000 === 0 ? 'Berlin' : 'Paris',
    amount: at % 500,
    note: 'A note of usual length that says something about the person.',
    owner_id: ownerOf(at),
  }));
}

/** Inserts in portions. */
export async function insert(engine, object, records, ctx) {
  for (let at = 0; at < records.length; at += 1000) {
    await engine.insertMany(object, records.slice(at, at + 1000), ctx, { acceptId: true });
  }
}

/** The middle one of several measurements. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
