import type { AccessPolicy, ExecutionContext, Query } from '@objectos/spec/contracts';
import { testDatabaseUrl } from '@objectos/testing';
import { SqlDriver } from '@objectql/driver-sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Driver, FindStatement } from '../../src/driver/contract.js';
import type { ObjectQL } from '../../src/index.js';
import { openEngine, system, user } from './support.js';

const OBJECTS = {
  organization: 'fields: { name: { type: text } }',
  user: `
membership: { object: member, record: person, organization: organization }
fields: { name: { type: text, searchable: true }, email: { type: text } }`,
  member: `
fields:
  organization: { type: lookup, reference: organization }
  person: { type: lookup, reference: user }`,
  deal: `
fields:
  name: { type: text }
  seller: { type: lookup, reference: user }
  watchers: { type: lookup, reference: user, multiple: true }
  about: { type: lookup, reference: [user, organization] }
  label: { type: formula, formula: name & " of " & owner_id.name & " and " & seller.name, returnType: text }`,
};

const ALL = { allowed: true } as const;
const access: AccessPolicy = { decide: () => ALL, refused: () => undefined };

/** By name: `ann` and `bob` work in A, `cid` did, `eve` is of B. */
const ids: Record<string, string> = {};
const asked: FindStatement[] = [];
let engine: ObjectQL;
let inA: ExecutionContext;
let inB: ExecutionContext;
let deal: string;

afterAll(() => engine.close());
beforeAll(async () => {
  const driver = new SqlDriver({ url: await testDatabaseUrl() });
  engine = await openEngine({ driver: recording(driver), objects: OBJECTS, access });
  const add = async (object: string, data: Record<string, unknown>) =>
    (await engine.insert(object, data, system))['id'] as string;
  for (const name of ['A', 'B']) ids[name] = await add('organization', { name });
  for (const name of ['ann', 'bob', 'cid', 'eve', 'out']) {
    ids[name] = await add('user', { name, email: `${name}@example.com` });
  }
  const join = (organization: string, person: string) =>
    add('member', { organization: ids[organization], person: ids[person] });
  for (const person of ['ann', 'bob']) await join('A', person);
  const left = await join('A', 'cid');
  await join('B', 'eve');
  inA = user({ id: ids['ann'] ?? '', tenantId: ids['A'] ?? '' });
  inB = user({ id: ids['eve'] ?? '', tenantId: ids['B'] ?? '' });
  const cid = ids['cid'];
  const about = { about: cid, about_object: 'user' };
  const made = await engine.insert(
    'deal',
    { name: 'One', seller: cid, watchers: [cid, ids['bob']], ...about },
    inA,
  );
  deal = made['id'] as string;
  await engine.delete('member', left, system);
});

