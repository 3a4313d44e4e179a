import type { SchemaChange, TableSchema } from '@objectql/core/driver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MongoDriver } from '../src/index.js';
import { startEmulator, type Emulator } from './emulator/emulator.js';

const table: TableSchema = {
  name: 'thing',
  columns: [
    { name: 'id', type: 'text', nullable: false },
    { name: 'code', type: 'text', nullable: true },
    { name: 'note', type: 'text', nullable: true },
  ],
  indexes: [],
};
const unique = { name: 'thing_code', columns: ['code'], unique: true } as const;
const createIndex: SchemaChange = { kind: 'createIndex', table, index: unique };

let emulator: Emulator;
let driver: MongoDriver;

const open = async (): Promise<MongoDriver> => {
  const opened = new MongoDriver({ url: `${emulator.url}?serverSelectionTimeoutMS=400` });
  await opened.connect();
  return opened;
};
const insert = (id: string, values: Record<string, unknown> = {}) =>
  driver.transaction((session) => session.insert(table, [{ id, ...values }]));
const indexNames = () => emulator.indexes('test', 'thing').map(({ name }) => name);
const garbage = (): unknown =>
  emulator.documents('test', 'objectql_catalog').find(({ _id }) => _id === 'tables')?.['garbage'];

beforeEach(async () => {
  emulator = await startEmulator();
  driver = await open();
  await driver.applySchema([{ kind: 'createTable', table }]);
});
afterEach(async () => {
  await driver.close();
  await emulator.stop();
});

describe('schema changes', () => {
  it('leave nothing behind: a dropped column is gone from the documents', async () => {
    await insert('a', { code: 'x', note: 'secret' });
    await driver.applySchema([{ kind: 'dropColumn', table: 'thing', column: 'note' }]);
    expect(emulator.documents('test', 'thing')).toEqual([{ _id: 'a', code: 'x' }]);
    expect(garbage()).toEqual([]);
    const note = { name: 'note', type: 'text', nullable: true } as const;
    await driver.applySchema([{ kind: 'addColumn', table, column: note }]);
    await insert('b', { note: 'again' });
    expect((await driver.introspect())[0]?.columns.map(({ name }) => name)).toContain('note');
    expect(emulator.documents('test', 'thing')[1]).toEqual({ _id: 'b', note__2: 'again' });
  });

  it('rename without touching a document', async () => {
    await insert('a', { code: 'x' });
    const before = emulator.log.length;
    await driver.applySchema([
      { kind: 'renameColumn', table: 'thing', from: 'code', to: 'label' },
      { kind: 'renameTable', from: 'thing', to: 'item' },
    ]);
    const touched = emulator.log.slice(before).map((one): unknown => Object.values(one)[0]);
    expect(touched).not.toContain('thing');
    expect(emulator.collections('test')).toContain('thing');
    // The old name is free, its collection is not.
    await driver.applySchema([{ kind: 'createTable', table }]);
    await insert('b');
    expect(emulator.documents('test', 'thing__2')).toEqual([{ _id: 'b' }]);
  });

  it('make an index once, however it is called, and keep it while one needs it', async () => {
    const twin = { ...unique, name: 'other' };
    await driver.applySchema([createIndex, { kind: 'createIndex', table, index: twin }]);
    expect(indexNames()).toEqual(['code_1_unique']);
    await driver.applySchema([{ kind: 'dropIndex', table: 'thing', index: 'thing_code' }]);
    expect(indexNames()).toEqual(['code_1_unique']);
    await driver.applySchema([{ kind: 'dropIndex', table: 'thing', index: 'other' }]);
    expect(indexNames()).toEqual([]);
  });

  it('that fail take back what was made for them', async () => {
    const other = { ...table, name: 'other' };
    await expect(
      driver.applySchema([{ kind: 'createTable', table: other }, createIndex], () => {
        throw new RangeError('on purpose');
      }),
    ).rejects.toThrow(RangeError);
    expect(indexNames()).toEqual([]);
    expect(emulator.collections('test')).not.toContain('other');
    expect(garbage()).toEqual([]);
  });

  it('of a process that died are taken back by the next', async () => {
    // The index is made, the catalog not yet changed.
    const died = driver.applySchema([createIndex], async () => {
      await emulator.stop();
      throw new RangeError('dead');
    });
    await expect(died).rejects.toThrow();
    await emulator.start();
    expect(indexNames()).toEqual(['code_1_unique']);
    // Its lease still runs, so it could be alive.
    await (await open()).close();
    expect(indexNames()).toEqual(['code_1_unique']);
    emulator.drop('test', 'objectql_locks');
    const next = await open();
    expect(indexNames()).toEqual([]);
    expect(garbage()).toEqual([]);
    await next.applySchema([createIndex]);
    expect(indexNames()).toEqual(['code_1_unique']);
    await next.close();
  });

  it('are noticed by other nodes, at the next statement that needs to know', async () => {
    const other = await open();
    const items = { ...table, name: 'item' };
    await driver.applySchema([{ kind: 'createTable', table: items }]);
    expect(await other.reader.count({ table: items })).toBe(0);
    await driver.applySchema([{ kind: 'dropColumn', table: 'thing', column: 'note' }]);
    const stale = other.transaction((session) => session.insert(table, [{ id: 'a', note: 'x' }]));
    await expect(stale).rejects.toMatchObject({ code: 'storage_failed' });
    await other.close();
  });
});
