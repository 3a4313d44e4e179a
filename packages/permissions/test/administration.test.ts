import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, openApplication, system, tenant, user, type TestApplication } from './support.js';

const FILES = {
  'objects/deal.object.yml': `
sharingModel: private
fields: { name: { type: text }, amount: { type: number }, region: { type: text } }
`,
  'objects/contract.object.yml': 'fields: { name: { type: text } }',
  'permission_sets/sales.permission_set.yml': `
name: sales
objects: { deal: { allowCreate: true, allowRead: true } }
fields: { deal.name: { editable: true } }
`,
  'permission_sets/europe.permission_set.yml': `
name: europe
objects: { contract: { allowRead: true } }
fields: { contract.name: {} }
rowLevelSecurity: [{ name: eu, object: contract, operation: all, using: name = "EU" }]
`,
  'permission_sets/clerk.permission_set.yml': `
name: clerk
isProfile: true
objects: { deal: { allowRead: true } }
fields: { deal.name: {} }
`,
  'permission_sets/delegate.permission_set.yml': `
name: delegate
assignedTo: [{ type: user, value: dora }]
objects:
  permission_set_assignment: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true, viewAllRecords: true }
  permission_set: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true, viewAllRecords: true, modifyAllRecords: true }
  role_assignment: { allowCreate: true, allowRead: true, viewAllRecords: true }
  role: { allowCreate: true, allowRead: true }
  group_member: { allowCreate: true, allowRead: true, viewAllRecords: true }
  group: { allowCreate: true, allowRead: true, allowEdit: true, modifyAllRecords: true }
  sharing_rule: { allowCreate: true, allowRead: true }
fields:
  'permission_set_assignment.*': { editable: true }
  'permission_set.*': { editable: true }
  'role_assignment.*': { editable: true }
  'role.*': { editable: true }
  'group_member.*': { editable: true }
  'group.*': { editable: true }
  'sharing_rule.*': { editable: true }
  deal.name: { editable: true }
systemPermissions: [assign_permissions]
`,
  'roles/lead.role.yml': 'name: lead',
  'roles/rep.role.yml': 'name: rep\nparent: lead',
};

let app: TestApplication;
const dora = user('dora');
const admin = user('adam', { roles: ['admin'] });

beforeEach(async () => {
  app = await openApplication(FILES);
});

const insert = (object: string, data: Record<string, unknown>, ctx = dora) =>
  app.engine.insert(object, data, ctx);
const assign = (set: string, grantee = 'user:bob', ctx = dora) =>
  insert('permission_set_assignment', { permission_set: set, grantee }, ctx);

