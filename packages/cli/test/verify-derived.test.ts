import { SqlDriver } from '@objectql/driver-sql';
import { dataEngineService, systemContext } from '@objectos/spec/contracts';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { withApplication } from '../src/headless.js';
import { main } from '../src/main.js';

let folder: string;
let output: string;
let database: string;

const io = {
  stdout: { write: (text: string) => (output += text) },
  stderr: { write: () => true },
  environment: {},
};

beforeEach(() => {
  output = '';
  folder = mkdtempSync(path.join(os.tmpdir(), 'objectos-verify-'));
  database = `sqlite:${path.join(folder, 'test.sqlite')}`;
  mkdirSync(path.join(folder, 'objects'));
  writeFileSync(
    path.join(folder, 'objects/order.object.yml'),
    'fields:\n  lines: { type: summary, summaryOperations: { object: line, function: count } }\n',
  );
  writeFileSync(
    path.join(folder, 'objects/line.object.yml'),
    'fields:\n  order: { type: master_detail, reference: order }\n',
  );
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('finds a value that somebody changed behind the engine, and repairs it on demand', async () => {
  const ctx = systemContext('test');
  await withApplication(folder, { database }, io, async ({ kernel }) => {
    const engine = kernel.service(dataEngineService);
    await engine.insert('order', { id: 'o1' }, ctx, { acceptId: true });
    await engine.insert('line', { order: 'o1' }, ctx);
  });
  expect(await main(['verify', 'derived', folder, '--database', database], io)).toBe(0);
  expect(output).toContain('order.lines: 1 checked, right');
  await spoil();
  output = '';
  expect(await main(['verify', 'derived', folder, '--database', database], io)).toBe(1);
  expect(output).toContain('o1: 7, should be 1');
  expect(await main(['verify', 'derived', folder, '--database', database, '--repair'], io)).toBe(0);
  output = '';
  expect(await main(['verify', 'derived', folder, '--database', database, '--json'], io)).toBe(0);
  expect(JSON.parse(output)).toMatchObject({ drifted: 0 });
});

async function spoil(): Promise<void> {
  const driver = new SqlDriver({ url: database });
  await driver.connect();
  const table = {
    name: 'order',
    columns: [
      { name: 'id', type: 'text', nullable: false },
      { name: 'lines', type: 'integer', nullable: true },
    ],
    indexes: [],
  } as const;
  await driver.transaction((session) =>
    session.update({ table, set: { lines: 7 }, where: { op: 'eq', field: 'id', value: 'o1' } }),
  );
  await driver.close();
}
