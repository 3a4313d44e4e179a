import { beforeEach, describe, expect, it } from 'vitest';
import { codeOf, openApplication, system, tenant, user, type TestApplication } from './support.js';

const FILES = {
  'objects/deal.object.yml': `
sharingModel: private
fields:
  name: { type: text, required: true }
  region: { type: text }
  amount: { type: number }
  secret: { type: text }
`,
  'objects/note.object.yml': `
sharingModel: public_read
fields: { text: { type: text } }
`,
  'objects/wiki.object.yml': `
sharingModel: public_read_write
fields: { text: { type: text } }
`,
  'objects/line.object.yml': `
sharingModel: controlled_by_parent
fields:
  label: { type: text }
  deal: { type: master_detail, reference: deal }
`,
  'permission_sets/sales.permission_set.yml': `
name: sales
assignedTo: [{ type: role, value: rep }, { type: role, value: manager }]
objects:
  deal: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  line: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  note: { allowCreate: true, allowRead: true, allowEdit: true }
  wiki: { allowCreate: true, allowRead: true, allowEdit: true, allowDelete: true }
  record_share: { allowCreate: true, allowRead: true, allowDelete: true }
fields:
  'deal.*': { editable: true }
  deal.secret: { readable: false }
  'line.*': { editable: true }
  'note.*': { editable: true }
  'wiki.*': { editable: true }
  'record_share.*': { editable: true }
`,
  'permission_sets/see_all.permission_set.yml': `
name: see_all
objects: { deal: { viewAllRecords: true } }
fields: { deal.secret: { readable: true } }
`,
  'roles/manager.role.yml': 'name: manager',
  'roles/rep.role.yml': 'name: rep\nparent: manager',
};

let app: TestApplication;
const rep = user('rep');
const other = user('other');
const manager = user('manager');
const nobody = user('nobody');

beforeEach(async () => {
  app = await openApplication(FILES);
  await give('rep', 'rep');
  await give('other', 'rep');
  await give('manager', 'manager');
});

async function give(userId: string, role: string): Promise<void> {
  await app.engine.insert('role_assignment', { user_id: userId, role }, tenant);
}

async function names(ctx: typeof rep, object = 'deal'): Promise<unknown[]> {
  const { records } = await app.engine.find(object, {}, ctx);
  return records.map((record) => record['name'] ?? record['text'] ?? record['label']).sort();
}

async function add(ctx: typeof rep, data: Record<string, unknown>, object = 'deal') {
  return (await app.engine.insert(object, data, ctx))['id'] as string;
}

describe('deny by default', () => {
  it('without a set nothing is visible and nothing can be done', async () => {
    const id = await add(rep, { name: 'A' });
    expect(await codeOf(app.engine.find('deal', {}, nobody))).toBe('permission_denied');
    expect(await codeOf(app.engine.get('deal', id, nobody))).toBe('permission_denied');
    expect(await codeOf(app.engine.insert('deal', { name: 'B' }, nobody))).toBe(
      'permission_denied',
    );
    expect(await codeOf(app.engine.find('permission_set', {}, rep))).toBe('permission_denied');
  });

  it('a field is hidden until a set grants it', async () => {
    const id = await add(rep, { name: 'A', region: 'EU' });
    expect(await codeOf(app.engine.update('deal', id, { secret: 'x' }, rep))).toBe('unknown_field');
    await app.engine.update('deal', id, { secret: 'x' }, system);
    expect(Object.keys(await app.engine.get('deal', id, rep))).not.toContain('secret');
  });

  it('a role of the sign-in counts like an assigned one', async () => {
    const signedIn = user('new', { roles: ['rep'] });
    expect(await names(signedIn)).toEqual([]);
    const admin = user('boss', { roles: ['admin'] });
    await add(rep, { name: 'A' });
    expect(await names(admin)).toEqual(['A']);
  });
});

