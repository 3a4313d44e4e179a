import type { AccessFilter, AccessPolicy, ExecutionContext } from '@objectos/spec/contracts';
import { SqlDriver } from '@objectql/driver-sql';
import { testDatabaseUrl } from '@objectos/testing';
import { describe, expect, it } from 'vitest';
import type { Driver, FindStatement } from '../../src/driver/contract.js';
import type { ObjectQL } from '../../src/index.js';
import { openEngine, user } from './support.js';

const ann = user({ id: 'ann', fingerprint: 'ann' });
const bob = user({ id: 'bob', fingerprint: 'bob' });

/** One's own records, and those of accounts that are called after oneself. */
const rowsOf = (id: string, field = 'code'): AccessFilter => ({
  op: 'or',
  args: [
    { op: 'eq', field: 'owner_id', value: id },
    {
      op: 'exists',
      object: 'account',
      on: [{ outer: 'account', inner: 'id' }],
      where: { op: 'eq', field, value: id },
    },
  ],
});

interface World {
  readonly engine: ObjectQL;
  readonly asked: FindStatement[];
  /** Milliseconds that have passed. */
  clock: number;
}

/** Twelve contacts are Ann's; of 3,000, Bob has all others. */
async function openWorld(
  seen: (id: string) => AccessFilter = (id) => rowsOf(id),
  scanLimit?: number,
): Promise<World> {
  const asked: FindStatement[] = [];
  const driver = new SqlDriver({ url: await testDatabaseUrl() });
  const recording = new Proxy<Driver>(driver, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (name === 'reader') {
        return {
          find: (statement: FindStatement) => {
            asked.push(statement);
            return target.reader.find(statement);
          },
          count: (statement: never) => target.reader.count(statement),
          aggregate: (statement: never) => target.reader.aggregate(statement),
        };
      }
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const decisions = new Map<AccessFilter, ReturnType<AccessPolicy['decide']>>();
  const made = new Map<string, AccessFilter>();
  const access: AccessPolicy = {
    decide({ id }, object, operation) {
      if (object !== 'contact' || operation !== 'read') return { allowed: true };
      const rows = made.get(id) ?? seen(id);
      made.set(id, rows);
      const decision = decisions.get(rows) ?? { allowed: true, rows };
      decisions.set(rows, decision);
      return decision;
    },
    refused: () => undefined,
  };
  const world: World = {
    engine: await openEngine({ driver: recording, access, scanLimit, now: () => world.clock }),
    asked,
    clock: Date.now(),
  };
  const { engine } = world;
  const account = await engine.insert('account', { name: 'Anns', code: 'ann' }, bob);
  const contacts = Array.from({ length: 2_990 }, (_, at) => ({
    name: `c${at}`,
    ...(at % 1_495 === 0 ? { account: account['id'] } : {}),
  }));
  for (let at = 0; at < contacts.length; at += 500) {
    await engine.insertMany('contact', contacts.slice(at, at + 500), bob);
  }
  const own = Array.from({ length: 10 }, (_, at) => ({ name: `own${at}` }));
  await engine.insertMany('contact', own, ann);
  asked.length = 0;
  return world;
}

async function list({ engine, asked }: World, ctx: ExecutionContext) {
  asked.length = 0;
  const { records, total = -1 } = await engine.find('contact', { count: true, limit: 20 }, ctx);
  const where = JSON.stringify(asked.at(-1)?.where);
  return { names: records.map((record) => String(record['name'])), total, where };
}

describe('a list of what a principal sees', () => {
  it('begins at the few rows, with the same answers', async () => {
    const world = await openWorld();
    const { names, total, where } = await list(world, ann);
    expect(where).toContain('"hint":"narrow"');
    const own = Array.from({ length: 10 }, (_, at) => `own${at}`);
    expect(names.sort()).toEqual(['c0', 'c1495', ...own]);
    expect(total).toBe(12);
    expect(await world.engine.count('contact', {}, ann)).toBe(12);
    const query = { aggregations: [{ function: 'count', alias: 'n' }] } as const;
    expect((await world.engine.aggregate('contact', query, ann)).rows).toEqual([{ n: 12 }]);
    const one = { where: { op: 'eq', field: 'name', value: 'c1495' } } as const;
    expect(await world.engine.count('contact', one, ann)).toBe(1);
    expect(await world.engine.count('contact', { where: { op: 'not', arg: one.where } }, ann)).toBe(
      11,
    );
  });

  it('goes row by row where they are many', async () => {
    const world = await openWorld();
    const { names, total, where } = await list(world, bob);
    expect(where).not.toContain('"hint":"narrow"');
    expect(names).toHaveLength(20);
    expect(total).toBe(2_990);
  });

  it('holds many rows against a list of the few related ones, as it is at that moment', async () => {
    const world = await openWorld();
    const { engine } = world;
    const before = await list(world, bob);
    expect(before.where).toContain('"hint":"listed"');
    const account = await engine.insert('account', { name: 'Bobs', code: 'bob' }, bob);
    await engine.insert('contact', { name: 'shown', account: account['id'] }, ann);
    const after = await list(world, bob);
    expect(after.where).toContain('"hint":"listed"');
    expect(after.total).toBe(before.total + 1);
    await engine.delete('account', account['id'] as string, bob);
    expect((await list(world, bob)).total).toBe(before.total);
  });

  it('looks related rows up where they are no few', async () => {
    const world = await openWorld((id) => rowsOf(id, 'name'));
    const { engine, clock } = world;
    const accounts = Array.from({ length: 65 }, () => ({ name: 'bob' }));
    await engine.insertMany('account', accounts, bob);
    expect((await list(world, bob)).where).not.toContain('"hint":"listed"');
    const [{ id }] = (
      await engine.find(
        'account',
        { where: { op: 'eq', field: 'name', value: 'bob' }, limit: 1 },
        bob,
      )
    ).records as [{ id: string }];
    await engine.update('account', id, { name: 'somebody' }, bob);
    world.clock = clock + 31_000;
    expect((await list(world, bob)).where).toContain('"hint":"listed"');
  });

  it('does not take what is listed for few: a large table is still not read as a whole', async () => {
    const world = await openWorld(undefined, 2_000);
    const bySecret = { orderBy: [{ field: 'secret_note', direction: 'asc' }] } as const;
    const refused = { code: 'scan_refused' };
    await expect(world.engine.find('contact', bySecret, bob)).rejects.toMatchObject(refused);
    expect((await world.engine.find('contact', bySecret, ann)).records).toHaveLength(12);
  });

  it('goes row by row where no index leads to some of them', async () => {
    const world = await openWorld((id) => ({
      op: 'or',
      args: [
        { op: 'eq', field: 'owner_id', value: id },
        { op: 'eq', field: 'secret_note', value: 'open' },
      ],
    }));
    const { names, where } = await list(world, ann);
    expect(where).not.toContain('"hint":"narrow"');
    expect(names).toHaveLength(10);
  });

  it('is looked at anew after a while, and is right in between', async () => {
    const world = await openWorld();
    await list(world, ann);
    const more = Array.from({ length: 1_500 }, (_, at) => ({ name: `more${at}` }));
    for (let at = 0; at < more.length; at += 500) {
      await world.engine.insertMany('contact', more.slice(at, at + 500), ann);
    }
    const before = await list(world, ann);
    expect(before.where).toContain('"hint":"narrow"');
    expect(before.total).toBe(1_512);
    world.clock += 31_000;
    const after = await list(world, ann);
    expect(after.where).not.toContain('"hint":"narrow"');
    expect(after.total).toBe(1_512);
  });
});
