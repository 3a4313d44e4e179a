import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { SqlDriver } from '@objectql/driver-sql';
import { changeLogTable } from '@objectql/core';
import { root, startServer, temporaryFolder } from '../support/server.js';

const KILLS = 20;
const WRITERS = 8;
const folder = temporaryFolder();
afterAll(() => folder.remove());

describe('kill -9 in the middle of concurrent writes', () => {
  it(`loses no acknowledged record in ${KILLS} crashes`, { timeout: 240_000 }, async () => {
    const database = path.join(folder.path, 'crash.sqlite');
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      acknowledged.push(...(await writeUntilKilled(database, round)));
    }
    expect(acknowledged.length).toBeGreaterThan(KILLS);
    await expectWhole(database, acknowledged);
  });
});

/** Writes from several connections and kills the server after a number of answers that differs per round. */
async function writeUntilKilled(database: string, round: number): Promise<string[]> {
  const server = await startServer(path.join(root, 'examples/minimal'), { database });
  const object = 'note';
  const ids: string[] = [];
  const killAfter = 5 + ((round * 37) % 60);
  let killed = false;
  const writer = async (name: string) => {
    for (let serial = 0; !killed; serial += 1) {
      const answer = await server
        .request('POST', `/api/data/${object}`, { title: `${name}-${String(serial)}` })
        .catch(() => undefined);
      if (answer === undefined) return;
      if (answer.status !== 201)
        throw new Error(`answered ${String(answer.status)}: ${JSON.stringify(answer.body)}`);
      ids.push(answer.body.data.id as string);
      if (ids.length >= killAfter) {
        killed = true;
        server.child.kill('SIGKILL');
      }
    }
  };
  await Promise.all(
    Array.from({ length: WRITERS }, (_, index) => writer(`r${String(round)}w${String(index)}`)),
  );
  await server.stop('SIGKILL');
  return ids;
}

async function expectWhole(database: string, acknowledged: readonly string[]): Promise<void> {
  const driver = new SqlDriver({ url: `sqlite:${database}` });
  await driver.connect();
  const tables = await driver.introspect();
  const table = tables.find((one) => one.name === 'note');
  if (table === undefined) throw new Error('the table is gone');
  const rows = await driver.reader.find({ table, columns: ['id', 'revision'] });
  const log = await driver.reader.find({
    table: changeLogTable,
    columns: ['record_id', 'operation'],
  });
  const logged = new Set(log.map((row) => row['record_id']));
  const stored = new Set(rows.map((row) => row['id']));
  expect(acknowledged.filter((id) => !stored.has(id))).toEqual([]);
  expect([...stored].filter((id) => !logged.has(id))).toEqual([]);
  expect([...logged].filter((id) => !stored.has(id))).toEqual([]);
  await driver.close();
}
