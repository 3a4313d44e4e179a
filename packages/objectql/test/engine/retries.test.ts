import { SqlDriver } from '@objectql/driver-sql';
import type { RecordData } from '@objectos/spec/contracts';
import { testDatabaseUrl } from '@objectos/testing';
import { afterEach, describe, expect, it } from 'vitest';
import type { Driver, DriverSession, TransactionOptions } from '../../src/driver/contract.js';
import { changeLogTable } from '../../src/engine/system-tables.js';
import { buildSnapshot, parseSource } from '../../src/index.js';
import { importRecords, type ImportFailure } from '../../src/transfer/index.js';
import { openEngine, system } from './support.js';

let engine: Awaited<ReturnType<typeof openEngine>>;
let driver: Driver;
afterEach(() => engine.close());

class Conflict extends Error {}

/** Every transaction meets another one as it ends, and is run again, as a database may do. */
function conflicting(inner: Driver): Driver {
  const transaction = async <T>(
    work: (session: DriverSession) => T | Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> => {
    try {
      await inner.transaction(async (session) => {
        await work(session);
        throw new Conflict();
      });
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
    return inner.transaction(work, options);
  };
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const KEY = `k:${btoa(String.fromCharCode(...Uint8Array.from({ length: 32 }, (_, at) => (1 + at * at * 37) % 251)))}`;
const NEXT = `n:${btoa(String.fromCharCode(...Uint8Array.from({ length: 32 }, (_, at) => (2 + at * at * 37) % 251)))},${KEY}`;

const OBJECTS = {
  team: `
label: Team
fields:
  name: { type: text, unique: true }
  size: { type: summary, summaryOperations: { object: member, function: count } }
  total: { type: summary, summaryOperations: { object: member, function: sum, field: points } }
`,
  member: `
label: Member
fields:
  name: { type: text, required: true }
  number: { type: autonumber, format: 'M-{000}' }
  points: { type: number }
  twice: { type: formula, expression: 'points * 2', returnType: number }
  token: { type: secret, encrypted: true }
  team: { type: lookup, reference: team, inverse: members, deleteBehavior: cascade }
`,
};

function snapshotOf(objects: Readonly<Record<string, string>>) {
  const sources = Object.entries(objects).map(([name, text]) =>
    parseSource({ file: `objects/${name}.object.yml`, text }),
  );
  const { snapshot } = buildSnapshot([{ name: 'app', sources }]);
  if (snapshot === undefined) throw new Error('the objects of the tests are not valid');
  return snapshot;
}

describe('transactions that are run again', () => {
  const told: string[] = [];
  const open = async (url?: string, encryptionKeys = KEY) => {
    told.length = 0;
    const place = url ?? (await testDatabaseUrl());
    driver = conflicting(new SqlDriver({ url: place }));
    engine = await openEngine({
      objects: OBJECTS,
      driver,
      encryptionKeys,
      onCommit: (_ctx, changes) =>
        told.push(...changes.map(({ operation, object }) => `${operation} ${object}`)),
    });
  };
  const members = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `m${at}`, points: at, token: `t${at}` }));
  const counts = async () => ({
    teams: await engine.count('team', {}, system),
    members: await engine.count('member', {}, system),
    log: await driver.reader.count({ table: changeLogTable }),
  });

  it('write nested records once, and answer and tell of each once', async () => {
    await open();
    const create = members(3);
    const team = await engine.insert('team', { name: 'a', members: { create } }, system);
    expect(team).toMatchObject({ name: 'a', size: 3, total: 3, revision: 2 });
    expect(await counts()).toEqual({ teams: 1, members: 3, log: 5 });
    expect(told).toEqual(['create team', ...Array(3).fill('create member'), 'update team']);
    told.length = 0;
    const changed = await engine.update(
      'team',
      team['id'] as string,
      { name: 'b', members: { create: members(2) } },
      system,
    );
    expect(changed).toMatchObject({ name: 'b', size: 5, total: 4 });
    expect(told).toEqual(['update team', 'create member', 'create member', 'update team']);
    const { records } = await engine.find(
      'member',
      { orderBy: [{ field: 'number', direction: 'asc' }] },
      system,
    );
    const numbers = ['M-001', 'M-002', 'M-003', 'M-004', 'M-005'];
    expect(records.map(({ number }) => number)).toEqual(numbers);
  });

  it('give one result for each row of a bulk write', async () => {
    await open();
    const rows = [...members(3), { points: 1 }];
    const made = await engine.insertMany('member', rows, system, { atomic: false });
    expect(made.map(({ index, success }) => [index, success])).toEqual([
      [0, true],
      [1, true],
      [2, true],
      [3, false],
    ]);
    expect(made[2]?.record).toMatchObject({ twice: 4 });
    expect(await counts()).toEqual({ teams: 0, members: 3, log: 3 });
    const teams: RecordData[] = ['x', 'y'].map((name) => ({
      name,
      members: { create: members(2) },
    }));
    const upserted = await engine.upsertMany('team', teams, system, { by: ['name'] });
    expect(upserted.map(({ created }) => created)).toEqual([true, true]);
    expect(await counts()).toMatchObject({ teams: 2, members: 7 });
    const where = { op: 'eq', field: 'name', value: 'm1' } as const;
    told.length = 0;
    const changed = await engine.updateWhere('member', where, { points: 5 }, system);
    expect(changed).toHaveLength(3);
    expect(told.filter((one) => one === 'update member')).toHaveLength(3);
    const rehearsal = await engine.rehearse(system, (ctx) =>
      engine.insertMany('member', members(2), ctx),
    );
    expect(rehearsal.changes).toHaveLength(2);
    expect((await engine.verifyDerived({}, system)).drifted).toBe(0);
  });

  it('count and repair what they verify once', async () => {
    await open();
    await engine.insert('team', { name: 'a', members: { create: members(2) } }, system);
    const table = {
      name: 'team',
      columns: [
        { name: 'id', type: 'text' as const, nullable: false },
        { name: 'total', type: 'decimal' as const, nullable: true },
      ],
      indexes: [],
    };
    const every = { op: 'isNull', field: 'id', value: false } as const;
    await driver.transaction((session) =>
      session.update({ table, set: { total: 9 }, where: every }),
    );
    const found = await engine.verifyDerived({ repair: true }, system);
    expect(found.fields.find(({ field }) => field === 'total')).toMatchObject({
      checked: 1,
      drifted: 1,
      repaired: 1,
      samples: [{ stored: 9, expected: 1 }],
    });
    expect((await engine.verifyDerived({}, system)).drifted).toBe(0);
  });

  it('rotate each secret, and import each row, once', async () => {
    const url = await testDatabaseUrl();
    await open(url === ':memory:' ? undefined : url);
    await engine.insertMany('member', members(3), system);
    const failures: ImportFailure[] = [];
    const file = 'name,points,token\nn1,1,s1\n,2,s2\nn3,3,s3\n';
    const report = await importRecords(
      { engine, snapshot: snapshotOf(OBJECTS) },
      [new TextEncoder().encode(file)],
      { object: 'member', format: 'csv', onFailure: (one) => void failures.push(one) },
      system,
    );
    expect(report).toMatchObject({ created: 2, updated: 0, failed: 1 });
    expect(failures).toHaveLength(1);
    expect(await engine.rotateSecrets(system)).toMatchObject({
      fields: [{ field: 'token', checked: 5, rotated: 0 }],
    });
    if (url === ':memory:') return;
    await engine.close();
    await open(url, NEXT);
    expect(await engine.rotateSecrets(system)).toMatchObject({ rotated: 5, failed: 0 });
  });
});