describe('nobody grants what they do not hold', () => {
  it('a delegate assigns only sets within their own, to nobody, themselves included', async () => {
    expect(await codeOf(assign('sales'))).toBe('permission_denied');
    await assign('sales', 'user:dora', tenant);
    expect(await codeOf(assign('sales'))).toBe('done');
    for (const grantee of ['user:bob', 'user:dora', 'role:rep', 'everyone']) {
      expect(await codeOf(assign('system_administrator', grantee)), grantee).toBe(
        'permission_denied',
      );
    }
    expect(await codeOf(assign('europe'))).toBe('permission_denied');
    await assign('europe', 'user:dora', tenant);
    expect(await codeOf(assign('europe'))).toBe('done');
  });

  it('an assignment cannot be turned into another', async () => {
    await assign('sales', 'user:dora', tenant);
    const { id } = await assign('sales');
    const turn = (data: Record<string, unknown>) =>
      app.engine.update('permission_set_assignment', id as string, data, dora);
    expect(await codeOf(turn({ permission_set: 'system_administrator' }))).not.toBe('done');
    const [row] = (
      await app.engine.find(
        'permission_set_assignment',
        { where: { op: 'eq', field: 'id', value: id as string } },
        system,
      )
    ).records;
    expect(row?.['permission_set']).toBe('sales');
  });

  it('who may only assign writes no sets, roles and rules', async () => {
    const definition = { objects: { deal: { allowRead: true } } };
    for (const [object, data] of [
      ['permission_set', { name: 'mine', definition }],
      ['role', { name: 'mine' }],
      ['sharing_rule', { name: 'mine', definition: {} }],
    ] as const) {
      expect(await codeOf(insert(object, data)), object).toBe('permission_denied');
    }
  });

  it('an administrator of sets writes only what they hold', async () => {
    await insert(
      'permission_set',
      { name: 'manage', definition: { systemPermissions: ['manage_permissions'] } },
      tenant,
    );
    await assign('manage', 'user:dora', tenant);
    const write = (name: string, definition: object) =>
      insert('permission_set', { name, definition });
    expect(await codeOf(write('a', { fields: { 'deal.name': {} } }))).toBe('done');
    expect(await codeOf(write('b', { fields: { 'deal.amount': {} } }))).toBe('permission_denied');
    expect(await codeOf(write('c', { objects: { contract: { allowRead: true } } }))).toBe(
      'permission_denied',
    );
    expect(await codeOf(write('d', { objects: { '*': { allowRead: true } } }))).toBe(
      'permission_denied',
    );
    expect(await codeOf(write('e', { fields: { '*.*': {} } }))).toBe('permission_denied');
    expect(await codeOf(write('f', { systemPermissions: ['explain_access'] }))).toBe(
      'permission_denied',
    );
    const { records } = await app.engine.find(
      'permission_set',
      { where: { op: 'eq', field: 'name', value: 'a' } },
      dora,
    );
    const change = app.engine.update(
      'permission_set',
      records[0]?.['id'] as string,
      { definition: { objects: { contract: { allowRead: true } } } },
      dora,
    );
    expect(await codeOf(change)).toBe('permission_denied');
  });

  it('joining a role or a group needs what it brings', async () => {
    await insert('group', { name: 'eu' }, tenant);
    await assign('europe', 'group:eu', tenant);
    const join = (ctx = dora) => insert('group_member', { group: 'eu', user_id: 'dora' }, ctx);
    expect(await codeOf(join())).toBe('permission_denied');
    await assign('sales', 'role:rep', tenant);
    const take = (role: string) => insert('role_assignment', { user_id: 'bob', role });
    expect(await codeOf(take('rep'))).toBe('permission_denied');
    await assign('sales', 'user:dora', tenant);
    expect(await codeOf(take('rep'))).toBe('permission_denied');
    await insert('role_assignment', { user_id: 'dora', role: 'lead' }, tenant);
    expect(await codeOf(take('rep'))).toBe('done');
    expect(await codeOf(take('admin'))).toBe('permission_denied');
    expect(await codeOf(join(admin))).toBe('done');
  });

  it('an administrator may do all of it', async () => {
    expect(await codeOf(assign('system_administrator', 'user:eve', admin))).toBe('done');
    expect(await codeOf(insert('role', { name: 'intern', parent: 'rep' }, admin))).toBe('done');
    expect(
      await codeOf(
        insert(
          'permission_set',
          { name: 'x', definition: { objects: { contract: { allowPurge: true } } } },
          admin,
        ),
      ),
    ).toBe('done');
  });
});

describe('records of permissions mean something', () => {
  const cases: readonly (readonly [string, Record<string, unknown>])[] = [
    ['permission_set', { name: 'x', definition: { objects: { dael: { allowRead: true } } } }],
    ['permission_set', { name: 'x', definition: { objects: { deal: { allowReed: true } } } }],
    [
      'permission_set',
      {
        name: 'x',
        definition: {
          rowLevelSecurity: [{ name: 'p', object: 'deal', operation: 'all', using: 'nope = 1' }],
        },
      },
    ],
    ['permission_set', { name: 'not a name', definition: {} }],
    ['permission_set_assignment', { permission_set: 'nope', grantee: 'user:bob' }],
    ['permission_set_assignment', { permission_set: 'sales', grantee: 'bob' }],
    ['role', { name: 'rep' }],
    ['role', { name: 'new', parent: 'nope' }],
    ['role_assignment', { user_id: 'bob', role: 'nope' }],
    ['group_member', { group: 'nope', user_id: 'bob' }],
    [
      'sharing_rule',
      {
        name: 'r',
        definition: {
          object: 'deal',
          type: 'criteria',
          condition: 'nope = 1',
          accessLevel: 'read',
          sharedWith: { type: 'everyone' },
        },
      },
    ],
    ['sharing_rule', { name: 'r', definition: { object: 'deal' } }],
  ];
  it.each(cases)('%s %j is refused', async (object, data) => {
    expect(await codeOf(insert(object, data, tenant))).toBe('hook_rejected');
  });

  it('a user has one profile', async () => {
    await assign('clerk', 'user:bob', tenant);
    await insert('permission_set', { name: 'other', definition: { isProfile: true } }, tenant);
    expect(await codeOf(assign('other', 'user:bob', tenant))).toBe('hook_rejected');
    expect(await codeOf(assign('other', 'user:eve', tenant))).toBe('done');
  });

  it('roles in records never form a circle', async () => {
    const low = await insert('role', { name: 'low', parent: 'rep' }, tenant);
    await insert('role', { name: 'lowest', parent: 'low' }, tenant);
    const turn = app.engine.update('role', low['id'] as string, { parent: 'lowest' }, tenant);
    expect(await codeOf(turn)).toBe('hook_rejected');
  });

  it('moving a role moves what its holders see', async () => {
    await assign('sales', 'everyone', tenant);
    const low = await insert('role', { name: 'low', parent: 'rep' }, tenant);
    await insert('role_assignment', { user_id: 'bob', role: 'low' }, tenant);
    await insert('role_assignment', { user_id: 'lea', role: 'lead' }, tenant);
    await insert('deal', { name: 'of bob' }, user('bob'));
    const seen = async () => (await app.engine.find('deal', {}, user('lea'))).records.length;
    expect(await seen()).toBe(1);
    await app.engine.update('role', low['id'] as string, { parent: null }, tenant);
    await app.kernel.idle();
    expect(await seen()).toBe(0);
  });
});

