import { bundleProgram } from '@objectos/testing';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';
import { changeLog, record } from './crash-tables.js';

const KILLS = 20;
const folder = mkdtempSync(path.join(tmpdir(), 'objectos-crash-'));
const file = path.join(folder, 'crash.sqlite');
const program = path.join(folder, 'writer.mjs');

beforeAll(async () => {
  await bundleProgram({ entry: new URL('crash-writer.ts', import.meta.url), outfile: program });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Lets the writer run, kills it in the middle of its work, and tells what it acknowledged. */
async function writeAndKill(round: number, milliseconds: number): Promise<string[]> {
  const child = spawn(process.execPath, [program, `sqlite:${file}`, String(round)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    // The time counts from the first acknowledged write, so that each round kills a busy writer.
    if (output === '') setTimeout(() => child.kill('SIGKILL'), milliseconds);
    output += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.on('close', (_, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  // What follows the last line break was cut off in the middle.
  return output.split('\n').slice(0, -1);
}

async function storedIds(): Promise<{ records: unknown[]; logged: unknown[] }> {
  const driver = new SqlDriver({ url: `sqlite:${file}` });
  await driver.connect();
  try {
    const records = await driver.reader.find({ table: record, columns: ['id'] });
    const logged = await driver.reader.find({ table: changeLog, columns: ['record'] });
    return { records: records.map((row) => row['id']), logged: logged.map((row) => row['record']) };
  } finally {
    await driver.close();
  }
}

it(`keeps every acknowledged pair through ${KILLS} kills, and no half of one`, async () => {
  const acknowledged: string[] = [];
  for (let round = 0; round < KILLS; round += 1) {
    const milliseconds = Math.random() * 120;
    acknowledged.push(...(await writeAndKill(round, milliseconds)));
    const { records, logged } = await storedIds();
    const label = `round ${round}, killed after ${milliseconds} ms`;
    const stored = new Set(records);
    expect(
      acknowledged.filter((id) => !stored.has(id)),
      label,
    ).toEqual([]);
    expect(new Set(logged), label).toEqual(stored);
    expect(logged).toHaveLength(stored.size);
  }
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  const database = new DatabaseSync(file);
  expect(database.prepare('PRAGMA integrity_check').all()).toEqual([{ integrity_check: 'ok' }]);
  database.close();
}, 60_000);