describe('record access', () => {
  it('private records are seen by owner and by the roles above, not beside or below', async () => {
    await add(rep, { name: 'mine' });
    await add(other, { name: 'theirs' });
    await add(manager, { name: 'above' });
    expect(await names(rep)).toEqual(['mine']);
    expect(await names(other)).toEqual(['theirs']);
    expect(await names(manager)).toEqual(['above', 'mine', 'theirs']);
  });

  it('a hidden record is one that does not exist', async () => {
    const id = await add(rep, { name: 'mine' });
    for (const work of [
      () => app.engine.get('deal', id, other),
      () => app.engine.update('deal', id, { name: 'x' }, other),
      () => app.engine.delete('deal', id, other),
    ]) {
      expect(await codeOf(work())).toBe('record_not_found');
    }
    expect(await app.engine.count('deal', {}, other)).toBe(0);
  });

  it('organization-wide defaults open reading, or reading and changing, never deleting', async () => {
    const note = await add(rep, { text: 'n' }, 'note');
    const wiki = await add(rep, { text: 'w' }, 'wiki');
    expect(await names(other, 'note')).toEqual(['n']);
    expect(await codeOf(app.engine.update('note', note, { text: 'x' }, other))).toBe(
      'record_not_accessible',
    );
    expect(await app.engine.update('wiki', wiki, { text: 'x' }, other)).toMatchObject({
      text: 'x',
    });
    expect(await codeOf(app.engine.delete('wiki', wiki, other))).toBe('record_not_accessible');
    expect(await codeOf(app.engine.delete('wiki', wiki, manager))).toBe('done');
  });

  it('details follow their master, also for creating and moving', async () => {
    const mine = await add(rep, { name: 'mine' });
    const theirs = await add(other, { name: 'theirs' });
    const line = await add(rep, { label: 'l', deal: mine }, 'line');
    expect(await names(other, 'line')).toEqual([]);
    expect(await names(manager, 'line')).toEqual(['l']);
    expect(await codeOf(app.engine.insert('line', { label: 'x', deal: theirs }, rep))).toBe(
      'invalid_reference',
    );
    await share(other, theirs, 'read');
    expect(await codeOf(app.engine.insert('line', { label: 'x', deal: theirs }, rep))).toBe(
      'row_check_failed',
    );
    expect(await codeOf(app.engine.update('line', line, { deal: theirs }, rep))).toBe(
      'row_check_failed',
    );
  });
});

async function share(
  by: typeof rep,
  id: string,
  level: string,
  more: Record<string, unknown> = {},
): Promise<string> {
  const data = { object: 'deal', record_id: id, grantee: 'user:rep', access_level: level, ...more };
  return add(by, data, 'record_share');
}

describe('manual shares', () => {
  it('open a record, to change only if they say so, until they expire or are taken back', async () => {
    const id = await add(other, { name: 'theirs' });
    const first = await share(other, id, 'read');
    expect(await names(rep)).toEqual(['theirs']);
    expect(await codeOf(app.engine.update('deal', id, { name: 'x' }, rep))).toBe(
      'record_not_accessible',
    );
    await app.engine.delete('record_share', first, other);
    expect(await names(rep)).toEqual([]);
    await share(other, id, 'edit', { expires_at: new Date(Date.now() + 60_000).toISOString() });
    expect(await codeOf(app.engine.update('deal', id, { name: 'x' }, rep))).toBe('done');
    expect(await codeOf(app.engine.delete('deal', id, rep))).toBe('record_not_accessible');
    await share(other, await add(other, { name: 'old' }), 'read', {
      expires_at: '2020-01-01T00:00:00Z',
    });
    expect(await names(rep)).toEqual(['x']);
  });

  it('are made by those who have the record, with no more than they have', async () => {
    const id = await add(other, { name: 'theirs' });
    expect(await codeOf(share(rep, id, 'read'))).toBe('hook_rejected');
    await share(other, id, 'edit');
    expect(await codeOf(share(rep, id, 'edit', { grantee: 'user:friend' }))).toBe(
      'permission_denied',
    );
    expect(await codeOf(share(manager, id, 'edit', { grantee: 'user:friend' }))).toBe('done');
    expect(await codeOf(share(rep, 'nothing', 'read'))).toBe('hook_rejected');
    expect(await codeOf(share(rep, id, 'read', { grantee: 'friend' }))).toBe('hook_rejected');
  });

  it('of another organization open nothing', async () => {
    const id = await add(other, { name: 'theirs' });
    await app.engine.insert(
      'record_share',
      { object: 'deal', record_id: id, grantee: 'role:rep', access_level: 'edit' },
      { ...system, principal: { kind: 'system', id: 'x', tenantId: 'org-b' } },
    );
    expect(await names(rep)).toEqual([]);
  });
});

describe('sets add up', () => {
  it('and take effect in the next request', async () => {
    await add(other, { name: 'theirs', secret: 's' } as never).catch(() => undefined);
    const id = await add(other, { name: 'theirs' });
    await app.engine.update('deal', id, { secret: 's' }, system);
    expect(await names(rep)).toEqual([]);
    const assignment = await app.engine.insert(
      'permission_set_assignment',
      { permission_set: 'see_all', grantee: 'user:rep' },
      tenant,
    );
    expect(await app.engine.get('deal', id, rep)).toMatchObject({ name: 'theirs', secret: 's' });
    expect(await codeOf(app.engine.update('deal', id, { name: 'x' }, rep))).toBe(
      'record_not_accessible',
    );
    await app.engine.delete('permission_set_assignment', assignment['id'] as string, tenant);
    expect(await names(rep)).toEqual([]);
  });
});
