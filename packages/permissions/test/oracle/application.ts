import type { AccessWorld } from '@objectos/testing';
import { stringify } from 'yaml';
import { openApplication, system, tenant, type Files, type TestApplication } from '../support.js';

/** An application with the metadata, users and records of a world. */
export async function applicationOf(
  world: AccessWorld,
  database: string | undefined,
  tenantSchemas = false,
): Promise<TestApplication> {
  const app = await openApplication(filesOf(world), {
    stopAfterTest: false,
    tenantSchemas,
    ...(database === undefined ? {} : { database }),
  });
  const organization = { id: 'org-a', name: 'A' };
  await app.engine.insert('organization', organization, system, { acceptId: true });
  await fill(app, world);
  return app;
}

function filesOf(world: AccessWorld): Files {
  const files: Record<string, string> = {
    'objects/user.object.yml': `
sharingModel: public_read
membership: { object: member, record: person, organization: organization }
fields: { name: { type: text }, region: { type: text }, level: { type: number } }`,
    'objects/member.object.yml': `
fields:
  person: { type: lookup, reference: user }
  organization: { type: lookup, reference: organization }`,
    'objects/organization.object.yml': 'fields: { name: { type: text } }',
  };
  for (const [name, { sharing, parent }] of Object.entries(world.objects)) {
    if (name === 'user') continue;
    const master =
      parent === undefined ? {} : { master: { type: 'master_detail', reference: parent.object } };
    files[`objects/${name}.object.yml`] = stringify({
      sharingModel: sharing,
      fields: {
        label: { type: 'text', searchable: true },
        region: { type: 'text', searchable: true },
        size: { type: 'number', scale: 0 },
        hot: { type: 'boolean' },
        ...master,
      },
    });
  }
  for (const { name, objects, fields, policies, assignedTo } of world.sets) {
    files[`permission_sets/${name}.permission_set.yml`] = stringify({
      name,
      objects,
      fields,
      assignedTo: assignedTo.map(granteeOf),
      rowLevelSecurity: policies.map((policy, at) => ({ name: `p${at}`, ...policy })),
    });
  }
  for (const [name, parent] of Object.entries(world.roles)) {
    files[`roles/${name}.role.yml`] = stringify(parent === undefined ? { name } : { name, parent });
  }
  world.rules.forEach(({ object, accessLevel, sharedWith, condition, ownedBy }, at) => {
    const opens =
      condition === undefined
        ? { type: 'owner', ownedBy: granteeOf(ownedBy ?? '') }
        : { type: 'criteria', condition };
    files[`sharing_rules/rule_${at}.sharing_rule.yml`] = stringify({
      name: `rule_${at}`,
      object,
      accessLevel,
      sharedWith: granteeOf(sharedWith),
      ...opens,
    });
  });
  return files;
}

function granteeOf(key: string) {
  const [type, value] = key.split(':');
  return value === undefined ? { type } : { type, value };
}

async function fill({ engine }: TestApplication, world: AccessWorld): Promise<void> {
  const expiry = (expired: boolean) => (expired ? { expires_at: '2001-01-01T00:00:00Z' } : {});
  const insert = (object: string, rows: readonly Record<string, unknown>[]) =>
    rows.length === 0 ? [] : engine.insertMany(object, rows, tenant, { acceptId: true });
  const people = Object.entries(world.users).map(([id, row]) => ({ id, ...row }));
  await engine.insertMany('user', people, system, { acceptId: true });
  await insert(
    'member',
    (world.colleagues ?? []).map((person) => ({ person, organization: 'org-a' })),
  );
  await insert(
    'group',
    Object.entries(world.groups).map(([name, kind]) => ({ name, kind })),
  );
  await insert(
    'group_member',
    world.members.map(({ group, user, inner }) =>
      user === undefined ? { group, member_group: inner } : { group, user_id: user },
    ),
  );
  await insert(
    'role_assignment',
    world.roleOf.map(({ user, role }) => ({ user_id: user, role })),
  );
  await insert(
    'permission_set_assignment',
    world.assignments.map(({ set, grantee, expired }) => ({
      permission_set: set,
      grantee,
      ...expiry(expired),
    })),
  );
  for (const [object, rows] of Object.entries(world.records)) {
    if (object === 'user') continue;
    const given = rows.map(({ owner_id: owner, ...row }) =>
      typeof owner === 'string' ? { ...row, owner_id: owner } : row,
    );
    await insert(object, given);
  }
  await insert(
    'record_share',
    world.shares.map(({ object, record, grantee, level, expired }) => ({
      object,
      record_id: record,
      grantee,
      access_level: level,
      ...expiry(expired),
    })),
  );
  await engine.count('user', {}, system);
}
