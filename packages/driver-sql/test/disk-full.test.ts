import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Backend } from '../src/sql/backend.js';
import { createPlanner } from '../src/sql/plan.js';
import { schemaChangeSql } from '../src/sql/schema.js';
import { SqlSession } from '../src/sql/session.js';
import { openSqlite } from '../src/sqlite/backend.js';
import { sqliteDialect } from '../src/sqlite/dialect.js';
import { note, otherProgram, temporaryFile } from './support.js';

const planner = createPlanner(sqliteDialect);
const full = expect.objectContaining({ code: 'storage_full' }) as Error;
let file: string;
let backend: Backend;

beforeEach(async () => {
  file = temporaryFile();
  backend = await openSqlite({ kind: 'file', path: file }, planner);
  await run(...schemaChangeSql({ kind: 'createTable', table: note }, sqliteDialect));
  await add('before');
});
afterEach(() => backend.close());

const run = (...statements: string[]) =>
  backend.transaction(async (_, executor) => {
    for (const statement of statements) await executor.run(statement, []);
  }, false);

/** The limit stands for a disk that is full: SQLite answers with the same error. */
const takeAllSpace = () => run('PRAGMA max_page_count = 1');
const giveSpaceBack = () => run('PRAGMA max_page_count = 1000000');

const add = (id: string, characters = 20_000) =>
  backend.transaction(
    (session) => session.insert(note, [{ id, body: 'x'.repeat(characters) }]),
    true,
  );

const ids = async () =>
  (
    await SqlSession.reader(backend.reader, planner).find({
      table: note,
      columns: ['id'],
      orderBy: [{ field: 'id', direction: 'asc' }],
    })
  ).map((row) => row['id']);

it('refuses writes, goes on reading, and recovers without a restart', async () => {
  await takeAllSpace();
  await expect(add('refused')).rejects.toEqual(full);
  expect(await ids()).toEqual(['before']);
  expect(await backend.health()).toEqual({
    up: false,
    detail: expect.stringContaining('no space left') as string,
  });
  await giveSpaceBack();
  expect(await backend.health()).toEqual({ up: true });
  await add('after');
  expect(await ids()).toEqual(['after', 'before']);
  expect(otherProgram(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
});

it('acknowledges nobody who shared a commit that did not come about', async () => {
  await takeAllSpace();
  const outcomes = await Promise.allSettled(
    ['a', 'b', 'c', 'd'].map((id) => add(id, id === 'c' ? 50_000 : 1)),
  );
  const acknowledged = outcomes.flatMap(({ status }, index) =>
    status === 'fulfilled' ? ['abcd'.charAt(index)] : [],
  );
  expect(outcomes[2]).toMatchObject({ status: 'rejected', reason: { code: 'storage_full' } });
  expect(await ids()).toEqual(['before', ...acknowledged]);
});

it('writes nothing more in a transaction that SQLite ended, even when the work carries on', async () => {
  const together = await Promise.allSettled([
    add('good', 1),
    backend.transaction(async (session, executor) => {
      await session.insert(note, [{ id: 'first' }]);
      // Ends the transaction as some errors of the disk do.
      const ending = async () =>
        executor.run('INSERT OR ROLLBACK INTO note (id) VALUES (?)', ['before']);
      await expect(ending()).rejects.toMatchObject({ code: 'duplicate_value' });
      await session.insert(note, [{ id: 'second' }]);
    }, true),
    backend.transaction(async (_, executor) => {
      const ending = async () =>
        executor.run('INSERT OR ROLLBACK INTO note (id) VALUES (?)', ['before']);
      await ending().catch(() => undefined);
      return 'done';
    }, false),
  ]);
  expect(together.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  expect(await ids()).toEqual(['before']);
  await add('later', 1);
  expect(await ids()).toEqual(['before', 'later']);
});
