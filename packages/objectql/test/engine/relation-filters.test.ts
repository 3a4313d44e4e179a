import type { AccessPolicy, Filter, Query } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { normalizeFilter } from '../../src/index.js';
import { openEngine, system, user } from './support.js';

type Engine = Awaited<ReturnType<typeof openEngine>>;
let engine: Engine;
afterEach(() => engine.close());

/** Ann and Cid at Acme (EU), Bob at Beta (US), Dee nowhere, Eli at a deleted account. */
async function withPeople(access?: AccessPolicy) {
  engine = await openEngine({ access });
  const add = async (object: string, data: Record<string, unknown>) =>
    (await engine.insert(object, data, access === undefined ? system : user()))['id'] as string;
  const acme = await add('account', { name: 'Acme', code: 'EU', revenue: 5 });
  const beta = await add('account', { name: 'Beta', code: 'US', parent: acme });
  const gone = await add('account', { name: 'Gone', code: 'GO' });
  for (const [name, account] of [
    ['Ann', acme],
    ['Bob', beta],
    ['Cid', acme],
    ['Dee', null],
    ['Eli', gone],
  ]) {
    await add('contact', { name, account, email: `${name}@x.example`, secret_note: name });
  }
  const invoice = await add('invoice', { name: 'I1', account: acme });
  await add('line', { name: 'L1', invoice, amount: 10 });
  await add('line', { name: 'L2', invoice, amount: 20 });
  await add('invoice', { name: 'I2', account: beta });
  await engine.update('contact', await idOf('Eli'), { account: gone }, system);
  await engine.driver.transaction((session) =>
    session.update({
      table: tableOf(),
      set: { deleted_at: '2026-01-01T00:00:00.000Z' },
      where: { op: 'eq', field: 'id', value: gone },
    }),
  );
  return { acme, beta };
}

function tableOf() {
  return {
    name: 'account',
    columns: [
      { name: 'id', type: 'text', nullable: false },
      { name: 'deleted_at', type: 'datetime', nullable: true },
    ],
    indexes: [],
  } as const;
}

async function idOf(name: string) {
  const where: Filter = { op: 'eq', field: 'name', value: name };
  const { records } = await engine.find('contact', { where }, system);
  return records[0]?.['id'] as string;
}

async function names(object: string, filter: unknown, ctx = system) {
  const where = normalizeFilter(filter);
  const query: Query = { where, orderBy: [{ field: 'name', direction: 'asc' }] };
  const { records } = await engine.find(object, query, ctx);
  expect(await engine.count(object, { where }, ctx)).toBe(records.length);
  return records.map((record) => record['name']);
}

describe('filters through relations', () => {
  it.each<[string, unknown, string[]]>([
    ['contact', { 'account.code': 'EU' }, ['Ann', 'Cid']],
    ['contact', { 'account.code': { $ne: 'EU' } }, ['Bob', 'Dee', 'Eli']],
    ['contact', { $not: { 'account.code': 'EU' } }, ['Bob', 'Dee', 'Eli']],
    ['contact', { 'account.code': null }, ['Dee', 'Eli']],
    ['contact', { 'account.code': { $null: false } }, ['Ann', 'Bob', 'Cid']],
    ['contact', { 'account.code': { $in: ['US', null] } }, ['Bob', 'Dee', 'Eli']],
    ['contact', { 'account.code': { $nin: ['US'] } }, ['Ann', 'Cid', 'Dee', 'Eli']],
    ['contact', { 'account.parent.code': 'EU' }, ['Bob']],
    ['contact', { 'account.parent.code': { $ne: 'EU' } }, ['Ann', 'Cid', 'Dee', 'Eli']],
    ['contact', { account: { code: 'EU', revenue: { $gt: 4 } } }, ['Ann', 'Cid']],
    ['contact', { account: { $some: { code: { $ne: 'EU' } } } }, ['Bob']],
    ['account', { 'contact.account': null, name: 'x' }, []],
    ['invoice', { line: { amount: { $gt: 15 } } }, ['I1']],
    ['invoice', { line: { $some: { amount: { $gt: 25 } } } }, []],
    ['invoice', { line: { $none: { amount: { $gt: 15 } } } }, ['I2']],
    ['invoice', { line: { $every: { amount: { $gt: 5 } } } }, ['I1', 'I2']],
    ['invoice', { line: { $every: { amount: { $gt: 15 } } } }, ['I2']],
    ['invoice', { line: { $exists: true } }, ['I1']],
    ['invoice', { line: { $null: true } }, ['I2']],
    ['account', { invoice: { line: { name: 'L1' } } }, ['Acme']],
    ['line', { 'invoice.account.code': 'EU', amount: 20 }, ['L2']],
    ['contact', { name: { $field: 'secret_note' } }, ['Ann', 'Bob', 'Cid', 'Dee', 'Eli']],
    ['contact', { name: { $gt: { $field: 'secret_note' } } }, []],
    ['contact', { created_at: { $lte: { $field: 'updated_at' } }, name: 'Ann' }, ['Ann']],
  ])('%s %j', async (object, filter, expected) => {
    await withPeople();
    expect(await names(object, filter)).toEqual(expected);
  });

  it.each<[string, unknown, string]>([
    ['contact', { 'nowhere.name': 'x' }, 'unknown_field'],
    ['contact', { 'account.nothing': 'x' }, 'unknown_field'],
    ['contact', { 'email.name': 'x' }, 'unknown_field'],
    ['contact', { '__proto__.name': 'x' }, 'invalid_filter'],
    ['contact', { accounts: { name: 'x' } }, 'invalid_filter'],
    ['contact', { name: { $gt: { $field: 'active' } } }, 'invalid_filter'],
    ['contact', { tags: { $field: 'name' } }, 'invalid_filter'],
    [
      'account',
      { $or: Array.from({ length: 21 }, () => ({ 'parent.name': 'x' })) },
      'limit_exceeded',
    ],
  ])('refuse on %s %j', async (object, filter, code) => {
    await withPeople();
    const refusal = Promise.resolve().then(() => names(object, filter));
    await expect(refusal).rejects.toMatchObject({ code });
  });

  it('refuse too long a way from code as well', async () => {
    await withPeople();
    const where = Array.from({ length: 6 }).reduce<Filter>(
      (inner) => ({ op: 'related', relation: 'parent', where: inner }),
      { op: 'eq', field: 'name', value: 'x' },
    );
    await expect(engine.find('account', { where }, system)).rejects.toMatchObject({
      code: 'limit_exceeded',
    });
  });
});

