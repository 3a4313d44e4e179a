import type { AccessPolicy, Principal } from '@objectos/spec/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';
import { openEngine, system, user } from './support.js';

const OBJECTS = {
  owner: `
label: Owner
fields:
  name: { type: text, required: true }
  salary: { type: currency }
`,
  account: `
label: Account
fields:
  name: { type: text, required: true }
  owner: { type: lookup, reference: owner }
  discount: { type: percent, scale: 2 }
  owner_name: { type: formula, expression: 'owner.name' }
`,
  deal: `
label: Deal
fields:
  name: { type: text, required: true }
  account: { type: lookup, reference: account }
  price: { type: currency }
  cost: { type: currency }
  quantity: { type: number, scale: 0 }
  closed: { type: date }
  margin: { type: formula, expression: 'price - cost', returnType: currency }
  total: { type: formula, expression: 'margin * quantity', returnType: currency }
  share: { type: formula, expression: 'price / quantity', scale: 2 }
  is_big: { type: formula, expression: 'total > 100' }
  due: { type: formula, expression: 'closed + 30' }
  shout: { type: formula, expression: 'UPPER(name)' }
  label: { type: formula, expression: 'name & " for " & account.name & " by " & account.owner_name' }
  owner_salary: { type: formula, expression: 'account.owner.salary' }
  age: { type: formula, expression: 'closed - TODAY()' }
validations:
  - { name: no_loss, type: script, condition: 'margin < 0', message: A deal must not lose money. }
`,
};

describe.each(await databaseNames())('formula fields on %s', (name) => {
  let database: OpenedDatabase;
  let objectql: Awaited<ReturnType<typeof openEngine>>;
  const org = {
    principal: { kind: 'system' as const, id: 'seed', tenantId: 'org-a' },
    requestId: 't',
  };

  beforeEach(async () => {
    database = await openDatabase(name);
    objectql = await openEngine({
      url: database.url,
      objects: OBJECTS,
      now: () => Date.parse('2026-03-15T12:00:00Z'),
    });
    await objectql.insert('owner', { id: 'o1', name: 'Ada', salary: 10 }, org, { acceptId: true });
    await objectql.insert('account', { id: 'a1', name: 'Acme', owner: 'o1' }, org, {
      acceptId: true,
    });
  });

  afterEach(async () => {
    await objectql.close();
    await database.drop();
  });

  const deal = {
    id: 'd1',
    name: 'Ünit',
    account: 'a1',
    price: 19.99,
    cost: 0.09,
    quantity: 3,
    closed: '2026-03-31',
  };
  const computed = {
    margin: 19.9,
    total: 59.7,
    share: 6.66,
    is_big: false,
    due: '2026-04-30',
    shout: 'ÜNIT',
    label: 'Ünit for Acme by Ada',
    owner_salary: 10,
    age: 16,
  };

  it('have values in the answer of a write, of a get, of a list and of an expansion', async () => {
    const written = await objectql.insert('deal', deal, org, { acceptId: true });
    expect(written).toMatchObject(computed);
    expect(await objectql.get('deal', 'd1', org)).toMatchObject(computed);
    const { records } = await objectql.find('deal', {}, org);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject(computed);
    expect(Object.keys(records[0] ?? {})).toEqual(Object.keys(written));
    const expanded = await objectql.get('account', 'a1', org, { expand: { deal: {} } });
    expect(expanded['deal']).toMatchObject([computed]);
    const changed = await objectql.update('deal', 'd1', { quantity: 10 }, org);
    expect(changed).toMatchObject({ total: 199, is_big: true, share: 2 });
  });

  it('select alone, without what they read', async () => {
    await objectql.insert('deal', deal, org, { acceptId: true });
    const { records } = await objectql.find('deal', { fields: ['shout', 'total', 'label'] }, org);
    expect(records).toEqual([
      { id: 'd1', shout: 'ÜNIT', total: 59.7, label: 'Ünit for Acme by Ada' },
    ]);
  });

  it('filter and sort where the database computes them', async () => {
    await objectql.insert('deal', deal, org, { acceptId: true });
    await objectql.insert('deal', { ...deal, id: 'd2', quantity: 30, price: 1.09 }, org, {
      acceptId: true,
    });
    await objectql.insert('deal', { ...deal, id: 'd3', price: null }, org, { acceptId: true });
    const ids = async (query: Parameters<typeof objectql.find>[1]) =>
      (await objectql.find('deal', query, org)).records.map((record) => record['id']);
    expect(await ids({ where: { op: 'eq', field: 'total', value: 59.7 } })).toEqual(['d1']);
    expect(await ids({ where: { op: 'gt', field: 'total', value: 20 } })).toEqual(['d1', 'd2']);
    expect(await ids({ where: { op: 'isNull', field: 'total', value: true } })).toEqual(['d3']);
    expect(await ids({ orderBy: [{ field: 'total', direction: 'asc' }] })).toEqual([
      'd3',
      'd2',
      'd1',
    ]);
    expect(
      await ids({ where: { op: 'startsWith', field: 'label', value: 'Ünit for Acme' } }),
    ).toEqual(['d1', 'd2', 'd3']);
    expect(await ids({ where: { op: 'eq', field: 'due', value: '2026-04-30' } })).toHaveLength(3);
    expect(
      await objectql.count('deal', { where: { op: 'eq', field: 'is_big', value: false } }, org),
    ).toBe(3);
  });

  it('say why, where the database cannot', async () => {
    await expect(
      objectql.find('deal', { where: { op: 'eq', field: 'shout', value: 'X' } }, org),
    ).rejects.toMatchObject({
      code: 'formula_not_in_database',
      message: expect.stringContaining('UPPER cannot be computed exactly'),
    });
    await expect(
      objectql.find('deal', { orderBy: [{ field: 'age', direction: 'asc' }] }, org),
    ).rejects.toMatchObject({ message: expect.stringContaining('TODAY depends on the clock') });
  });

  it('are refused in what a client writes, and ignored in a whole record that is sent back', async () => {
    await objectql.insert('deal', deal, org, { acceptId: true });
    await expect(objectql.update('deal', 'd1', { total: 5 }, org)).rejects.toMatchObject({
      code: 'read_only_field',
    });
    const whole = await objectql.get('deal', 'd1', org);
    const sent = { ...whole, name: 'Other' };
    const changed = await objectql.update('deal', 'd1', sent, org, { wholeRecord: true });
    expect(changed).toMatchObject({ name: 'Other', shout: 'OTHER' });
  });

  it('take part in validation rules', async () => {
    await expect(
      objectql.insert('deal', { ...deal, cost: 20 }, org, { acceptId: true }),
    ).rejects.toMatchObject({
      fieldErrors: [expect.objectContaining({ message: 'A deal must not lose money.' })],
    });
  });

  it('have no value where they fail', async () => {
    const row = await objectql.insert('deal', { ...deal, quantity: 0 }, org, { acceptId: true });
    expect(row['share']).toBeNull();
    const query = { where: { op: 'isNull', field: 'share', value: true } } as const;
    expect(await objectql.count('deal', query, org)).toBe(1);
  });

  it('lead nowhere over a record in the trash', async () => {
    await objectql.insert('deal', deal, org, { acceptId: true });
    await objectql.delete('owner', 'o1', org);
    expect(await objectql.get('deal', 'd1', org)).toMatchObject({
      label: 'Ünit for Acme by ',
      owner_salary: null,
    });
  });
});

