import { createTestKernel } from '@objectos/testing';
import {
  accessPolicyService,
  dataEngineService,
  definePlugin,
  systemContext,
  type ContextCarrier,
  type ExecutionContext,
} from '@objectos/spec/contracts';
import { SqlDriver } from '@objectql/driver-sql';
import type { TableSchema } from '../../src/driver/index.js';
import {
  createMemoryDatabase,
  databaseService,
  objectqlPlugin,
  type Database,
} from '../../src/plugin/index.js';
import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from 'vitest';

const job: TableSchema = {
  name: 'job',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'state', type: 'text', nullable: true },
  ],
  indexes: [],
};
const account: TableSchema = { ...job, name: 'account' };
const changeLog: TableSchema = { ...job, name: 'sys_change_log' };
const anyRow = { op: 'and', args: [] } as const;
const ctx = systemContext('test');

function carrier(): ContextCarrier {
  const storage = new AsyncLocalStorage<ExecutionContext>();
  return { run: (context, work) => storage.run(context, work), current: () => storage.getStore() };
}

async function open() {
  const policy = definePlugin({
    manifest: { id: 'policy', version: '1.0.0' },
    provides: [accessPolicyService],
    setup(context) {
      context.provide(accessPolicyService, { decide: () => ({ allowed: true }) });
    },
  });
  const created: string[] = [];
  const watcher = definePlugin({
    manifest: { id: 'watcher', version: '1.0.0' },
    setup(context) {
      context.on('data.record.created', ({ id }) => void created.push(id));
    },
  });
  const kernel = await createTestKernel({
    plugins: [
      policy,
      watcher,
      objectqlPlugin({
        driver: new SqlDriver({ url: ':memory:' }),
        carrier: carrier(),
        applicationFiles: async () => [
          {
            file: 'account.object.yml',
            text: 'name: account\nlabel: Account\nfields:\n  name: { type: text }\n',
          },
        ],
      }),
    ],
  });
  const database = kernel.service(databaseService);
  await database.ensureTables([job]);
  return { database, engine: kernel.service(dataEngineService), created };
}

const jobs = (database: Database) => database.reader.count({ table: job });

describe('the database of plugins', () => {
  it('makes tables once, adds what they lack, and keeps rows', async () => {
    const { database } = await open();
    await database.transaction(ctx, (session) => session.insert(job, [{ id: 'a' }]));
    const wider: TableSchema = {
      ...job,
      columns: [...job.columns, { name: 'n', type: 'integer', nullable: true }],
    };
    await database.ensureTables([wider]);
    expect(await jobs(database)).toBe(1);
    const columns = job.columns.map((column) => ({ ...column, type: 'integer' as const }));
    await expect(database.ensureTables([{ ...job, columns }])).rejects.toMatchObject({
      code: 'destructive_schema_change',
    });
    expect(database.capabilities).toMatchObject({ aggregate: true });
  });

  it('commits rows of plugins and records of objects together, and tells the event then', async () => {
    const { database, engine, created } = await open();
    await database.transaction(ctx, async (session, inside) => {
      await session.insert(job, [{ id: 'a' }]);
      await engine.insert('account', { name: 'Acme' }, inside);
      expect(await database.sessionOf(inside).count({ table: job })).toBe(1);
      expect(await jobs(database)).toBe(0);
      expect(created).toEqual([]);
    });
    expect(await jobs(database)).toBe(1);
    await expect.poll(() => created.length).toBe(1);
    const failing = database.transaction(ctx, async (session, inside) => {
      await engine.insert('account', { name: 'Lost' }, inside);
      await session.insert(job, [{ id: 'a' }]);
    });
    await expect(failing).rejects.toMatchObject({ code: 'duplicate_value' });
    expect(await engine.count('account', {}, ctx)).toBe(1);
  });

  it('joins the transaction of a hook', async () => {
    const { database, engine } = await open();
    engine.hook(
      'afterInsert',
      'account',
      async ({ id, ctx: inside, record }) => {
        await database.transaction(inside, (session) => session.insert(job, [{ id }]));
        if (record['name'] === 'Veto') throw new Error('on purpose');
      },
      { owner: 'test' },
    );
    await engine.insert('account', { name: 'Acme' }, ctx);
    await expect(engine.insert('account', { name: 'Veto' }, ctx)).rejects.toThrow();
    expect(await jobs(database)).toBe(1);
  });

  it('keeps plugins from the records of objects, however they ask', async () => {
    const { database } = await open();
    const refused = (work: () => unknown) =>
      expect(Promise.resolve().then(work)).rejects.toMatchObject({ code: 'table_not_accessible' });
    const { reader } = database;
    const exists = {
      op: 'exists',
      table: account,
      on: [{ outer: 'id', inner: 'id' }],
    } as const;
    const nested = { op: 'or', args: [{ op: 'not', arg: exists }] } as const;
    await refused(() => database.ensureTables([account]));
    await refused(() => reader.find({ table: account, columns: ['id'] }));
    await refused(() => reader.find({ table: job, columns: ['id'], where: nested }));
    await refused(() =>
      reader.count({ table: job, where: { ...exists, table: job, where: exists } }),
    );
    await refused(() => reader.aggregate({ table: account, aggregations: [] }));
    const claim = { where: anyRow, orderBy: [], limit: 1, set: { state: 'x' }, returning: ['id'] };
    await refused(() =>
      database.transaction(ctx, async (session) => {
        await refused(() => session.insert(account, [{ id: 'x' }]));
        await refused(() => session.update({ table: account, set: { id: 'x' }, where: anyRow }));
        await refused(() => session.delete({ table: account, where: anyRow }));
        await refused(() => session.claim({ table: account, ...claim }));
        await refused(() => session.nested((inner) => inner.count({ table: account })));
        await session.delete({ table: job, where: exists });
      }),
    );
  });

  it('lets plugins read the change log, and nobody but the engine write it', async () => {
    const { database, engine } = await open();
    await engine.insert('account', { name: 'Acme' }, ctx);
    expect(await database.reader.count({ table: changeLog })).toBe(1);
    const forged = database.transaction(ctx, (session) =>
      session.delete({ table: changeLog, where: anyRow }),
    );
    await expect(forged).rejects.toMatchObject({ code: 'table_not_accessible' });
  });
});

