import type { AccessDecision, AccessPolicy, AccessRefusal } from '@objectos/spec/contracts';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ObjectQL } from '../../src/index.js';
import { openEngine, system, user } from './support.js';

let engine: ObjectQL;
let refusals: AccessRefusal[];
let decisions: Record<string, AccessDecision>;
let prepared: string[];

const everything: AccessDecision = { allowed: true };
const policy: AccessPolicy = {
  decide: (_principal, object, operation) =>
    decisions[`${object} ${operation}`] ?? decisions[operation] ?? everything,
  prepare: (principal) => {
    prepared.push(principal.id);
  },
  refused(refusal) {
    refusals.push(refusal);
    return `decision-${refusals.length}`;
  },
};
const clerk = user({ id: 'clerk' });

beforeEach(async () => {
  [refusals, decisions, prepared] = [[], {}, []];
  engine = await openEngine({ access: policy });
});

async function account(name: string, ctx = clerk): Promise<string> {
  return (await engine.insert('account', { name }, ctx))['id'] as string;
}

describe('row filters of a policy', () => {
  it('of an export leave out what may be seen and not taken out', async () => {
    for (const name of ['Acme', 'Umbrella']) await account(name);
    const only: AccessDecision = {
      allowed: true,
      rows: { op: 'eq', field: 'name', value: 'Acme' },
    };
    decisions['account export'] = only;
    const taken: unknown[] = [];
    for await (const page of engine.stream('account', {}, clerk)) {
      taken.push(...page.map((record) => record['name']));
    }
    expect(taken).toEqual(['Acme']);
    expect(await engine.count('account', {}, clerk)).toBe(2);
    decisions['account export'] = { allowed: false, reason: 'no' };
    const all = engine.stream('account', {}, clerk)[Symbol.asyncIterator]();
    await expect(all.next()).rejects.toMatchObject({
      code: 'permission_denied',
      params: { operation: 'export' },
    });
  });

  it('look into other objects, nested and negated', async () => {
    const [acme, umbrella] = [await account('Acme'), await account('Umbrella')];
    await engine.insert('contact', { name: 'Ann', account: acme }, clerk);
    await engine.insert('contact', { name: 'Bob', account: umbrella }, clerk);
    decisions['contact read'] = {
      allowed: true,
      rows: {
        op: 'exists',
        object: 'account',
        on: [{ outer: 'account', inner: 'id' }],
        where: { op: 'eq', field: 'name', value: 'Acme' },
      },
    };
    const seen = await engine.find('contact', { count: true }, clerk);
    expect(seen.records.map((record) => record['name'])).toEqual(['Ann']);
    expect(seen.total).toBe(1);
    decisions['contact read'] = { allowed: true, rows: { op: 'not', arg: seenRows() } };
    expect((await engine.find('contact', {}, clerk)).records[0]?.['name']).toBe('Bob');
  });

  it('compare fields', async () => {
    const same = await account('Same');
    await engine.update('account', same, { code: 'Same' }, clerk);
    await account('Other');
    decisions['read'] = {
      allowed: true,
      rows: { op: 'compareFields', operator: 'eq', field: 'name', other: 'code' },
    };
    expect((await engine.find('account', {}, clerk)).records.map((one) => one['id'])).toEqual([
      same,
    ]);
  });

  it('of a policy that names what is not there open nothing', async () => {
    await account('Acme');
    const broken: AccessDecision[] = [
      { allowed: true, rows: { op: 'eq', field: 'nope', value: 1 } },
      { allowed: true, rows: { op: 'exists', object: 'nope', on: [] } },
      {
        allowed: true,
        rows: { op: 'exists', object: 'contact', on: [{ outer: 'id', inner: 'nope' }] },
      },
    ];
    for (const decision of broken) {
      decisions['read'] = decision;
      await expect(engine.find('account', {}, clerk)).rejects.toMatchObject({
        code: 'access_unavailable',
        status: 503,
      });
    }
  });
});

function seenRows() {
  const decision = decisions['contact read'];
  if (decision?.allowed !== true || decision.rows === undefined) throw new Error('no rows');
  return decision.rows;
}

describe('a check after the write', () => {
  const named: AccessDecision = {
    allowed: true,
    check: { op: 'startsWith', field: 'name', value: 'A' },
  };

  it('undoes inserts and updates that leave it', async () => {
    decisions['account create'] = named;
    decisions['account update'] = named;
    await expect(account('Umbrella')).rejects.toMatchObject({ code: 'row_check_failed' });
    const acme = await account('Acme');
    await expect(engine.update('account', acme, { name: 'X' }, clerk)).rejects.toMatchObject({
      code: 'row_check_failed',
      status: 403,
    });
    expect(await engine.get('account', acme, system)).toMatchObject({ name: 'Acme', revision: 1 });
    expect(await engine.count('account', {}, system)).toBe(1);
  });

  it('says which rows of a bulk write left it', async () => {
    decisions['account create'] = named;
    const results = await engine.insertMany('account', [{ name: 'Ann' }, { name: 'Bob' }], clerk, {
      atomic: false,
    });
    expect(results.map((row) => row.success)).toEqual([true, false]);
    expect(results[1]?.error).toMatchObject({ code: 'row_check_failed' });
    expect(await engine.count('account', {}, system)).toBe(1);
  });
});

