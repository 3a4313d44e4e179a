import type { TableSchema } from '@objectql/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MongoDriver } from '../src/index.js';
import { startEmulator, type Emulator } from './emulator/emulator.js';

const table: TableSchema = {
  name: 'thing',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'code', type: 'text', nullable: true },
  ],
  indexes: [{ name: 'thing_code', columns: ['code'], unique: true }],
};
const all = { op: 'and', args: [] } as const;

let emulator: Emulator;
let driver: MongoDriver;

const open = async (parameters = ''): Promise<MongoDriver> => {
  const opened = new MongoDriver({
    url: `${emulator.url}?serverSelectionTimeoutMS=1500${parameters}`,
  });
  await opened.connect();
  return opened;
};
const insert = (id: string, code: string | null = null, by: MongoDriver = driver) =>
  by.transaction((session) => session.insert(table, [{ id, code }]));
const ids = async (): Promise<unknown[]> => {
  const orderBy = [{ field: 'id', direction: 'asc' }] as const;
  return (await driver.reader.find({ table, columns: ['id'], orderBy })).map(({ id }) => id);
};

beforeEach(async () => {
  emulator = await startEmulator();
  driver = await open();
  await driver.applySchema([{ kind: 'createTable', table }]);
});
afterEach(async () => {
  await driver.close();
  await emulator.stop();
});

describe('transactions', () => {
  const transient = ['TransientTransactionError'];

  it.each(['insert', 'commitTransaction'])(
    'are run again when the server ends them at "%s"',
    async (command) => {
      emulator.fail({ command, code: 112, labels: transient, times: 2 });
      let runs = 0;
      await driver.transaction(async (session) => {
        runs += 1;
        await session.insert(table, [{ id: 'a' }]);
      });
      expect(runs).toBe(3);
      expect(await ids()).toEqual(['a']);
    },
  );

  it('are given up after three repetitions, with nothing written', async () => {
    emulator.fail({ command: 'insert', code: 112, labels: transient, times: 99 });
    await expect(insert('a')).rejects.toMatchObject({ code: 'transaction_conflict' });
    expect(await ids()).toEqual([]);
  });

  it('are run again when the connection breaks, and written once', async () => {
    emulator.fail({ command: 'insert' });
    await insert('a');
    expect(await ids()).toEqual(['a']);
  });

  it('are committed once, though the answer to the commit was lost', async () => {
    emulator.fail({ command: 'commitTransaction', after: true });
    await insert('a');
    expect(await ids()).toEqual(['a']);
  });

  it('of which nobody knows whether they count are not run again', async () => {
    emulator.fail({ command: 'commitTransaction', after: true });
    emulator.fail({ command: 'commitTransaction', times: 99 });
    let runs = 0;
    const lost = driver.transaction(async (session) => {
      runs += 1;
      await session.insert(table, [{ id: 'a' }]);
    });
    await expect(lost).rejects.toMatchObject({ code: 'driver_unavailable' });
    expect(runs).toBe(1);
  });

  it('wait for those of another process, and see what it wrote', async () => {
    const other = await open();
    const counts = await Promise.all(
      Array.from({ length: 24 }, (_, index) =>
        (index % 2 === 0 ? driver : other).transaction(async (session) => {
          const before = await session.count({ table });
          await session.insert(table, [{ id: `t${index}` }]);
          return before;
        }),
      ),
    );
    expect([...counts].sort((one, next) => one - next)).toEqual(counts.map((_, index) => index));
    await other.close();
  });

  it('go on after a refused row where nobody else has written meanwhile', async () => {
    await insert('taken', 'x');
    let runs = 0;
    await driver.transaction(async (session) => {
      runs += 1;
      await session.insert(table, [{ id: 'a', code: 'a' }]);
      await Promise.resolve(session.insert(table, [{ id: 'b', code: 'x' }])).catch(() => undefined);
      await session.insert(table, [{ id: 'c' }]);
    });
    expect([runs, await ids()]).toEqual([1, ['a', 'c', 'taken']]);
  });

  it('are run again where somebody has', async () => {
    await insert('taken', 'x');
    let runs = 0;
    await driver.transaction(async (session) => {
      runs += 1;
      await session.insert(table, [{ id: 'a', code: 'a' }]);
      // Between the end of the transaction and its beginning anew.
      emulator.after('abortTransaction', () => {
        emulator.change('test', 'objectql_catalog', (one) =>
          one['_id'] === 'writer' && runs === 1 ? { ...one, turn: Number(one['turn']) + 1 } : one,
        );
      });
      const refused = Promise.resolve(session.insert(table, [{ id: 'b', code: 'x' }]));
      await refused.catch(() => undefined);
      await session.insert(table, [{ id: 'c' }]);
    });
    expect([runs, await ids()]).toEqual([2, ['a', 'c', 'taken']]);
  });
});

