import { SqlDriver } from '@objectql/driver-sql';
import { describe, expect, it } from 'vitest';
import type { RecordData } from '@objectos/spec/contracts';
import { normalizeFilter } from '../../src/index.js';
import { tenantSchemaName } from '../../../driver-sql/src/postgres/tenant-schemas.js';
import { APPLICATION, layersOf, PLATFORM } from './metadata.js';
import {
  A,
  addOrganization,
  B,
  emptyPlace,
  everywhere,
  inA,
  inB,
  installation,
  openProcess,
  openTenants,
  schemasOf,
  server,
  userIn,
  type TenantWorld,
} from './support.js';

const named = (name: string, more: RecordData = {}) => ({ name, ...more });
const code = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code,
  );

async function namesIn({ engine }: TenantWorld, ctx: typeof inA): Promise<unknown[]> {
  const orderBy = [{ field: 'name', direction: 'asc' }] as const;
  return (await engine.find('account', { orderBy }, ctx)).records.map((record) => record['name']);
}

describe.skipIf(server === undefined)('organizations with a schema each', () => {
  it('have their records in different schemas, and nothing of them in the shared one', async () => {
    const world = await openTenants();
    await world.engine.insert('account', named('of A'), inA);
    await world.engine.insert('account', named('of B'), inB);
    await world.engine.insert('account', named('of nobody'), userIn(null));
    const [base] = await world.place.sql('SELECT current_schema() AS name');
    const schema = (id: string) => tenantSchemaName(String(base?.['name']), id);
    expect(await schemasOf(world)).toEqual([schema(A), schema(B)].sort());
    const stored = async (from: string) =>
      (await world.place.sql(`SELECT name, organization_id AS of FROM ${from}account`)).map(
        (row) => [row['name'], row['of']],
      );
    expect(await stored(`"${schema(A)}".`)).toEqual([['of A', A]]);
    expect(await stored(`"${schema(B)}".`)).toEqual([['of B', B]]);
    expect(await stored('')).toEqual([['of nobody', null]]);
  });

  it('cannot read each other, were the row filter absent', async () => {
    const world = await openTenants();
    await world.engine.insert('account', named('of A'), inA);
    await world.engine.insert('account', named('of B'), inB);
    const { table } = world.runtime.store.current().objects.get('account') ?? {};
    if (table === undefined) throw new Error('no table');
    const all = { table, columns: ['name'] };
    const { reader } = world.driver;
    expect(await reader.tenants?.of(A).find(all)).toEqual([{ name: 'of A' }]);
    expect(await reader.tenants?.of(B).find(all)).toEqual([{ name: 'of B' }]);
    const removed = world.driver.transaction((session) =>
      session.tenants?.of(A).delete({ table, where: { op: 'and', args: [] } }),
    );
    expect(await removed).toBe(1);
    expect(await namesIn(world, inB)).toEqual(['of B']);
  });

  it('are out of reach without an organization', async () => {
    const { engine, driver, runtime } = await openTenants();
    const { id } = await engine.insert('account', named('of A'), inA);
    const write = { name: 'changed' };
    const refused = [
      engine.find('account', {}, everywhere),
      engine.count('account', {}, everywhere),
      engine.get('account', String(id), everywhere),
      engine.aggregate(
        'account',
        { aggregations: [{ function: 'count', alias: 'n' }] },
        everywhere,
      ),
      engine.insert('account', named('x'), everywhere),
      engine.update('account', String(id), write, everywhere),
      engine.delete('account', String(id), everywhere),
      engine.transaction(inA, (inside) =>
        engine.get('account', String(id), { ...everywhere, transaction: inside.transaction }),
      ),
    ];
    // All at once: a refusal that waited for its turn would count as unhandled.
    const codes = await Promise.all(refused.map((one) => code(Promise.resolve(one))));
    expect(new Set(codes)).toEqual(new Set(['tenant_required']));
    const { table } = runtime.store.current().objects.get('account') ?? {};
    expect(() => table && driver.reader.count({ table })).toThrow(/holds records of organizations/);
    for (const ctx of [userIn(null), installation]) {
      expect(await engine.count('account', {}, ctx)).toBe(0);
      expect(await code(engine.get('account', String(id), ctx))).toBe('record_not_found');
    }
    expect(await code(engine.find('account', {}, userIn('nowhere')))).toBe('tenant_schema_missing');
    const wild = userIn(`x" UNION SELECT * FROM "account`);
    expect(await code(engine.find('account', {}, wild))).toBe('tenant_schema_missing');
  });

  it('are reached by the organization of each operation, also within one transaction', async () => {
    const world = await openTenants();
    const { engine } = world;
    await engine.transaction(inA, async (inside) => {
      await engine.insert('account', named('of A'), inside);
      await engine.insert('account', named('of B'), { ...inB, transaction: inside.transaction });
    });
    expect(await namesIn(world, inA)).toEqual(['of A']);
    expect(await namesIn(world, inB)).toEqual(['of B']);
  });

  it('keep apart what they call alike: ids, unique values, numbers, versions, search', async () => {
    const { engine } = await openTenants();
    const options = { acceptId: true };
    for (const ctx of [inA, inB]) {
      const account = named(`first of ${ctx === inA ? 'A' : 'B'}`, { id: 'same', code: 'c' });
      const made = await engine.insert('account', account, ctx, options);
      expect(made).toMatchObject({ number: '00001' });
    }
    await engine.update('account', 'same', named('second of B'), inB);
    await engine.update('account', 'same', named('third of B'), inB);
    await engine.update('account', 'same', named('second of A'), inA);
    const merged = await engine.update('account', 'same', { code: 'd' }, inA, {
      mergeFrom: 1,
    });
    expect(merged).toMatchObject({ name: 'second of A', code: 'd', revision: 3 });
    const found = async (ctx: typeof inA) =>
      (await engine.find('account', { search: 'second' }, ctx)).records.length;
    expect([await found(inA), await found(inB)]).toEqual([1, 0]);
    expect(await code(engine.insert('account', named('x', { code: 'd' }), inA))).toBe(
      'duplicate_value',
    );
  });

  it('join with what is shared, and compute over their own relations', async () => {
    const { engine } = await openTenants();
    const ann = await engine.insert('user', named('Ann'), everywhere);
    for (const ctx of [inA, inB]) {
      const account = await engine.insert('account', named('Acme'), ctx);
      const task = { name: 't', account: account['id'], assignee: ann['id'] };
      const top = await engine.insert('task', task, ctx);
      await engine.insert('task', { ...task, parent: top['id'] }, ctx);
      expect(await engine.get('account', String(account['id']), ctx)).toMatchObject({ open: 2 });
      const where = normalizeFilter({ from: 'Acme', 'account.name': 'Acme' });
      const { records } = await engine.find('task', { where, fields: ['from'] }, ctx);
      expect(records.map(({ from }) => from)).toEqual(['Acme', 'Acme']);
      const below = { op: 'tree', field: 'parent', operator: 'descendantsOf' } as const;
      const under = { ...below, value: String(top['id']) };
      expect(await engine.count('task', { where: under }, ctx)).toBe(1);
    }
  });

  it('let go of what is shared when it is deleted, in every schema', async () => {
    const { engine } = await openTenants();
    const [ann, bob] = await engine.insertMany('user', [named('Ann'), named('Bob')], everywhere);
    const accounts = [];
    for (const ctx of [inA, inB, installation]) {
      const account = await engine.insert('account', named('Acme'), ctx);
      const task = { account: account['id'], assignee: ann?.['id'] };
      await engine.insert('task', task, ctx);
      accounts.push([ctx, String(account['id'])] as const);
    }
    await engine.delete('user', String(ann?.['id']), everywhere);
    for (const [ctx, id] of accounts) {
      expect(await engine.get('account', id, ctx)).toMatchObject({ open: 0 });
      expect((await engine.find('task', {}, ctx)).records).toMatchObject([{ assignee: null }]);
    }
    const [, [, account]] = accounts as [unknown, readonly [unknown, string]];
    await engine.insert('task', { account, approver: bob?.['id'] }, inB);
    expect(await code(engine.delete('user', String(bob?.['id']), everywhere))).toBe(
      'delete_restricted',
    );
  });

  it('are all gone through by what goes through everything', async () => {
    const application = {
      ...APPLICATION,
      safe: 'fields: { pin: { type: secret, encrypted: true } }',
    };
    const world = await openTenants(application);
    for (const [ctx, id] of [
      [inA, A],
      [inB, B],
    ] as const) {
      await world.engine.insert('account', named('Acme'), ctx);
      await world.engine.insert('safe', { pin: '1' }, { ...ctx, secrets: true });
      const [base] = await world.place.sql('SELECT current_schema() AS name');
      const schema = tenantSchemaName(String(base?.['name']), id);
      await world.place.sql(`UPDATE "${schema}".account SET open = 7`);
    }
    const report = await world.engine.verifyDerived({ repair: true }, everywhere);
    expect(report.fields).toContainEqual(
      expect.objectContaining({ object: 'account', field: 'open', checked: 2, repaired: 2 }),
    );
    expect((await world.engine.verifyDerived({}, everywhere)).drifted).toBe(0);
    const rotated = await world.engine.rotateSecrets(everywhere);
    expect(rotated.fields).toMatchObject([{ object: 'safe', checked: 2, failed: 0 }]);
  });

  it('get their schema in the transaction that makes them, or none at all', async () => {
    const world = await openTenants();
    const before = await schemasOf(world);
    const made = world.engine.transaction(everywhere, async (inside) => {
      await world.engine.insert('organization', { id: 'C', name: 'C' }, inside, { acceptId: true });
      const inC = { ...inA, principal: { ...inA.principal, tenantId: 'C' } };
      const { transaction } = inside;
      await world.engine.insert('account', named('of C'), { ...inC, transaction });
      throw new Error('changed my mind');
    });
    await expect(made).rejects.toThrow('changed my mind');
    expect(await schemasOf(world)).toEqual(before);
    await addOrganization(world, 'C');
    expect(await schemasOf(world)).toHaveLength(before.length + 1);
    // An organization whose record is gone, and whose records are not, is not made anew.
    await world.engine.delete('organization', 'C', everywhere);
    await world.engine.purge('organization', 'C', everywhere);
    expect(await code(addOrganization(world, 'C'))).toBe('tenant_exists');
  });

  it('are not made while a migration runs', async () => {
    const world = await openTenants();
    await world.driver.exclusive('migrate', async () => {
      expect(await code(addOrganization(world, 'C'))).toBe('tenant_migration_running');
    });
    await addOrganization(world, 'C');
  });
});

