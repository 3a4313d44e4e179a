import { SqlDriver } from '@objectql/driver-sql';
import { silentLogger, systemContext, type QuotaLimits } from '@objectos/spec/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { createDataRuntime, type DataRuntime } from '../../src/runtime/data-runtime.js';
import { createDatabase } from '../../src/runtime/database.js';
import { createQuotas, type Quotas } from '../../src/tenants/quotas.js';
import type { RecordChange } from '../../src/engine/change-log.js';
import { usageTable } from '../../src/engine/system-tables.js';
import { databaseNames, openDatabase, type OpenedDatabase } from './databases.js';

const NOTE = 'fields: { text: { type: text, unique: true } }';
const BLOB = 'enable: { trash: false }\nfields: { bytes: { type: number } }';
const DAY = 86_400_000;
const a = systemContext('test', { tenantId: 'org-a' });
const b = systemContext('test', { tenantId: 'org-b' });

interface Node {
  readonly runtime: DataRuntime;
  readonly quotas: Quotas;
}

let nodes: Node[] = [];
let database: OpenedDatabase | undefined;

afterEach(async () => {
  for (const { runtime } of nodes) await runtime.close();
  await database?.drop();
  nodes = [];
});

/** One process with its engine and its quotas. */
async function start(url: string, defaults: QuotaLimits = {}, now = Date.now): Promise<Node> {
  const driver = new SqlDriver({ url });
  const quotas: Quotas = createQuotas({
    driver,
    defaults,
    snapshot: () => runtime.store.current(),
    storedBytes: () => [{ object: 'blob', field: 'bytes' }],
    logger: silentLogger,
    now,
  });
  const { beforeCommit } = quotas;
  const runtime: DataRuntime = createDataRuntime({ driver, beforeCommit });
  nodes.push({ runtime, quotas });
  const files = [
    { file: 'objects/note.object.yml', text: NOTE },
    { file: 'objects/blob.object.yml', text: BLOB },
  ];
  await runtime.load([{ layer: 'app', files }]);
  await quotas.refresh();
  return { runtime, quotas };
}

async function open(name: string, defaults: QuotaLimits = {}, now = Date.now): Promise<Node> {
  database = await openDatabase(name);
  return start(database.url, defaults, now);
}

const usedOf = async ({ quotas }: Node, quota: string, organization = 'org-a') =>
  (await quotas.use(organization, { measure: true })).find((one) => one.quota === quota)?.used;

/** What became of work that was begun at once. */
async function outcomes(work: readonly Promise<unknown>[]) {
  const settled = await Promise.allSettled(work);
  return {
    done: settled.filter(({ status }) => status === 'fulfilled').length,
    codes: settled.flatMap((one) =>
      one.status === 'rejected' ? [(one.reason as { code: string }).code] : [],
    ),
  };
}

const names = (await databaseNames()).filter((name) => name !== 'mongo');