describe('ownership', () => {
  it('is given away only by those who may transfer the record', async () => {
    decisions['transfer'] = { allowed: false, reason: 'no' };
    const acme = await account('Acme');
    const give = () => engine.update('account', acme, { owner_id: 'other' }, clerk);
    await expect(give()).rejects.toMatchObject({ code: 'read_only_field' });
    await expect(
      engine.insert('account', { name: 'X', owner_id: 'other' }, clerk),
    ).rejects.toMatchObject({ code: 'read_only_field' });
    decisions['transfer'] = { allowed: true, rows: { op: 'eq', field: 'name', value: 'Beta' } };
    await expect(give()).rejects.toMatchObject({ code: 'read_only_field' });
    decisions['transfer'] = everything;
    expect(await give()).toMatchObject({ owner_id: 'other', revision: 2 });
    const given = await engine.insert('account', { name: 'X', owner_id: 'other' }, clerk);
    expect(given).toMatchObject({ owner_id: 'other', created_by: 'clerk' });
    const own = await engine.insert('account', { name: 'Y', owner_id: 'clerk' }, clerk);
    expect(own).toMatchObject({ owner_id: 'clerk' });
  });

  it('goes to users who exist, where users are records', async () => {
    engine = await openEngine({
      access: policy,
      objects: {
        user: 'fields: { name: { type: text } }',
        note: 'fields: { text: { type: text } }',
      },
    });
    const [note, ann] = [
      await engine.insert('note', { text: 'hi' }, clerk),
      await engine.insert('user', { name: 'Ann' }, system),
    ];
    const give = (owner: unknown) =>
      engine.update('note', note['id'] as string, { owner_id: owner }, clerk);
    await expect(give('nobody')).rejects.toMatchObject({ code: 'invalid_reference' });
    expect(await give(ann['id'])).toMatchObject({ owner_id: ann['id'] });
  });
});

it('the trash is for those who may restore', async () => {
  const [acme, beta] = [await account('Acme'), await account('Beta')];
  await engine.delete('account', acme, clerk);
  await engine.delete('account', beta, clerk);
  decisions['restore'] = { allowed: true, rows: { op: 'eq', field: 'name', value: 'Acme' } };
  expect((await engine.find('account', { deleted: 'only' }, clerk)).records).toHaveLength(1);
  expect(await engine.count('account', { deleted: 'include' }, clerk)).toBe(1);
  await expect(engine.get('account', beta, clerk, { deleted: 'only' })).rejects.toMatchObject({
    code: 'record_not_found',
  });
  decisions['restore'] = { allowed: false, reason: 'no' };
  await expect(engine.find('account', { deleted: 'only' }, clerk)).rejects.toMatchObject({
    code: 'permission_denied',
  });
  expect(await engine.count('account', {}, clerk)).toBe(0);
});

describe('refusals', () => {
  it('bear the id of the decision, a hidden record like one that does not exist', async () => {
    const hidden = await account('Acme');
    decisions['read'] = { allowed: true, rows: { op: 'eq', field: 'name', value: 'Beta' } };
    for (const [at, id] of [hidden, 'no-such-record', 'not an id!'].entries()) {
      await expect(engine.get('account', id, clerk)).rejects.toMatchObject({
        code: 'record_not_found',
        details: { decisionId: `decision-${at + 1}` },
      });
      expect(refusals.at(-1)).toMatchObject({ object: 'account', operation: 'read', id });
    }
    decisions['read'] = { allowed: false, reason: 'no grant' };
    await expect(engine.find('account', {}, clerk)).rejects.toMatchObject({
      code: 'permission_denied',
      details: { decisionId: 'decision-4' },
    });
    expect(() => engine.readableFields('account', clerk)).toThrow(/no grant/);
  });

  it('of the system bear none', async () => {
    await expect(engine.get('account', 'none', system)).rejects.toMatchObject({ details: {} });
  });
});

describe('a policy that fails', () => {
  it('while preparing or deciding closes everything', async () => {
    let fails: 'prepare' | 'prepareLater' | 'decide' | 'refused' = 'prepare';
    engine = await openEngine({
      access: {
        prepare: () => {
          if (fails === 'prepare') throw new Error('boom');
          return fails === 'prepareLater' ? Promise.reject(new Error('boom')) : undefined;
        },
        decide: () => {
          if (fails === 'decide') throw new Error('boom');
          return { allowed: false, reason: 'no' };
        },
        refused: () => {
          throw new Error('boom');
        },
      },
    });
    for (const moment of ['prepare', 'prepareLater', 'decide'] as const) {
      fails = moment;
      const failure = { code: 'access_unavailable', status: 503 };
      await expect(engine.find('account', {}, clerk)).rejects.toMatchObject(failure);
      await expect(engine.insert('account', { name: 'X' }, clerk)).rejects.toMatchObject(failure);
    }
    fails = 'refused';
    await expect(engine.find('account', {}, clerk)).rejects.toMatchObject({
      code: 'permission_denied',
    });
    expect(await engine.count('account', {}, system)).toBe(0);
  });

  it('is asked for every user, never for the system', async () => {
    await account('Acme');
    await engine.count('account', {}, system);
    expect(prepared).toEqual(['clerk']);
  });
});
