import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { MigrationProgress } from '../../src/index.js';
import { filesOf, openWorld, system } from './support.js';

const item = (field: string) => ({ item: `fields:\n  value: ${field}\n` });

it('two nodes that start at once migrate once', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-nodes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${path.join(folder, 'data.sqlite')}`;
  const [one, other] = [await openWorld(url), await openWorld(url)];
  await one.load(item('{ type: text }'));
  await one.insert(
    'item',
    ...Array.from({ length: 700 }, (_, index) => ({ value: String(index) })),
  );
  const to = item('{ type: number }');
  const steps = await Promise.all([one.load(to, 'backfill'), other.load(to, 'backfill')]);
  expect(steps.map((count) => count > 0).sort()).toEqual([false, true]);
  expect((await one.status(to)).history).toHaveLength(2);
  expect(await other.runtime.engine.count('item', {}, system)).toBe(700);
});

it('tells other processes how far it is, and goes on counting', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'objectql-nodes-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const url = `sqlite:${path.join(folder, 'data.sqlite')}`;
  const [one, other] = [await openWorld(url), await openWorld(url)];
  await one.load(item('{ type: text }'));
  await one.insert('item', ...Array.from({ length: 1_100 }, () => ({ value: '1' })));
  const { migrator } = other.runtime;
  const told: MigrationProgress[] = [];
  const looks: ReturnType<typeof migrator.overview>[] = [];
  await one.apply(item('{ type: number }'), {
    onProgress(progress) {
      told.push(progress);
      looks.push(migrator.overview());
    },
    pause: 20,
  });
  const converting = told.filter(({ rows }) => rows !== undefined);
  expect(converting.map(({ rows, total }) => [rows, total])).toEqual([
    [500, 1_100],
    [1_000, 1_100],
    [1_100, 1_100],
  ]);
  const percents = told.map(({ percent }) => percent);
  expect(percents).toEqual([...percents].sort((a, b) => a - b));
  expect(new Set(percents).size).toBeGreaterThan(3);
  const seen = (await Promise.all(looks)).flatMap(({ running }) => running);
  expect(seen.find(({ rows }) => rows !== undefined)).toMatchObject({
    kind: 'apply',
    step: expect.stringContaining('convert') as unknown,
    total: 1_100,
    failure: null,
    movedAt: expect.stringMatching(/^\d{4}-/) as unknown,
  });
  const after = await migrator.overview();
  expect(after.running).toEqual([]);
  expect(after.history.map(({ state }) => state)).toEqual(['done', 'done']);
});

it('what others write while values are converted is converted too', async () => {
  const world = await openWorld();
  await world.load(item('{ type: text }'));
  const values = Array.from({ length: 600 }, (_, index) => ({ value: String(index) }));
  const [first = ''] = await world.insert('item', ...values);
  let written = false;
  const write = async () => {
    if (written) return;
    written = true;
    await world.runtime.engine.update('item', first, { value: '4711' }, system);
  };
  const pending: Promise<void>[] = [];
  await world.apply(item('{ type: number }'), {
    onProgress({ rows }) {
      if (rows === 500) pending.push(write());
    },
    pause: 20,
  });
  await Promise.all(pending);
  await world.load(item('{ type: number }'));
  expect((await world.values('item', 'value'))[0]).toBe(4711);
});

it('a value that does not convert and comes late stops it, and nothing is lost', async () => {
  const world = await openWorld();
  await world.load(item('{ type: text }'));
  const values = Array.from({ length: 600 }, (_, index) => ({ value: String(index) }));
  const [first = ''] = await world.insert('item', ...values);
  const { engine } = world.runtime;
  const pending: Promise<unknown>[] = [];
  const number = item('{ type: number }');
  const stopped = world.apply(number, {
    onProgress({ rows }) {
      if (rows === 500) pending.push(engine.update('item', first, { value: 'late' }, system));
    },
    pause: 20,
  });
  await expect(stopped).rejects.toMatchObject({ code: 'migration_failed' });
  await Promise.all(pending);
  const { running } = await world.status(number);
  expect(running?.failure).toContain('"late"');
  const [seen] = (await world.runtime.migrator.overview()).running;
  expect(seen).toMatchObject({
    step: expect.stringContaining('once more') as unknown,
    failure: running?.failure,
  });
  expect(seen?.percent).toBeGreaterThan(0);
  await engine.update('item', first, { value: '7' }, system);
  await world.apply(number);
  await world.runtime.load([{ layer: 'app', files: filesOf(number) }]);
  expect((await world.values('item', 'value'))[0]).toBe(7);
  expect((await world.status(number)).running).toBeUndefined();
});