describe.each(names)('quotas on %s', (name) => {
  it('20 parallel writers make as many records as are left, and no more (quota_exceeded)', async () => {
    const node = await open(name, { records: 10 });
    const { engine } = node.runtime;
    const insert = (_: unknown, index: number) => engine.insert('note', { text: `n${index}` }, a);
    const first = await outcomes(Array.from({ length: 20 }, insert));
    expect(first).toEqual({ done: 10, codes: Array.from({ length: 10 }, () => 'quota_exceeded') });
    expect(await engine.count('note', {}, a)).toBe(10);
    expect(await usedOf(node, 'records')).toBe(10);
    expect(await engine.insert('note', { text: 'n1' }, b)).toMatchObject({ text: 'n1' });
    await expect(engine.insert('note', { text: 'more' }, a)).rejects.toMatchObject({
      code: 'quota_exceeded',
      status: 403,
      details: { quota: 'records', limit: 10, used: 10 },
    });
  });

  it('two processes hold one limit together, from a counter that stands already', async () => {
    if (name === 'sqlite') return;
    const one = await open(name, { records: 10 });
    const two = await start(database?.url ?? '', { records: 10 });
    for (const { runtime } of nodes) await runtime.engine.insert('note', {}, a);
    const work = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? one : two).runtime.engine.insert('note', {}, a),
    );
    expect((await outcomes(work)).done).toBe(8);
    expect(await one.runtime.engine.count('note', {}, a)).toBe(10);
    expect(await usedOf(two, 'records')).toBe(10);
  });

  it('a transaction counts as a whole, what is undone in it not at all', async () => {
    const node = await open(name, { records: 5 });
    const { engine } = node.runtime;
    const rows = (count: number) => Array.from({ length: count }, () => ({}));
    await engine.insertMany('note', rows(4), a);
    await expect(engine.insertMany('note', rows(2), a)).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
    expect(await engine.count('note', {}, a)).toBe(4);
    await engine.insertMany('note', [{ text: 'same' }, { text: 'same' }], a, {
      atomic: false,
    });
    expect(await usedOf(node, 'records')).toBe(5);
    expect(await engine.count('note', {}, a)).toBe(5);
  });

  it('the trash counts until it is purged', async () => {
    const node = await open(name, { records: 1 });
    const { engine } = node.runtime;
    const { id } = await engine.insert('note', {}, a);
    await engine.delete('note', id as string, a);
    await expect(engine.insert('note', {}, a)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await engine.purge('note', id as string, a);
    expect(await usedOf(node, 'records')).toBe(0);
    await engine.insert('note', {}, a);
  });

  it('bytes are those of the records that stand for them', async () => {
    const node = await open(name, { storageBytes: 100 });
    const { engine } = node.runtime;
    const { id } = await engine.insert('blob', { bytes: 60 }, a);
    const write = () => engine.insert('blob', { bytes: 30 }, a);
    const { done, codes } = await outcomes([write(), write()]);
    expect([done, codes]).toEqual([1, ['quota_exceeded']]);
    expect(await usedOf(node, 'storageBytes')).toBe(90);
    await engine.update('blob', id as string, { bytes: 10 }, a);
    expect(await usedOf(node, 'storageBytes')).toBe(40);
    await engine.delete('blob', id as string, a);
    expect(await usedOf(node, 'storageBytes')).toBe(30);
  });

  it('limits of an organization stand before those of the configuration, and reach other processes', async () => {
    const one = await open(name, { records: 2 });
    const { engine } = one.runtime;
    await one.quotas.setLimit('org-a', 'records', 3, a);
    for (let count = 0; count < 3; count += 1) await engine.insert('note', {}, a);
    await expect(engine.insert('note', {}, a)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await one.quotas.setLimit('org-a', 'records', 'unlimited', a);
    await engine.insert('note', {}, a);
    expect(one.quotas.limitOf('records', 'org-a')).toBeUndefined();
    await one.quotas.setLimit('org-a', 'records', null, a);
    expect(one.quotas.limitOf('records', 'org-a')).toBe(2);
    await expect(engine.insert('note', {}, a)).rejects.toMatchObject({ code: 'quota_exceeded' });
    await expect(one.quotas.setLimit('org-a', 'records', 1.5, a)).rejects.toMatchObject({
      code: 'quota_invalid',
    });
    if (name === 'sqlite') return;
    const two = await start(database?.url ?? '');
    await one.quotas.setLimit('org-b', 'records', 0, a);
    await two.quotas.refresh();
    expect(two.quotas.limitOf('records', 'org-b')).toBe(0);
    await expect(two.runtime.engine.insert('note', {}, b)).rejects.toMatchObject({
      code: 'quota_exceeded',
    });
  });

  it('counts what was there before anybody counted, and costs nothing without a limit', async () => {
    const node = await open(name);
    const { engine, driver } = node.runtime;
    for (let count = 0; count < 5; count += 1) await engine.insert('note', {}, a);
    expect(await driver.reader.count({ table: usageTable })).toBe(0);
    expect(await usedOf(node, 'records')).toBe(5);
    await node.quotas.setLimit('org-a', 'records', 6, a);
    const work = [engine.insert('note', {}, a), engine.insert('note', {}, a)];
    expect((await outcomes(work)).done).toBe(1);
    expect(await driver.reader.count({ table: usageTable })).toBe(1);
  });

  it('a start counts anew what was missed, and a refusal does not lose the count', async () => {
    const startedAt = Date.now();
    const node = await open(name, { records: 3 });
    const { engine, driver, store } = node.runtime;
    for (let count = 0; count < 2; count += 1) await engine.insert('note', {}, a);
    const where = { op: 'eq', field: 'id', value: 'org-a records' } as const;
    const columns = ['used', 'counted_at'];
    await driver.transaction((session) =>
      session.update({ table: usageTable, set: { used: 7 }, where }),
    );
    expect(await usedOf(node, 'records')).toBe(7);
    const snapshot = () => store.current();
    const parts = { driver, snapshot, logger: silentLogger, now: () => Date.now() + 1_000 };
    const restarted = createQuotas({ ...parts, defaults: { records: 3 } });
    expect((await restarted.use('org-a'))[0]).toMatchObject({ quota: 'records', used: 2 });
    const full = createQuotas({
      ...parts,
      now: () => Date.now() + 5_000,
      defaults: { records: 1 },
    });
    const change = { object: 'note', operation: 'create', tenantId: 'org-a' } as RecordChange;
    const refused = driver.transaction(async (session) => {
      await session.update({ table: usageTable, set: { used: 9 }, where });
      await full.beforeCommit([change], session);
    });
    await expect(refused).rejects.toMatchObject({ code: 'quota_exceeded' });
    const countedAt = async () => {
      const [row] = await driver.reader.find({ table: usageTable, columns, where });
      return Date.parse(row?.['counted_at'] as string);
    };
    await expect.poll(countedAt).toBeGreaterThanOrEqual(startedAt + 5_000);
  });

  it('jobs of a day: parallel ones never go beyond, the next day begins anew (daily_quota_exceeded)', async () => {
    let now = 20_000 * DAY + 1;
    const node = await open(name, { jobsPerDay: 10 }, () => now);
    const { driver } = node.runtime;
    const jobs = createDatabase({ driver, isObject: () => false, onCommit: () => undefined });
    const enqueue = () =>
      jobs.transaction(a, async (_session, inner) => {
        await node.quotas.charge('jobsPerDay', 1, inner);
      });
    const { done, codes } = await outcomes(Array.from({ length: 20 }, enqueue));
    expect(done).toBe(10);
    expect(new Set(codes)).toEqual(new Set(['daily_quota_exceeded']));
    await expect(node.quotas.charge('jobsPerDay', 1, a)).rejects.toMatchObject({
      status: 429,
      details: { quota: 'jobsPerDay', limit: 10, used: 10, retryAfterSeconds: 86_400 },
    });
    const undone = jobs.transaction(b, async (_session, inner) => {
      await node.quotas.charge('jobsPerDay', 9, inner);
      throw new Error('undone');
    });
    await expect(undone).rejects.toThrow('undone');
    expect(await usedOf(node, 'jobsPerDay', 'org-b')).toBe(0);
    now += DAY;
    await enqueue();
    expect(await usedOf(node, 'jobsPerDay')).toBe(1);
  });

  it('calls are added up by all nodes', async () => {
    const node = await open(name, { apiCallsPerDay: 5 });
    const add = () => node.quotas.add('apiCallsPerDay', 'org-a', 2);
    const sums = await Promise.all(Array.from({ length: 20 }, add));
    expect(Math.max(...sums)).toBe(40);
    expect(await usedOf(node, 'apiCallsPerDay')).toBe(40);
  });
});
