import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diffSchema } from '@objectql/core/driver';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DEFAULT_DATABASE_URL, SqlDriver } from '../src/index.js';
import { parseDatabaseUrl } from '../src/database-url.js';
import { createPlanner } from '../src/sql/plan.js';
import { openSqlite } from '../src/sqlite/backend.js';
import { withoutMisboundNumbers } from '../src/sqlite/binding.js';
import { sqliteDialect } from '../src/sqlite/dialect.js';
import { createStatementCache } from '../src/sqlite/statement-cache.js';
import { connected, note, otherProgram, temporaryFile } from './support.js';

async function withNotes(file: string, ids: readonly string[] = []): Promise<SqlDriver> {
  const driver = await connected(file);
  await driver.applySchema(diffSchema(await driver.introspect(), [note]).changes);
  await driver.transaction((session) =>
    session.insert(
      note,
      ids.map((id) => ({ id })),
    ),
  );
  return driver;
}

describe('database URLs', () => {
  it.each([
    ['sqlite:./a/b.sqlite', 'a/b.sqlite'],
    ['sqlite:b', 'b'],
    ['sqlite:///tmp/b.sqlite', '/tmp/b.sqlite'],
    ['file:b.db', 'b.db'],
    ['file:///tmp/with%20space.db', '/tmp/with space.db'],
    ['./b.sqlite3', 'b.sqlite3'],
    ['/tmp/b.DB', '/tmp/b.DB'],
  ])('%s is the file %s', (url, file) => {
    expect(parseDatabaseUrl(url)).toEqual({ kind: 'file', path: path.resolve(file) });
  });

  it('knows the database in memory, and a default', () => {
    expect(parseDatabaseUrl(':memory:')).toEqual({ kind: 'memory' });
    expect(parseDatabaseUrl('sqlite::memory:')).toEqual({ kind: 'memory' });
    expect(parseDatabaseUrl()).toEqual(parseDatabaseUrl(DEFAULT_DATABASE_URL));
    expect(() => new SqlDriver()).not.toThrow();
  });

  it.each([
    '',
    'sqlite:',
    'file:',
    'nothing',
    'sqlite:a.db?mode=ro',
    'sqlite:a\0.db',
    'file://host/share.db',
    'mysql://user:secret@host/db.sqlite',
    'mysql://secret@host/db?password=secret',
    'mysql://x/y.db',
  ])('%j is refused, and no password told', (url) => {
    try {
      parseDatabaseUrl(url);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'unsupported_database_url' });
      expect(JSON.stringify(error) + String(error)).not.toContain('secret');
    }
  });
});

