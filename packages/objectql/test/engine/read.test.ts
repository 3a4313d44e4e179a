import type { AccessPolicy, Query } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

async function withPeople(access?: AccessPolicy) {
  engine = await openEngine({ access });
  const ctx = access === undefined ? system : user();
  const acme = await engine.insert('account', { name: 'Acme', revenue: 5 }, ctx);
  const beta = await engine.insert('account', { name: 'Beta' }, ctx);
  await engine.insertMany(
    'contact',
    [
      { name: 'Ann', account: acme['id'], tags: ['vip'], born: '1990-05-01', secret_note: 's1' },
      { name: 'Bob', account: beta['id'], active: false },
      { name: 'Cid', account: acme['id'], accounts: [acme['id'], beta['id']] },
      { name: 'Dee' },
    ],
    ctx,
  );
  return { acme, beta, ctx };
}

function names(result: { readonly records: readonly Record<string, unknown>[] }) {
  return result.records.map((record) => record['name']);
}

describe('find', () => {
  it('pages in a stable order and tells what is left', async () => {
    await withPeople();
    const first = await engine.find('contact', { limit: 3, count: true }, system);
    expect(first).toMatchObject({ total: 4, hasMore: true });
    expect(names(first)).toEqual(['Ann', 'Bob', 'Cid']);
    const rest = await engine.find('contact', { limit: 3, offset: 3, count: true }, system);
    expect([names(rest), rest.total, rest.hasMore]).toEqual([['Dee'], 4, false]);
    const past = await engine.find('contact', { limit: 3, offset: 30, count: true }, system);
    expect([past.records, past.total]).toEqual([[], 4]);
    expect(await engine.find('contact', { limit: 0, count: true }, system)).toMatchObject({
      records: [],
      total: 4,
    });
  });

  it.each<[Query['where'], string[]]>([
    [{ op: 'eq', field: 'active', value: false }, ['Bob']],
    [{ op: 'eq', field: 'active', value: 'true' }, ['Ann', 'Cid', 'Dee']],
    [{ op: 'gte', field: 'born', value: '1990-01-01' }, ['Ann']],
    [{ op: 'contains', field: 'tags', value: 'vip' }, ['Ann']],
    [{ op: 'isNull', field: 'account', value: true }, ['Dee']],
    [{ op: 'not', arg: { op: 'in', field: 'name', value: ['Ann', 'Bob'] } }, ['Cid', 'Dee']],
  ])('filters %j', async (where, expected) => {
    await withPeople();
    expect(names(await engine.find('contact', { where }, system))).toEqual(expected);
  });

  it.each<[string, Query, string]>([
    ['an unknown field', { where: { op: 'eq', field: 'nmae', value: 1 } }, 'unknown_field'],
    ['a prototype name', { where: { op: 'eq', field: '__proto__', value: 1 } }, 'unknown_field'],
    ['an unknown sort key', { orderBy: [{ field: 'nmae', direction: 'asc' }] }, 'unknown_field'],
    ['an unknown selection', { fields: ['nmae'] }, 'unknown_field'],
    ['an unknown relation', { expand: { acount: {} } }, 'unknown_field'],
    [
      'the trash column',
      { where: { op: 'isNull', field: 'deleted_at', value: false } },
      'unknown_field',
    ],
    [
      'a value of the wrong type',
      { where: { op: 'gt', field: 'born', value: 'soon' } },
      'invalid_filter',
    ],
    [
      'text search in a boolean',
      { where: { op: 'contains', field: 'active', value: 'x' } },
      'invalid_filter',
    ],
    ['a sort by a list', { orderBy: [{ field: 'tags', direction: 'asc' }] }, 'invalid_sort'],
    ['a page too large', { limit: 1_001 }, 'limit_exceeded'],
    ['a negative page', { limit: -1 }, 'invalid_parameter'],
  ])('refuses %s', async (_name, query, code) => {
    await withPeople();
    await expect(engine.find('contact', query, system)).rejects.toMatchObject({ code });
  });

  it('refuses an unknown object with a suggestion', async () => {
    await withPeople();
    await expect(engine.find('contacts', {}, system)).rejects.toMatchObject({
      code: 'object_not_found',
      params: { suggestion: 'contact' },
    });
    await expect(engine.find('constructor', {}, system)).rejects.toMatchObject({
      code: 'object_not_found',
    });
    await expect(engine.find('sys_change_log', {}, system)).rejects.toMatchObject({
      code: 'object_not_found',
    });
  });

  it('stops when its deadline is over', async () => {
    await withPeople();
    const late = { ...system, deadline: 1 };
    await expect(engine.find('contact', {}, late)).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
    await expect(engine.insert('contact', { name: 'X' }, late)).rejects.toMatchObject({
      code: 'deadline_exceeded',
    });
  });
});

