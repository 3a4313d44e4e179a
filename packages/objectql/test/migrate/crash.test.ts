import { bundleProgram } from '@objectos/testing';
import { spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SqlDriver } from '@objectql/driver-sql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataRuntime, changeLogTable, type DataRuntime } from '../../src/index.js';
import { after, before, PEOPLE } from './crash-fixture.js';
import { mortal } from './mortal.js';
import { system } from './support.js';

const folder = mkdtempSync(path.join(tmpdir(), 'objectos-migration-crash-'));
const original = path.join(folder, 'original.sqlite');
const program = path.join(folder, 'migrate.mjs');

beforeAll(async () => {
  await bundleProgram({ entry: new URL('crash-migration.ts', import.meta.url), outfile: program });
  await withRuntime(original, async (runtime) => {
    await runtime.load([{ layer: 'app', files: before }]);
    const people = Array.from({ length: PEOPLE }, (_, index) => ({
      name: `P${index}`,
      mail: `p${index}@example.com`,
      age: String(index % 90),
      score: index % 100 === 0 ? 'none' : String(index / 2),
      fax: `f${index}`,
    }));
    await runtime.engine.insertMany('contact', people, system);
    await runtime.engine.insert('pet', { name: 'Rex' }, system);
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function withRuntime<T>(
  file: string,
  work: (runtime: DataRuntime, driver: SqlDriver) => Promise<T>,
): Promise<T> {
  const driver = new SqlDriver({ url: `sqlite:${file}` });
  const runtime = createDataRuntime({ driver });
  await runtime.connect();
  try {
    return await work(runtime, driver);
  } finally {
    await driver.close();
  }
}

/** Migrates a fresh copy in a process that kills itself. */
async function killAt(file: string, count: number, where: 'before' | 'within'): Promise<void> {
  copyFileSync(original, file);
  const child = spawn(process.execPath, [program, `sqlite:${file}`, String(count), where], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = await new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  expect(ended).toBe('SIGKILL');
}

async function recover(file: string): Promise<void> {
  await withRuntime(file, async (runtime, driver) => {
    const layers = [{ layer: 'app', files: after }];
    const target = await runtime.target(layers);
    await runtime.migrator.apply(target, { allowDestructive: true });
    await runtime.load(layers);
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const { records } = await runtime.engine.find('person', { orderBy, limit: 1000 }, system);
    expect(records).toHaveLength(PEOPLE);
    records.forEach((record, index) => {
      expect(record).toMatchObject({
        name: `P${index}`,
        email: `p${index}@example.com`,
        age: index % 90,
        score: index % 100 === 0 ? null : index / 2,
        status: 'active',
        label: `P${index}/f${index}`,
      });
    });
    const log = await driver.reader.find({
      table: changeLogTable,
      columns: ['after'],
      where: { op: 'eq', field: 'object', value: 'person' },
    });
    expect(log).toHaveLength(PEOPLE);
    expect(log.every((row) => 'email' in (row['after'] as object))).toBe(true);
    const status = await runtime.migrator.status(target);
    expect(status.running).toBeUndefined();
    expect(status.drift).toEqual([]);
    expect(status.report.plan.steps).toEqual([]);
    expect(status.history.filter(({ kind }) => kind === 'apply')).toHaveLength(2);
  });
}

/** Takes the recovered migration back and expects every former value. */
async function expectUndo(file: string): Promise<void> {
  await withRuntime(file, async (runtime) => {
    await runtime.migrator.undo({ allowDestructive: true });
    await runtime.load([{ layer: 'app', files: before }]);
    const orderBy = [{ field: 'id', direction: 'asc' }] as const;
    const { records } = await runtime.engine.find('contact', { orderBy, limit: 1000 }, system);
    records.forEach((record, index) => {
      expect(record).toMatchObject({
        mail: `p${index}@example.com`,
        age: String(index % 90),
        score: index % 100 === 0 ? 'none' : String(index / 2),
        fax: `f${index}`,
      });
    });
    expect(await runtime.engine.count('pet', {}, system)).toBe(1);
  });
}

/** Migrates a fresh copy with a driver that dies; true when it came to its end before. */
async function dieAt(file: string, count: number): Promise<boolean> {
  copyFileSync(original, file);
  const driver = new SqlDriver({ url: `sqlite:${file}` });
  const death = new Error('dead');
  const die = (): never => {
    throw death;
  };
  const runtime = createDataRuntime({ driver: mortal(driver, { count, where: 'before', die }) });
  try {
    await runtime.connect();
    const target = await runtime.target([{ layer: 'app', files: after }]);
    await runtime.migrator.apply(target, { allowDestructive: true });
    return true;
  } catch (error) {
    if (error !== death) expect(error).toMatchObject({ cause: death });
    return false;
  } finally {
    await driver.close();
  }
}

describe('a migration that is interrupted', () => {
  it('before any of its transactions goes on with the next attempt, and can be undone', async () => {
    let ended = false;
    let deaths = 0;
    for (let count = 1; !ended; count += 1) {
      const file = path.join(folder, `before-${count}.sqlite`);
      ended = await dieAt(file, count);
      await recover(file);
      if (ended || count % 3 === 0) await expectUndo(file);
      if (!ended) deaths += 1;
    }
    expect(deaths).toBeGreaterThan(20);
  }, 300_000);

  it.each([
    [3, 'before'],
    [8, 'within'],
    [11, 'within'],
    [15, 'before'],
    [20, 'within'],
    [26, 'before'],
  ] as const)(
    'by kill -9 in transaction %i (%s) does as well',
    async (count, where) => {
      const file = path.join(folder, `killed-${count}.sqlite`);
      await killAt(file, count, where);
      await recover(file);
      await expectUndo(file);
    },
    60_000,
  );
});