describe('formula fields and permission', () => {
  const everything = { allowed: true } as const;
  const hasRole = (principal: Principal, role: string): boolean =>
    principal.kind === 'user' && principal.roles.includes(role);

  async function open(decide: AccessPolicy['decide']) {
    const objectql = await openEngine({ objects: OBJECTS, access: { decide } });
    await objectql.insert(
      'owner',
      { id: 'o1', name: 'Ada', salary: 10 },
      user({ roles: ['all'] }),
      {
        acceptId: true,
      },
    );
    await objectql.insert(
      'account',
      { id: 'a1', name: 'Acme', owner: 'o1' },
      user({ roles: ['all'] }),
      {
        acceptId: true,
      },
    );
    const deal = { id: 'd1', name: 'Unit', account: 'a1', price: 5, cost: 1, quantity: 3 };
    await objectql.insert('deal', deal, user({ roles: ['all'] }), { acceptId: true });
    return objectql;
  }

  it('do not exist for who may not read a field that they read', async () => {
    const objectql = await open((principal, object) => {
      if (hasRole(principal, 'all')) return everything;
      if (object === 'deal') {
        const readable = new Set([
          'name',
          'account',
          'price',
          'margin',
          'total',
          'label',
          'owner_salary',
        ]);
        return { allowed: true, readable };
      }
      return object === 'owner' ? { allowed: true, readable: new Set(['name']) } : everything;
    });
    const record = await objectql.get('deal', 'd1', user());
    expect(Object.keys(record)).toEqual(['id', 'name', 'account', 'price', 'label']);
    expect(record['label']).toBe('Unit for Acme by Ada');
    const hidden = { where: { op: 'gt', field: 'margin', value: 0 } } as const;
    await expect(objectql.find('deal', hidden, user())).rejects.toMatchObject({
      code: 'unknown_field',
    });
    expect(await objectql.get('deal', 'd1', user({ roles: ['all'] }))).toMatchObject({
      margin: 4,
      owner_salary: 10,
    });
  });

  it('show nothing of records that the principal may not see', async () => {
    const objectql = await open((principal, object) =>
      object === 'account' && hasRole(principal, 'limited')
        ? { allowed: true, rows: { op: 'eq', field: 'name', value: 'Other' } }
        : everything,
    );
    const limited = user({ roles: ['limited'] });
    expect(await objectql.get('deal', 'd1', limited)).toMatchObject({
      label: 'Unit for  by ',
      owner_salary: null,
    });
    expect(await objectql.get('deal', 'd1', user())).toMatchObject({
      label: 'Unit for Acme by Ada',
    });
    const query = { where: { op: 'contains', field: 'label', value: 'Acme' } } as const;
    expect(await objectql.count('deal', query, user())).toBe(1);
    await expect(objectql.count('deal', query, limited)).rejects.toMatchObject({
      code: 'formula_not_in_database',
      message: expect.stringContaining('of which you may not see all'),
    });
  });

  it('stay in the organization of the record', async () => {
    const objectql = await open(() => everything);
    const other = user({ tenantId: 'org-b' });
    await objectql.insert('deal', { id: 'd2', name: 'B', price: 5, cost: 1 }, other, {
      acceptId: true,
    });
    // Only the system can make a reference across organizations.
    await objectql.update('deal', 'd2', { account: 'a1' }, system);
    expect(await objectql.get('deal', 'd2', other)).toMatchObject({ label: 'B for  by ' });
    const query = { where: { op: 'contains', field: 'label', value: 'Acme' } } as const;
    expect(await objectql.count('deal', query, system)).toBe(1);
  });
});