describe('database files', () => {
  it('are made with their folders, for their owner only, and keep their rows', async () => {
    const file = temporaryFile('new/folder/test.sqlite');
    const driver = await withNotes(file, ['a']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
    await driver.close();
    // A copy of the one file is a copy of the database.
    copyFileSync(file, `${file}.copy.sqlite`);
    expect(await (await connected(`${file}.copy.sqlite`)).reader.count({ table: note })).toBe(1);
    const again = await connected(file);
    expect(await again.reader.count({ table: note })).toBe(1);
    await again.close();
    await again.connect();
    expect(await again.reader.count({ table: note })).toBe(1);
  });

  it('in memory are private and leave nothing behind', async () => {
    const before = readdirSync(tmpdir());
    const [one, other] = await Promise.all([withNotes(':memory:', ['a']), withNotes(':memory:')]);
    expect(await one.reader.count({ table: note })).toBe(1);
    expect(await other.reader.count({ table: note })).toBe(0);
    await one.close();
    await other.close();
    const left = readdirSync(tmpdir()).filter((name) => !before.includes(name));
    expect(left.filter((name) => name.startsWith('objectos-memory-'))).toEqual([]);
  });

  it('are flushed to the disk with each commit', async () => {
    const backend = await openSqlite(
      { kind: 'file', path: temporaryFile() },
      createPlanner(sqliteDialect),
    );
    onTestFinished(() => backend.close());
    const pragmas = await backend.transaction(
      async (_, executor) => [
        await executor.all('PRAGMA journal_mode', []),
        await executor.all('PRAGMA synchronous', []),
      ],
      false,
    );
    const full = 2;
    expect(pragmas).toEqual([[['wal']], [[full]]]);
  });

  it('that are no database, or cannot be opened, are refused', async () => {
    const driver = new SqlDriver({ url: `sqlite:${import.meta.dirname}/sqlite.test.ts` });
    await expect(driver.connect()).rejects.toMatchObject({ code: 'storage_failed' });
    const folder = new SqlDriver({ url: `sqlite:${import.meta.dirname}` });
    await expect(folder.connect()).rejects.toMatchObject({ code: 'driver_unavailable' });
    await folder.close();
  });
});

describe('several programs on one file', () => {
  it('wait for each other without blocking the event loop', async () => {
    const file = temporaryFile();
    const one = await withNotes(file);
    const other = await connected(file);
    const first = one.transaction(async (session) => {
      await session.insert(note, [{ id: 'a' }]);
      // The other driver finds the file locked meanwhile.
      await new Promise((resolve) => setTimeout(resolve, 60));
    });
    const second = other.transaction((session) => session.insert(note, [{ id: 'b' }]), {
      commit: 'shared',
    });
    await Promise.all([first, second]);
    expect(await one.reader.count({ table: note })).toBe(2);
  });

  it('leave alone what an administrator added', async () => {
    const file = temporaryFile();
    const driver = await withNotes(file);
    otherProgram(file, 'CREATE INDEX by_hand ON note (size)');
    otherProgram(file, 'ALTER TABLE note ADD COLUMN extra BIGINT');
    const { changes, unused } = diffSchema(await driver.introspect(), [note]);
    expect({ changes, unused }).toEqual({ changes: [], unused: ['note.extra'] });
  });

  it('may store integers that a number cannot hold: they are read exactly', async () => {
    const file = temporaryFile();
    const driver = await withNotes(file);
    otherProgram(file, "INSERT INTO note (id, size) VALUES ('a', 9007199254740993), ('b', 7)");
    const rows = await driver.reader.find({ table: note, columns: ['id', 'size'] });
    expect(rows).toEqual([
      { id: 'a', size: '9007199254740993' },
      { id: 'b', size: 7 },
    ]);
    const [row] = await driver.reader.find({ table: note, columns: ['size'], limit: 1, offset: 1 });
    expect(row).toEqual({ size: 7 });
  });
});

describe('prepared statements', () => {
  it('are kept while they are used, and bounded in number', () => {
    const prepared: string[] = [];
    const cache = createStatementCache(10, (text) => {
      prepared.push(text);
      return text;
    });
    for (let index = 0; index < 100; index += 1) {
      cache.get('often');
      cache.get(`once ${index}`);
    }
    expect(prepared.filter((text) => text === 'often')).toHaveLength(1);
    expect(prepared).toHaveLength(101);
    expect(cache.size).toBeLessThanOrEqual(10);
    cache.clear();
    expect(cache.size).toBe(0);
  });

  it('use the index of a prefix that has no letters', async () => {
    const file = temporaryFile();
    const driver = await withNotes(file);
    const found: string[] = [];
    await driver.transaction(async (session) => {
      await session.insert(note, [
        { id: 'a', body: '0041-1' },
        { id: 'b', body: '0042-1' },
      ]);
      const where = { op: 'startsWith', field: 'body', value: '0042' } as const;
      const rows = await session.find({ table: note, columns: ['id'], where });
      found.push(...rows.map((row) => String(row['id'])));
    });
    expect(found).toEqual(['b']);
    const [plan] = otherProgram(
      file,
      `EXPLAIN QUERY PLAN SELECT id FROM note
       WHERE "body" >= '0042' AND "body" < '0043' AND "body" LIKE '' || '0042%' ESCAPE '\\'`,
    );
    expect(plan?.['detail']).toContain('USING INDEX note_body');
  });

  it('bind as text what the binding would round to another number', () => {
    expect(withoutMisboundNumbers([1e-17, -0.9999999999999999, 0.1, 5, 'x', null])).toEqual([
      '1e-17',
      '-0.9999999999999999',
      0.1,
      5,
      'x',
      null,
    ]);
    const untouched = [1, 0.5];
    expect(withoutMisboundNumbers(untouched)).toBe(untouched);
  });
});