describe('files and records are merged', () => {
  it('a record of the name of a file adds to it, and takes nothing away', async () => {
    await assign('sales', 'user:bob', tenant);
    const bob = user('bob');
    await app.engine.count('deal', {}, admin);
    expect(app.engine.readableFields('deal', admin).has('amount')).toBe(true);
    await insert('deal', { name: 'A' }, bob);
    expect(await codeOf(app.engine.find('contract', {}, bob))).toBe('permission_denied');
    await insert(
      'permission_set',
      { name: 'sales', definition: { objects: { contract: { allowRead: true }, deal: {} } } },
      tenant,
    );
    expect(await codeOf(app.engine.find('contract', {}, bob))).toBe('done');
    expect((await app.engine.find('deal', {}, bob)).records).toHaveLength(1);
  });

  it('groups stand inside groups; rules and sets given to one reach all inside', async () => {
    await insert('group', { name: 'outer' }, tenant);
    await insert('group', { name: 'inner', kind: 'team' }, tenant);
    await insert('group_member', { group: 'inner', user_id: 'bob' }, tenant);
    await assign('sales', 'group:outer', tenant);
    const bob = user('bob');
    expect(await codeOf(app.engine.find('deal', {}, bob))).toBe('permission_denied');
    await insert('group_member', { group: 'outer', member_group: 'inner' }, tenant);
    expect(await codeOf(app.engine.find('deal', {}, bob))).toBe('done');
    await insert('deal', { name: 'of admin', region: 'EU' }, admin);
    const rule = {
      object: 'deal',
      type: 'criteria',
      condition: 'region = "EU"',
      accessLevel: 'read',
      sharedWith: { type: 'team', value: 'inner' },
    };
    const seen = async () => (await app.engine.find('deal', {}, bob)).records.length;
    expect(await seen()).toBe(0);
    const made = await insert('sharing_rule', { name: 'eu', definition: rule }, tenant);
    expect(await seen()).toBe(1);
    await app.engine.update('sharing_rule', made['id'] as string, { active: false }, tenant);
    expect(await seen()).toBe(0);
  });

  it('owner rules open what members and holders own', async () => {
    await assign('sales', 'everyone', tenant);
    await insert('group', { name: 'desk' }, tenant);
    await insert('group_member', { group: 'desk', user_id: 'carl' }, tenant);
    await insert('role_assignment', { user_id: 'rita', role: 'rep' }, tenant);
    for (const owner of ['carl', 'rita', 'zoe']) await insert('deal', { name: owner }, user(owner));
    const rule = (name: string, ownedBy: object) =>
      insert(
        'sharing_rule',
        {
          name,
          definition: {
            object: 'deal',
            type: 'owner',
            ownedBy,
            accessLevel: 'read',
            sharedWith: { type: 'user', value: 'bob' },
          },
        },
        tenant,
      );
    const seen = async () =>
      (await app.engine.find('deal', {}, user('bob'))).records
        .map((record) => record['name'])
        .sort();
    await rule('a', { type: 'group', value: 'desk' });
    expect(await seen()).toEqual(['carl']);
    await rule('b', { type: 'role_and_subordinates', value: 'lead' });
    expect(await seen()).toEqual(['carl', 'rita']);
    await rule('c', { type: 'user', value: 'zoe' });
    expect(await seen()).toEqual(['carl', 'rita', 'zoe']);
  });
});

it('the role that a user record names counts for the hierarchy, as long as it is named', async () => {
  await app.reload({
    ...FILES,
    'objects/user.object.yml': 'fields: { name: { type: text }, role: { type: text } }',
  });
  await assign('sales', 'everyone', tenant);
  const insertUser = (id: string, role: string) =>
    app.engine.insert('user', { id, role }, system, { acceptId: true });
  await insertUser('rita', 'rep,user');
  await insertUser('lea', 'lead');
  await insert('deal', { name: 'of rita' }, user('rita', { roles: ['rep', 'user'] }));
  const lea = user('lea', { roles: ['lead'] });
  const seen = async () => (await app.engine.find('deal', {}, lea)).records.length;
  expect(await seen()).toBe(1);
  await app.engine.update('user', 'rita', { role: 'user' }, system);
  expect(await seen()).toBe(0);
  await app.engine.update('user', 'rita', { role: 'rep' }, system);
  expect(await seen()).toBe(1);
});