describe('afterCommit', () => {
  const kinds = {
    memory: async () => createMemoryDatabase(),
    'the application': async () => (await open()).database,
  };
  it.each(Object.entries(kinds))(
    'tells what is committed, and nothing else, on %s',
    async (_, make) => {
      const database = await make();
      await database.ensureTables([job]);
      const told: string[] = [];
      const tell = (inner: ExecutionContext, what: string) =>
        database.afterCommit(inner, () => void told.push(what));
      tell(ctx, 'at once');
      await database.transaction(ctx, async (_session, inner) => {
        tell(inner, 'outer');
        await database.transaction(inner, (_nested, deeper) => tell(deeper, 'inner'));
        expect(told).toEqual(['at once']);
      });
      expect(told).toEqual(['at once', 'outer', 'inner']);
      const failing = database.transaction(ctx, (_session, inner) => {
        tell(inner, 'never');
        throw new RangeError('on purpose');
      });
      await expect(failing).rejects.toThrow(RangeError);
      expect(told).toEqual(['at once', 'outer', 'inner']);
    },
  );

  it('forgets what a failed part of a transaction wanted to tell', async () => {
    const { database } = await open();
    const told: string[] = [];
    await database.transaction(ctx, async (_session, inner) => {
      const part = database.transaction(inner, (_nested, deeper) => {
        database.afterCommit(deeper, () => void told.push('never'));
        throw new RangeError('on purpose');
      });
      await part.catch(() => undefined);
      database.afterCommit(inner, () => void told.push('told'));
    });
    expect(told).toEqual(['told']);
  });
});

it('a database in memory knows conditions on other tables', async () => {
  const database = createMemoryDatabase();
  await database.ensureTables([job, account]);
  await database.transaction(ctx, async (session) => {
    await session.insert(job, [
      { id: 'a', state: 'x' },
      { id: 'b', state: 'y' },
      { id: 'c', state: null },
    ]);
    await session.insert(account, [{ id: 'x', state: 'good' }]);
  });
  const ids = async (state: string) => {
    const where = {
      op: 'exists',
      table: account,
      on: [{ outer: 'state', inner: 'id' }],
      where: { op: 'eq', field: 'state', value: state },
    } as const;
    return (await database.reader.find({ table: job, columns: ['id'], where })).map(({ id }) => id);
  };
  expect(await ids('good')).toEqual(['a']);
  expect(await ids('bad')).toEqual([]);
});
