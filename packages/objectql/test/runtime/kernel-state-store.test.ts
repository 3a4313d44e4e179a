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