function recording(driver: Driver): Driver {
  const reader = new Proxy(driver.reader, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (statement: FindStatement) => {
        if (name === 'find') asked.push(statement);
        return value.call(target, statement) as unknown;
      };
    },
  });
  return new Proxy(driver, {
    get(target, name) {
      if (name === 'reader') return reader;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const named = async (query: Query, ctx: ExecutionContext) =>
  (await engine.find('user', query, ctx)).records.map((record) => record['name']).sort();

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'done',
    (error: unknown) => (error as { code?: string }).code,
  );

describe('records that an organization sees by membership', () => {
  it('are those of its members, however they are asked for', async () => {
    expect(await named({}, inA)).toEqual(['ann', 'bob']);
    expect(await named({ search: 'e' }, inB)).toEqual(['eve']);
    expect(await named({ where: { op: 'startsWith', field: 'name', value: 'e' } }, inA)).toEqual(
      [],
    );
    expect(await engine.count('user', {}, inA)).toBe(2);
    const groups = { groupBy: [{ field: 'name' }], aggregations: [] };
    expect((await engine.aggregate('user', groups, inB)).rows).toEqual([{ name: 'eve' }]);
    expect(await codeOf(engine.get('user', ids['eve'] ?? '', inA))).toBe('record_not_found');
    expect(await codeOf(engine.get('user', ids['cid'] ?? '', inA))).toBe('record_not_found');
  });

  it('begin at the members, where these are few', async () => {
    asked.length = 0;
    await named({ orderBy: [{ field: 'name', direction: 'asc' }] }, inA);
    expect(JSON.stringify(asked.at(-1)?.where)).toContain('"hint":"narrow"');
  });

  it('are looked at, and nothing else', async () => {
    const bob = ids['bob'] ?? '';
    const codes = await Promise.all([
      codeOf(engine.update('user', bob, { name: 'Bob' }, inA)),
      codeOf(engine.delete('user', bob, inA)),
    ]);
    expect(codes).toEqual(['record_not_found', 'record_not_found']);
  });

  it('may be pointed to while they are members', async () => {
    const point = (seller: string, ctx = inA) =>
      codeOf(engine.insert('deal', { name: 'x', seller: ids[seller] ?? seller }, ctx));
    expect(await point('bob')).toBe('done');
    expect(await point('eve', inB)).toBe('done');
    for (const nobody of ['eve', 'cid', 'out', 'no-such-user'])
      expect([nobody, await point(nobody)]).toEqual([nobody, 'invalid_reference']);
    const give = (owner: string) =>
      codeOf(engine.update('deal', deal, { owner_id: ids[owner] ?? owner }, inA));
    for (const nobody of ['eve', 'cid', 'no-such-user'])
      expect([nobody, await give(nobody)]).toEqual([nobody, 'invalid_reference']);
    expect(
      await codeOf(
        engine.insert('deal', { name: 'x', about: ids['eve'], about_object: 'user' }, inA),
      ),
    ).toBe('invalid_reference');
  });
});

describe('records that name people', () => {
  it('show of members all one may see, and of others what they are called', async () => {
    const cid = { id: ids['cid'], name: 'cid' };
    const expand = { owner_id: {}, created_by: {}, seller: {}, watchers: {}, about: {} };
    asked.length = 0;
    const found = await engine.get('deal', deal, inA, { fields: ['name'], expand });
    expect(found).toMatchObject({
      owner_id: { name: 'ann', email: 'ann@example.com' },
      created_by: { name: 'ann' },
      watchers: [cid, { name: 'bob', email: 'bob@example.com' }],
    });
    expect([found['seller'], found['about']]).toEqual([cid, cid]);
    // The deal, five relations, and for three of them those who left.
    expect(asked).toHaveLength(9);
  });

  it('load them by one statement, however many records there are', async () => {
    const rows = Array.from({ length: 20 }, (_, at) => ({ name: `n${at}`, seller: ids['bob'] }));
    await engine.insertMany('deal', rows, inA);
    asked.length = 0;
    const where = { op: 'startsWith', field: 'name', value: 'n' } as const;
    const { records } = await engine.find(
      'deal',
      { fields: ['name'], where, expand: { seller: {} } },
      inA,
    );
    expect(records).toHaveLength(20);
    expect(asked).toHaveLength(2);
  });

  it('are found, sorted and computed by that name', async () => {
    const where = (field: string, value: string) =>
      ({ op: 'related', relation: 'seller', where: { op: 'eq', field, value } }) as const;
    const find = async (query: Query) => (await engine.find('deal', query, inA)).records;
    expect(await find({ where: where('name', 'cid') })).toMatchObject([{ id: deal }]);
    // What is no name shows members only.
    expect(await find({ where: where('email', 'cid@example.com') })).toEqual([]);
    const orderBy = [{ field: 'seller.name', direction: 'desc' }] as const;
    expect(await find({ orderBy, limit: 1 })).toMatchObject([{ id: deal }]);
    expect(await engine.get('deal', deal, inA)).toMatchObject({ label: 'One of ann and cid' });
    expect(await engine.get('deal', deal, system)).toMatchObject({ label: 'One of ann and cid' });
  });

  it('do not make them', async () => {
    for (const data of [{ created_by: { create: { name: 'x' } } }, { owner_id: { create: {} } }])
      expect(await codeOf(engine.insert('deal', { name: 'x', ...data }, inA))).not.toBe('done');
  });
});