describe('the name of a schema', () => {
  it('is one for each id, whatever stands in it, and fits', () => {
    const ids = [
      A,
      A.toUpperCase(),
      'a-b',
      'a_b',
      'A_b',
      '"; DROP SCHEMA public; --',
      'x'.repeat(64),
    ];
    const shared = ['public', 'crm', 'x'.repeat(63), 'Sch"ema'];
    const names = shared.flatMap((base) => ids.map((id) => tenantSchemaName(base, id)));
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z_][a-z0-9_]{0,62}$/);
    expect(tenantSchemaName('public', A)).toBe('public_org_019acb5e_0000_7000_8000_00000000000a');
  });
});

describe('what cannot have schemas of organizations', () => {
  it('is another database', () => {
    expect(() => new SqlDriver({ url: ':memory:', tenantSchemas: true })).toThrow(
      expect.objectContaining({ code: 'tenant_isolation_unsupported' }),
    );
  });

  it.skipIf(server === undefined).each([
    ['user', { user: 'fields: { main: { type: lookup, reference: account } }' }, 'user.main'],
    [
      'user',
      {
        user: 'fields: { done: { type: summary, summaryOperations: { object: task, function: count, relation: assignee } } }',
      },
      'user.done',
    ],
  ])('is metadata that leads from %s to organizations', async (_, platform, field) => {
    const { runtime } = await openProcess(await emptyPlace());
    const load = runtime.load(layersOf(APPLICATION, { ...PLATFORM, ...platform }));
    await expect(load).rejects.toMatchObject({
      code: 'metadata_invalid',
      details: {
        problems: [
          expect.objectContaining({
            code: 'tenant_schema_crossed',
            message: expect.stringContaining(field) as string,
          }),
        ],
      },
    });
  });

  it.skipIf(server === undefined)('is a part of a record of all', async () => {
    const { runtime } = await openProcess(await emptyPlace());
    const note = 'fields: { user: { type: master_detail, reference: user } }';
    await expect(runtime.load(layersOf({ ...APPLICATION, note }))).rejects.toMatchObject({
      details: { problems: [expect.objectContaining({ code: 'tenant_schema_crossed' })] },
    });
  });
});
