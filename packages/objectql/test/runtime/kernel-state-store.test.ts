import { emptyPostgres, findPostgres } from '@objectos/testing';
import { SqlDriver } from '@objectql/driver-sql';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createKernelStateStore } from '../../src/plugin/index.js';
import { prepareSystemTables } from '../../src/runtime/data-runtime.js';

it('lets one node at a time install, over one database', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-state-'));
  const nodes = [1, 2].map(() => {
    const driver = new SqlDriver({ url: `sqlite:${path.join(folder, 'app.sqlite')}` });
    return { driver, store: createKernelStateStore(driver, () => prepareSystemTables(driver)) };
  });
  onTestFinished(async () => {
    await Promise.all(nodes.map(({ driver }) => driver.close()));
    rmSync(folder, { recursive: true });
  });
  const log: string[] = [];
  const install = async (name: number): Promise<void> => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 60));
    log.push(`${name} ends`);
  };
  await Promise.all(nodes.map(({ store }, index) => store.exclusive!(() => install(index))));
  const [first, second] = log[0] === '0 begins' ? [0, 1] : [1, 0];
  expect(log).toEqual([`${first} begins`, `${first} ends`, `${second} begins`, `${second} ends`]);
});

const postgres = await findPostgres();

it.each([
  ['SQLite', true],
  ['PostgreSQL', postgres !== undefined],
])('makes a value once on %s, whichever node asks first', async (kind, isThere) => {
  if (!isThere) return;
  const url = await database(kind);
  const drivers = Array.from({ length: 4 }, () => new SqlDriver({ url }));
  onTestFinished(async () => {
    await Promise.all(drivers.map((driver) => driver.close()));
  });
  const storages = drivers.map((driver) =>
    createKernelStateStore(driver, () => prepareSystemTables(driver)).storage('own'),
  );
  for (let round = 0; round < 10; round += 1) {
    const kept = await Promise.all(
      storages.map((storage, node) => storage.setIfAbsent(`secret ${round}`, `made by ${node}`)),
    );
    expect(kept[0]).toMatch(/^made by \d$/);
    expect(new Set(kept).size).toBe(1);
    for (const storage of storages) expect(await storage.get(`secret ${round}`)).toBe(kept[0]);
  }
  await storages[0]!.delete('secret 0');
  expect(await storages[1]!.setIfAbsent('secret 0', { made: 'anew' })).toEqual({ made: 'anew' });
});

/** URL of an empty database that several drivers share, gone after the test. */
async function database(kind: string): Promise<string> {
  if (kind === 'PostgreSQL') {
    const place = await emptyPostgres(postgres!);
    onTestFinished(() => place.drop());
    return place.url;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-state-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return `sqlite:${path.join(folder, 'app.sqlite')}`;
}