describe('a server that is away', () => {
  it('is told as such, and used again when it is back', async () => {
    await insert('a');
    await emulator.stop();
    await expect(insert('b')).rejects.toMatchObject({ code: 'driver_unavailable' });
    await expect(ids()).rejects.toMatchObject({ code: 'driver_unavailable' });
    expect((await driver.health()).up).toBe(false);
    await emulator.start();
    await expect.poll(async () => (await driver.health()).up).toBe(true);
    await insert('c');
    expect(await ids()).toEqual(['a', 'c']);
  });

  it('is told at the start', async () => {
    const nowhere = new MongoDriver({ url: 'mongodb://127.0.0.1:1/x?serverSelectionTimeoutMS=50' });
    await expect(nowhere.connect()).rejects.toMatchObject({ code: 'driver_unavailable' });
    await nowhere.close();
  });
});

describe('a server that will not do', () => {
  it.each([
    ['without transactions', { standalone: true }, 'replica set'],
    ['of an old version', { wireVersion: 13 }, '6.0'],
  ])('is refused at the start: %s', async (_, options, reason) => {
    const old = await startEmulator(options);
    const refused = new MongoDriver({ url: old.url });
    const error: unknown = await refused.connect().catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'driver_unavailable' });
    expect(String(error)).toContain(reason);
    await old.stop();
  });
});

describe('statements', () => {
  it('have a time limit, which the server is told', async () => {
    const limited = await open('&statement_timeout=1234');
    emulator.fail({ command: 'aggregate', code: 50 });
    const slow = limited.reader.count({ table, where: all });
    await expect(slow).rejects.toMatchObject({ code: 'statement_timeout' });
    await limited.transaction(async (session) => {
      await session.insert(table, [{ id: 'a' }]);
      await session.update({ table, set: { code: 'x' }, where: all });
      await session.delete({ table, where: all });
    });
    for (const command of ['aggregate', 'insert', 'delete']) {
      const sent = emulator.log.filter((one) => Object.keys(one)[0] === command).at(-1);
      expect(sent?.['maxTimeMS'], command).toBe(1234);
    }
    await limited.close();
  });

  it('say when the disk is full, and what failed otherwise', async () => {
    emulator.fail({ command: 'insert', code: 14_031 });
    await expect(insert('a')).rejects.toMatchObject({ code: 'storage_full' });
    emulator.fail({ command: 'insert', code: 2 });
    await expect(insert('a')).rejects.toMatchObject({ code: 'storage_failed' });
    await insert('a');
    expect(await ids()).toEqual(['a']);
  });
});

describe('URLs', () => {
  it.each([
    'mongodb://user:secret@host/db?pool=1',
    'mongodb://user:secret@host/db?pool=101',
    'mongodb://user:secret@host/db?statement_timeout=0',
    'mongodb://user:secret@host/a.b',
    'mongodb://user:secret@host/db?nonsense=1',
    'mongodb://user:sec/ret@host/db',
    'http://user:secret@host/db',
    'mongodb://',
  ])('refuses %j without telling its password', async (url) => {
    const error: unknown = await Promise.resolve()
      .then(() => new MongoDriver({ url }).connect())
      .catch((one: unknown) => one);
    expect(error).toMatchObject({ code: 'unsupported_database_url' });
    expect(String(error)).not.toContain('secret');
  });
});