describe('the gate of the related object', () => {
  const policy: AccessPolicy = {
    decide(principal, object) {
      if (principal.id !== 'clerk') return { allowed: true };
      if (object === 'invoice') return { allowed: false, reason: 'no grant' };
      if (object === 'account') {
        return {
          allowed: true,
          readable: new Set(['name', 'revenue']),
          rows: { op: 'ne', field: 'name', value: 'Acme' },
        };
      }
      return { allowed: true, readable: new Set(['name', 'account', 'email']) };
    },
  };
  const clerk = user({ id: 'clerk' });
  const codes = async (object: string, field: string) =>
    Promise.all(
      [
        engine.find(object, { where: normalizeFilter({ [field]: 'x' }) }, clerk),
        engine.find(object, { where: normalizeFilter({ [field]: { $ne: 'x' } }) }, clerk),
        engine.find(object, { where: normalizeFilter({ [field]: null }) }, clerk),
        engine.find(object, { orderBy: [{ field, direction: 'asc' }] }, clerk),
        engine.find(object, { fields: [field] }, clerk),
        engine.aggregate(object, { groupBy: [{ field }] }, clerk),
      ].map((work) =>
        work.then(
          () => 'answered',
          (error: unknown) => (error as Error).message,
        ),
      ),
    );

  it('hides rows: a record one may not see counts as none', async () => {
    await withPeople(policy);
    expect(await names('contact', { 'account.name': 'Acme' }, clerk)).toEqual([]);
    expect(await names('contact', { 'account.name': null }, clerk)).toEqual([
      'Ann',
      'Cid',
      'Dee',
      'Eli',
    ]);
    expect(await names('contact', { 'account.name': { $startsWith: 'B' } }, clerk)).toEqual([
      'Bob',
    ]);
    expect(await names('contact', { account: { $some: {} } }, clerk)).toEqual(['Bob']);
  });

  it('hides fields: an unreadable one answers like one that does not exist', async () => {
    await withPeople(policy);
    const hidden = JSON.stringify(await codes('contact', 'account.code'));
    expect(hidden.replaceAll('"code\\"', '"nope\\"')).toBe(
      JSON.stringify(await codes('contact', 'account.nope')),
    );
    expect(hidden).not.toContain('answered');
  });

  it('hides relations to objects, in both directions', async () => {
    await withPeople(policy);
    const children = JSON.stringify(await codes('account', 'invoice.name'));
    expect(children.replaceAll('invoice', 'nowhere')).toBe(
      JSON.stringify(await codes('account', 'nowhere.name')),
    );
    const field = JSON.stringify(await codes('contact', 'secret_note.name'));
    expect(field.replaceAll('secret_note', 'nowhere')).toBe(
      JSON.stringify(await codes('contact', 'nowhere.name')),
    );
    expect(children + field).not.toContain('answered');
  });

  it('keeps organizations apart, whatever an id points to', async () => {
    await withPeople(policy);
    const other = user({ id: 'u2', tenantId: 'org-b' });
    const mine = await engine.insert('contact', { name: 'Mine' }, other);
    const foreign = { op: 'eq', field: 'name', value: 'Acme' } as const;
    const [acme] = (await engine.find('account', { where: foreign }, system)).records;
    await engine.update('contact', mine['id'] as string, { account: acme?.['id'] }, system);
    expect(await names('contact', { 'account.name': 'Acme' }, other)).toEqual([]);
    expect(await names('contact', { 'account.name': 'Acme' }, system)).toContain('Mine');
  });
});
