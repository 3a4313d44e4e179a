import { accessPolicyService, type AccessDecision } from '@objectos/spec/contracts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPolicyStore } from '../src/policy-store.js';
import { codeOf, openApplication, system, tenant, user } from './support.js';

const FILES = {
  'objects/deal.object.yml': 'fields: { name: { type: text } }',
  'permission_sets/sales.permission_set.yml': `
name: sales
assignedTo: [{ type: everyone }]
objects: { deal: { allowCreate: true, allowRead: true, viewAllRecords: true } }
fields: { 'deal.*': { editable: true } }
`,
};
const bob = user('bob');

describe('what fails stays closed', () => {
  it('a stopped plugin leaves nothing open', async () => {
    const { engine, kernel } = await openApplication(FILES, { optional: true });
    await engine.insert('deal', { name: 'A' }, bob);
    expect(await codeOf(engine.find('deal', {}, bob))).toBe('done');
    await kernel.disable('@objectos/permissions');
    expect(await codeOf(engine.find('deal', {}, bob))).toBe('permission_denied');
    expect(await codeOf(engine.insert('deal', { name: 'B' }, bob))).toBe('permission_denied');
    expect(await engine.count('deal', {}, system)).toBe(1);
  });

  it('an anonymous principal holds what is given to guests, and not what is given to everyone', async () => {
    const { engine } = await openApplication(FILES);
    const guest = user('anonymous', { tenantId: null });
    expect(await codeOf(engine.find('deal', {}, guest))).toBe('permission_denied');
  });

  it('a decision that was not compiled here is not followed', async () => {
    const { kernel } = await openApplication(FILES);
    const policy = kernel.service(accessPolicyService);
    await policy.prepare?.(bob.principal);
    const decision = policy.decide(bob.principal, 'deal', 'read');
    expect(policy.decide(bob.principal, 'deal', 'read')).toBe(decision);
    // eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its map below
    const original = Map.prototype.get;
    const forged: AccessDecision = { allowed: true };
    try {
      Map.prototype.get = function get(this: Map<unknown, unknown>, key: unknown) {
        const value = original.call(this, key) as unknown;
        return key === 'deal' &&
          (value as { decision?: unknown } | undefined)?.decision === decision
          ? { decision: forged, compiledAt: Date.now(), volatile: false }
          : value;
      };
      expect(() => policy.decide(bob.principal, 'deal', 'read')).toThrow(/damaged/);
    } finally {
      Map.prototype.get = original;
    }
  });

  it('grants that cannot be read are no grants', async () => {
    const { kernel, engine } = await openApplication(FILES);
    const snapshot = { version: 'v', objects: new Map(), items: new Map(), notices: [] };
    const store = createPolicyStore({
      snapshot: () => snapshot,
      maxPrincipals: 10,
      reader: {
        all: () => Promise.reject(new Error('the database is away')),
        one: () => Promise.resolve(undefined),
        having: () => Promise.resolve([]),
        of: () => ({ one: () => Promise.resolve(undefined), having: () => Promise.resolve([]) }),
      },
    });
    await expect(Promise.resolve(store.prepare(bob.principal))).rejects.toThrow(/away/);
    expect(() => store.decide(bob.principal, 'deal', 'read')).toThrow(/not loaded/);
    expect(kernel.service(accessPolicyService).permits?.(bob.principal, 'manage_permissions')).toBe(
      false,
    );
    expect(await codeOf(engine.find('deal', {}, { ...bob, principal: undefined as never }))).toBe(
      'principal_required',
    );
  });

  it('a record that no longer means anything opens nothing and is told', async () => {
    const { engine, kernel, reload } = await openApplication({
      ...FILES,
      'objects/extra.object.yml': 'fields: { name: { type: text }, old: { type: text } }',
    });
    await engine.insert('extra', { name: 'x', old: 'y' }, tenant);
    const definition = {
      assignedTo: [{ type: 'user', value: 'bob' }],
      objects: { extra: { allowRead: true, viewAllRecords: true } },
      rowLevelSecurity: [{ name: 'p', object: 'extra', operation: 'select', using: 'old = "y"' }],
    };
    await engine.insert('permission_set', { name: 'extra', definition }, tenant);
    expect((await engine.find('extra', {}, bob)).records).toHaveLength(1);
    await reload({ ...FILES, 'objects/extra.object.yml': 'fields: { name: { type: text } }' });
    expect((await engine.find('extra', {}, bob)).records).toHaveLength(0);
    expect(kernel.logs.some((entry) => entry.message.includes('policy "p" of set "extra"'))).toBe(
      true,
    );
  });

  it('what is undone was never granted', async () => {
    const { engine } = await openApplication({
      'objects/deal.object.yml': 'fields: { name: { type: text } }',
      'permission_sets/sales.permission_set.yml':
        'name: sales\nobjects: { deal: { allowRead: true, viewAllRecords: true } }',
    });
    let within = '';
    const work = engine.transaction(tenant, async (ctx) => {
      await engine.insert(
        'permission_set_assignment',
        { permission_set: 'sales', grantee: 'user:bob' },
        ctx,
      );
      within = await codeOf(engine.find('deal', {}, { ...bob, transaction: ctx.transaction }));
      throw new Error('undo');
    });
    await expect(work).rejects.toThrow('undo');
    expect(['done', 'permission_denied']).toContain(within);
    expect(await codeOf(engine.find('deal', {}, bob))).toBe('permission_denied');
  });
});

it('another node follows a change in less than a second', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'permissions-'));
  try {
    const database = `sqlite:${path.join(folder, 'app.db')}`;
    const one = await openApplication(FILES, { database, stopAfterTest: false });
    const two = await openApplication(FILES, {
      database,
      stopAfterTest: false,
      config: { pollMs: 50 },
    });
    await one.engine.insert('deal', { name: 'A' }, tenant);
    const definition = { objects: { deal: { allowDelete: true, modifyAllRecords: true } } };
    await one.engine.insert('permission_set', { name: 'remove', definition }, tenant);
    const remove = () =>
      two.engine
        .find('deal', {}, bob)
        .then(({ records }) =>
          codeOf(two.engine.delete('deal', records[0]?.['id'] as string, bob)),
        );
    expect(await remove()).toBe('permission_denied');
    await one.engine.insert(
      'permission_set_assignment',
      { permission_set: 'remove', grantee: 'user:bob' },
      tenant,
    );
    await expect.poll(remove, { timeout: 5_000, interval: 20 }).toBe('done');
    await one.kernel.stop();
    await two.kernel.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
