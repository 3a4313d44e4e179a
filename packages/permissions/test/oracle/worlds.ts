import type { AccessWorld, WorldObject, WorldPolicy, WorldRow } from '@objectos/testing';
import fc from 'fast-check';

/** The objects of every world; the sharing of the first three is drawn. */
const FIELDS = ['label', 'region', 'size', 'hot'];
const USERS = ['u1', 'u2', 'u3', 'u4', 'u5'];
const ROLES = ['ceo', 'lead', 'rep', 'clerk'];
const GROUPS = ['desk', 'team', 'outer'];
const REGIONS = ['EU', 'US'];
export const OBJECTS = ['alpha', 'beta', 'gamma', 'detail'] as const;

const bool = fc.boolean();
const some = <T>(items: readonly T[]) => fc.constantFrom(...items);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const grantee = fc.oneof(
  some(USERS).map((user) => `user:${user}`),
  some(ROLES).map((role) => `role:${role}`),
  some(ROLES).map((role) => `role_and_subordinates:${role}`),
  some(GROUPS).map((group) => `group:${group}`),
  fc.constant('team:team'),
);

const condition = some([
  'region = "EU"',
  'region = $User.region',
  'region <> $User.region',
  'owner_id = $User.id',
  'size > 3',
  'size <= 2 OR hot',
  'NOT(size > 3)',
  'NOT(region = "EU") AND hot',
  'size <> 2',
  'ISBLANK(region)',
  'region IN ("EU", $User.region)',
  'NOT(ISBLANK(size)) AND size >= $User.level',
  'CONTAINS(label, "a")',
  'BEGINS(label, "b") OR label = ""',
  'region = label',
  'TRUE',
]);

const often = fc.constantFrom(true, true, true, true, false);

const rights = fc.record({
  allowCreate: maybe(bool),
  allowRead: often,
  allowEdit: often,
  allowDelete: fc.constantFrom(true, true, false),
  allowTransfer: maybe(bool),
  allowExport: bool,
  viewAllRecords: fc.constantFrom(true, false, false, false, undefined),
  modifyAllRecords: fc.constantFrom(true, false, false, false, false, false, undefined),
});

const policy: fc.Arbitrary<WorldPolicy> = fc.record({
  object: some(OBJECTS.slice(0, 3)),
  operation: some(['select', 'update', 'update', 'delete', 'all'] as const),
  using: condition,
  check: maybe(condition),
  roles: maybe(fc.uniqueArray(some(ROLES), { minLength: 1, maxLength: 2 })),
});

const fields = fc
  .tuple(
    fc.dictionary(
      fc.oneof(
        some(OBJECTS).map((object) => `${object}.*`),
        fc.tuple(some(OBJECTS), some(FIELDS)).map((parts) => parts.join('.')),
      ),
      fc.record({ readable: bool, editable: bool }),
      { maxKeys: 4 },
    ),
    fc.constantFrom({ '*.*': { editable: true } }, { '*.*': { editable: true } }, {}),
  )
  .map(([some, every]) => ({ ...every, ...some }));

const set = fc.record({
  objects: fc.dictionary(some([...OBJECTS, '*']), rights, { minKeys: 2, maxKeys: 4 }),
  fields,
  policies: fc.array(policy, { maxLength: 3 }),
  assignedTo: fc.uniqueArray(fc.oneof(grantee, grantee, fc.constant('everyone')), {
    maxLength: 3,
  }),
});

const row = (object: string): fc.Arbitrary<WorldRow> =>
  fc.record({
    label: fc.constantFrom('a', 'b', 'ab', 'EU', null),
    region: fc.constantFrom(...REGIONS, null),
    size: fc.constantFrom(0, 1, 2, 3, 4, 5, null),
    hot: bool,
    owner_id: fc.constantFrom(...USERS, null),
    ...(object === 'detail' ? { master: fc.nat(11) } : {}),
  });

const sharing = some(['private', 'private', 'public_read', 'public_read_write'] as const);

