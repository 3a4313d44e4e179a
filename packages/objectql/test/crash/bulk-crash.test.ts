import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SqlDriver } from '@objectql/driver-sql';
import { systemContext } from '@objectos/spec/contracts';
import { bundleProgram, emptyPostgres, findPostgres } from '@objectos/testing';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { changeLogTable, createObjectQL } from '../../src/index.js';
import { FILES, ROWS } from './bulk-fixture.js';

const KILLS = 4;
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-bulk-crash-'));
const program = path.join(folder, 'writer.mjs');
const ctx = systemContext('test');
const server = await findPostgres();

beforeAll(async () => {
  await bundleProgram({ entry: new URL('bulk-writer.ts', import.meta.url), outfile: program });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets the writer run, kills it in the middle of its work, and tells what it acknowledged. */
async function writeAndKill(url: string, round: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, url, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    // The time counts from the first acknowledged write, so that each round kills a busy writer.
    if (output === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 300);
    output += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  return output.split('\n').slice(0, -1);
}

/** What is stored after the crash: everything that belongs together. */
async function look(url: string) {
  const driver = new SqlDriver({ url });
  const engine = createObjectQL({ driver });
  await engine.loadSources(FILES);
  try {
    const groups = await engine.aggregate(
      'entry',
      { groupBy: [{ field: 'batch' }], aggregations: [{ function: 'count' }], limit: 10_000 },
      ctx,
    );
    const { rows } = await engine.aggregate(
      'entry',
      {
        aggregations: [
          { function: 'sum', field: 'amount', alias: 'sum' },
          { function: 'count_distinct', field: 'number', alias: 'numbers' },
        ],
      },
      ctx,
    );
    const { records } = await engine.find('ledger', {}, ctx);
    const logged = await driver.reader.count({
      table: changeLogTable,
      where: { op: 'eq', field: 'object', value: 'entry' },
    });
    const entries = await engine.count('entry', {}, ctx);
    const found = await engine.find('entry', { search: 'word', count: 'exact', limit: 1 }, ctx);
    return {
      batches: new Map(groups.rows.map((row) => [row['batch'] as string, row['count']])),
      sum: rows[0]?.['sum'],
      total: records[0]?.['total'],
      counts: { entries, logged, numbers: rows[0]?.['numbers'], found: found.total },
    };
  } finally {
    await engine.close();
  }
}

it.each(server === undefined ? ['sqlite'] : ['sqlite', 'postgres'])(
  'bulk writes on %s survive kill -9 whole or not at all, with all that belongs to them',
  async (database) => {
    let url = `sqlite:${path.join(folder, 'bulk.sqlite')}`;
    let settled = async (): Promise<void> => undefined;
    if (database === 'postgres') {
      const place = await emptyPostgres(server ?? '');
      onTestFinished(() => place.drop());
      const name = `writer_${Date.now()}`;
      url = `${place.url}&application_name=${name}`;
      // What the dead process had begun is finished or undone by the server a moment later.
      settled = () =>
        expect
          .poll(() =>
            place.sql(`SELECT pid FROM pg_stat_activity WHERE application_name = $1`, [name]),
          )
          .toEqual([]);
    }
    const acknowledged: string[] = [];
    for (let round = 0; round < KILLS; round += 1) {
      acknowledged.push(...(await writeAndKill(url, round)));
      await settled();
      const { batches, sum, total, counts } = await look(url);
      expect(acknowledged.filter((batch) => !batches.has(batch))).toEqual([]);
      expect([...batches].filter(([, count]) => count !== ROWS)).toEqual([]);
      const entries = batches.size * ROWS;
      expect(counts).toEqual({ entries, logged: entries, numbers: entries, found: entries });
      expect(total).toBe(sum);
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(KILLS);
  },
  60_000,
);
