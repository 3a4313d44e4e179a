import type { TableSchema } from '@objectql/core/driver';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';

const note: TableSchema = {
  name: 'note',
  columns: [{ name: 'id', type: 'text', nullable: false }],
  indexes: [],
};

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'driver-sql-copy-'));
  file = path.join(folder, 'data.sqlite');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function connected(location: string): Promise<SqlDriver> {
  const driver = new SqlDriver({ url: `sqlite:${location}` });
  await driver.connect();
  return driver;
}

describe('copies of a SQLite database', () => {
  it('hold what was committed, are readable by their owner only, and replace each other', async () => {
    const driver = await connected(file);
    await driver.applySchema([{ kind: 'createTable', table: note }]);
    await driver.transaction((session) => session.insert(note, [{ id: 'a' }]));
    await driver.backup('before_it');
    await driver.transaction((session) => session.insert(note, [{ id: 'b' }]));
    const target = await driver.backup('before_it');
    await driver.transaction((session) => session.insert(note, [{ id: 'c' }]));
    await driver.close();
    expect(target).toBe(`${file}.before_it.backup`);
    expect(statSync(target as string).mode & 0o777).toBe(0o600);
    const copy = await connected(target as string);
    expect(await copy.reader.count({ table: note })).toBe(2);
    await copy.close();
  });

  it('are not made of a temporary database, nor under a name that leaves the folder', async () => {
    const temporary = new SqlDriver({ url: 'sqlite::memory:' });
    await temporary.connect();
    expect(await temporary.backup('x')).toBeUndefined();
    await temporary.close();
    const driver = await connected(file);
    await expect(driver.backup('../x')).rejects.toMatchObject({ code: 'storage_failed' });
    await driver.close();
  });
});

describe('exclusive work on one SQLite file', () => {
  it('excludes another connection to the same file, and leaves the file writable', async () => {
    const [one, other] = [await connected(file), await connected(file)];
    await one.applySchema([{ kind: 'createTable', table: note }]);
    let running = 0;
    const work = async () => {
      running += 1;
      expect(running).toBe(1);
      await one.transaction((session) => session.insert(note, [{ id: crypto.randomUUID() }]));
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
    };
    await Promise.all([
      one.exclusive('migrate', work),
      other.exclusive('migrate', work),
      one.exclusive('migrate', work),
    ]);
    expect(await other.reader.count({ table: note })).toBe(3);
    await expect(one.exclusive('../x', work)).rejects.toMatchObject({ code: 'storage_failed' });
    await Promise.all([one.close(), other.close()]);
  });
});