/** Worlds of permission: metadata, users, records. */
export const worlds: fc.Arbitrary<AccessWorld> = fc
  .record({
    sharings: fc.tuple(sharing, sharing, sharing),
    sets: fc.array(set, { minLength: 2, maxLength: 4 }),
    parents: fc.tuple(
      maybe(fc.constant('ceo')),
      maybe(some(['ceo', 'lead'])),
      maybe(some(['lead', 'ceo'])),
    ),
    colleagues: fc.subarray(USERS, { minLength: 2 }),
    regions: fc.tuple(...USERS.map(() => fc.tuple(some(REGIONS), fc.nat(5)))),
    roleOf: fc.uniqueArray(fc.record({ user: some(USERS), role: some(ROLES) }), {
      maxLength: 6,
      selector: (one) => `${one.user} ${one.role}`,
    }),
    members: fc.uniqueArray(
      fc.oneof(
        fc.record({ group: some(GROUPS), user: some(USERS) }),
        // Only outward, so that groups never stand inside themselves.
        fc.record({ group: fc.constant('outer'), inner: some(['desk', 'team']) }),
      ),
      { maxLength: 6, selector: (one) => JSON.stringify(one) },
    ),
    assignments: fc.uniqueArray(
      fc.record({ set: fc.nat(3), grantee, expired: fc.constantFrom(false, false, true) }),
      { maxLength: 5, selector: (one) => `${one.set} ${one.grantee}` },
    ),
    rules: fc.array(
      fc.oneof(
        fc.record({
          object: some(OBJECTS.slice(0, 3)),
          accessLevel: some(['read', 'edit'] as const),
          sharedWith: grantee,
          condition,
        }),
        fc.record({
          object: some(OBJECTS.slice(0, 3)),
          accessLevel: some(['read', 'edit'] as const),
          sharedWith: grantee,
          ownedBy: grantee,
        }),
      ),
      { maxLength: 4 },
    ),
    shares: fc.array(
      fc.record({
        object: some(OBJECTS.slice(0, 3)),
        record: fc.nat(11),
        grantee,
        level: some(['read', 'edit'] as const),
        expired: fc.constantFrom(false, false, true),
      }),
      { maxLength: 8 },
    ),
    rows: fc.tuple(
      ...OBJECTS.map((object) => fc.array(row(object), { minLength: 12, maxLength: 12 })),
    ),
  })
  .map((drawn): AccessWorld => {
    const objects: Record<string, WorldObject> = {};
    for (const [at, object] of OBJECTS.entries()) {
      objects[object] =
        object === 'detail'
          ? {
              sharing: 'controlled_by_parent',
              fields: [...FIELDS, 'master'],
              parent: { field: 'master', object: 'alpha' },
            }
          : { sharing: drawn.sharings[at] ?? 'private', fields: FIELDS };
    }
    objects['user'] = { sharing: 'public_read', fields: ['name', 'region', 'level'] };
    const users = Object.fromEntries(
      USERS.map((user, at) => {
        const [region, level] = drawn.regions[at] ?? ['EU', 0];
        return [user, { name: `name of ${user}`, region, level }];
      }),
    );
    const [lead, rep, clerk] = drawn.parents;
    return {
      types: { label: 'text', region: 'text', size: 'number', hot: 'boolean', owner_id: 'text' },
      objects,
      sets: drawn.sets.map((one, at) => ({ name: `set_${at}`, ...one })),
      roles: { ceo: undefined, lead, rep, clerk },
      groups: { desk: 'group', team: 'team', outer: 'group' },
      rules: drawn.rules,
      users,
      colleagues: drawn.colleagues,
      roleOf: drawn.roleOf,
      members: drawn.members,
      assignments: drawn.assignments
        .filter((one) => one.set < drawn.sets.length)
        .map((one) => ({ ...one, set: `set_${one.set}` })),
      shares: drawn.shares.map((one) => ({ ...one, record: `${one.object}-${one.record}` })),
      records: Object.fromEntries(
        OBJECTS.map((object, at) => [
          object,
          (drawn.rows[at] ?? []).map((one, index) => ({
            ...one,
            id: `${object}-${index}`,
            ...(object === 'detail' ? { master: `alpha-${String(one['master'])}` } : {}),
          })),
        ]),
      ),
    };
  });