describe('expand', () => {
  it('loads lookups, lists of lookups and children, nested, in one query per relation', async () => {
    const { acme, beta } = await withPeople();
    await engine.update('account', beta['id'] as string, { parent: acme['id'] }, system);
    const { records } = await engine.find(
      'contact',
      {
        fields: ['name'],
        expand: {
          account: { fields: ['name'], expand: { parent: { fields: ['name'] } } },
          accounts: { fields: ['name'] },
        },
      },
      system,
    );
    expect(records).toMatchObject([
      { name: 'Ann', account: { name: 'Acme', parent: null }, accounts: [] },
      { name: 'Bob', account: { name: 'Beta', parent: { name: 'Acme' } } },
      { name: 'Cid', accounts: [{ name: 'Acme' }, { name: 'Beta' }] },
      { name: 'Dee', account: null },
    ]);
    const accounts = await engine.find(
      'account',
      { expand: { 'contact.account': { fields: ['name'], limit: 1 } } },
      system,
    );
    expect(accounts.records[0]).toMatchObject({
      name: 'Acme',
      'contact.account': [{ name: 'Ann' }],
    });
  });

  it('stops at five levels', async () => {
    await withPeople();
    const deep = Array.from({ length: 6 }).reduce<Query['expand']>(
      (inner) => ({ parent: inner === undefined ? {} : { expand: inner } }),
      undefined,
    );
    await expect(engine.find('account', { expand: deep }, system)).rejects.toMatchObject({
      code: 'limit_exceeded',
    });
  });
});

describe('permission in the plan', () => {
  const policy: AccessPolicy = {
    decide(principal, object, operation) {
      if (principal.id === 'nobody') return { allowed: false, reason: 'no grant' };
      if (object === 'account' && principal.id === 'clerk')
        return { allowed: false, reason: 'no grant' };
      if (principal.id !== 'clerk') return { allowed: true };
      return operation === 'read'
        ? {
            allowed: true,
            readable: new Set(['name', 'active']),
            rows: { op: 'ne', field: 'name', value: 'Bob' },
          }
        : {
            allowed: true,
            writable: new Set(['name']),
            readable: new Set(['name', 'active']),
            rows: { op: 'ne', field: 'name', value: 'Bob' },
          };
    },
  };
  const clerk = user({ id: 'clerk' });

  it('a hidden field behaves like one that does not exist, everywhere', async () => {
    await withPeople(policy);
    const answers = async (field: string) =>
      Promise.all(
        [
          engine.find('contact', { where: { op: 'startsWith', field, value: 's' } }, clerk),
          engine.find(
            'contact',
            { where: { op: 'not', arg: { op: 'ne', field, value: 's' } } },
            clerk,
          ),
          engine.find('contact', { orderBy: [{ field, direction: 'asc' }] }, clerk),
          engine.find('contact', { fields: [field] }, clerk),
          engine.find('contact', { expand: { [field]: {} } }, clerk),
          engine.insert('contact', { name: 'X', [field]: 's' }, clerk),
        ].map((work) =>
          work.then(
            () => 'answered',
            (error: unknown) => error as { code: string; message: string },
          ),
        ),
      );
    const hidden = JSON.stringify(await answers('secret_note')).replaceAll(
      'secret_note',
      'no_such_field',
    );
    expect(hidden).toBe(JSON.stringify(await answers('no_such_field')));
    expect(hidden).not.toContain('answered');
  });

  it('masks fields and rows, in reads, writes and what a write answers', async () => {
    const { ctx } = await withPeople(policy);
    const seen = await engine.find('contact', { count: true }, clerk);
    expect(names(seen)).toEqual(['Ann', 'Cid', 'Dee']);
    expect(seen.total).toBe(3);
    expect(Object.keys(seen.records[0] ?? {}).sort()).toEqual(['active', 'id', 'name']);
    const [bob] = (
      await engine.find('contact', { where: { op: 'eq', field: 'name', value: 'Bob' } }, ctx)
    ).records;
    const id = bob?.['id'] as string;
    for (const work of [
      () => engine.get('contact', id, clerk),
      () => engine.update('contact', id, { name: 'X' }, clerk),
      () => engine.delete('contact', id, clerk),
    ]) {
      await expect(work()).rejects.toMatchObject({ code: 'record_not_found' });
    }
    const own = await engine.insert('contact', { name: 'Eve' }, clerk);
    expect(Object.keys(own).sort()).toEqual(['active', 'id', 'name']);
    await expect(
      engine.update('contact', own['id'] as string, { active: false }, clerk),
    ).rejects.toMatchObject({ code: 'read_only_field' });
    await expect(engine.find('contact', { expand: { account: {} } }, clerk)).rejects.toMatchObject({
      code: 'unknown_field',
    });
    expect(engine.readableFields('contact', clerk)).toEqual(new Set(['id', 'name', 'active']));
  });

  it('keeps organizations apart', async () => {
    const { acme } = await withPeople(policy);
    const other = user({ id: 'u2', tenantId: 'org-b' });
    expect((await engine.find('contact', { count: true }, other)).total).toBe(0);
    await expect(engine.get('account', acme['id'] as string, other)).rejects.toMatchObject({
      code: 'record_not_found',
    });
    await expect(
      engine.insert('contact', { name: 'X', account: acme['id'] }, other),
    ).rejects.toMatchObject({ code: 'invalid_reference' });
    const mine = await engine.insert('contact', { name: 'Mine' }, other);
    expect(mine).toMatchObject({ organization_id: 'org-b', owner_id: 'u2', created_by: 'u2' });
  });
});
