import { silentLogger, type Contribution, type ContributionDelta } from '@objectos/spec/contracts';
import { expect, it } from 'vitest';
import { createContributionRegistry } from './contributions.js';

const LIMIT = 10_000;
const values = (list: readonly Contribution<unknown>[]) =>
  list.map(({ plugin, value }) => `${plugin}:${String(value)}`);
const told = (all: readonly Contribution<unknown>[], delta: ContributionDelta<unknown>) =>
  `${values(all).join()} +${values(delta.added).join()} -${values(delta.removed).join()}`;

it('tells a consumer at once what there is, and later what changed', async () => {
  const points = createContributionRegistry(silentLogger);
  const calls: string[] = [];
  const removeOne = points.contribute('p', 'a', 1);
  points.contribute('other', 'a', 9);
  points.consume('p', 'reader', (all, delta) => void calls.push(told(all, delta)));
  expect(calls).toEqual(['a:1 +a:1 -']);
  points.contribute('p', 'b', 2);
  await points.settle(LIMIT);
  await removeOne();
  await removeOne();
  await points.settle(LIMIT);
  expect(calls).toEqual(['a:1 +a:1 -', 'a:1,b:2 +b:2 -', 'b:2 + -a:1']);
  expect([points.size, points.consumers]).toEqual([2, 1]);
});

it('tells changes of one turn together', async () => {
  const points = createContributionRegistry(silentLogger);
  const calls: string[] = [];
  points.consume('p', 'reader', (all, delta) => void calls.push(told(all, delta)));
  points.contribute('p', 'a', 1);
  await points.contribute('p', 'a', 2)();
  points.contribute('p', 'a', 3);
  await points.settle(LIMIT);
  expect(calls).toEqual([' + -', 'a:1,a:3 +a:1,a:3 -']);
});

it('never overlaps the calls of a consumer, and settles when all are done', async () => {
  const points = createContributionRegistry(silentLogger);
  const calls: string[] = [];
  let running = 0;
  points.contribute('p', 'a', 1);
  points.consume('p', 'reader', async (all) => {
    running += 1;
    expect(running).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1));
    running -= 1;
    calls.push(values(all).join());
  });
  points.contribute('p', 'a', 2);
  await Promise.resolve();
  points.contribute('p', 'a', 3);
  await points.settle(LIMIT);
  expect(calls).toEqual(['a:1', 'a:1,a:2,a:3']);
});

it('tells a disposed consumer nothing more', async () => {
  const points = createContributionRegistry(silentLogger);
  let calls = 0;
  const dispose = points.consume('p', 'reader', () => void (calls += 1));
  points.contribute('p', 'a', 1);
  await dispose();
  await points.settle(LIMIT);
  expect([calls, points.consumers]).toEqual([1, 0]);
});

it('isolates a consumer that fails, names it, and forgives it when it succeeds', async () => {
  const points = createContributionRegistry(silentLogger);
  let others = 0;
  points.consume('p', 'reader', async (all) => {
    await Promise.resolve();
    if (all.some(({ value }) => value === 'bad')) throw new TypeError('cannot read bad');
  });
  points.consume('p', 'other', () => void (others += 1));
  const remove = points.contribute('p', 'a', 'bad');
  expect(await points.settle(LIMIT)).toEqual([
    {
      plugin: 'reader',
      point: 'p',
      error: expect.objectContaining({ message: 'cannot read bad' }),
    },
  ]);
  expect(points.failing('reader')).toBe('consumer of "p" failed: cannot read bad');
  expect(others).toBe(2);
  await remove();
  expect(await points.settle(LIMIT)).toEqual([]);
  expect(points.failing('reader')).toBeUndefined();
});

it('throws the first failure of a consumer into the plugin that consumes', () => {
  const points = createContributionRegistry(silentLogger);
  const consume = () =>
    points.consume('p', 'reader', () => {
      throw new TypeError('at once');
    });
  expect(consume).toThrow('at once');
  expect(points.consumers).toBe(0);
});

it('reports a first call that fails later', async () => {
  const points = createContributionRegistry(silentLogger);
  points.consume('p', 'reader', () => Promise.reject(new TypeError('later')));
  expect(await points.settle(LIMIT)).toMatchObject([{ plugin: 'reader' }]);
});

it('gives contributors and consumers values that do not change under them', async () => {
  const points = createContributionRegistry(silentLogger);
  let first: readonly Contribution<unknown>[] = [];
  points.contribute('p', 'a', 1);
  points.consume('p', 'reader', (all) => void (first = first.length === 0 ? all : first));
  points.contribute('p', 'a', 2);
  await points.settle(LIMIT);
  expect(values(first)).toEqual(['a:1']);
});

it('misses no change, at whatever moment of another it comes', async () => {
  for (let turns = 0; turns < 20; turns += 1) {
    const points = createContributionRegistry(silentLogger);
    let seen: string[] = [];
    points.consume('p', 'reader', (all) => void (seen = values(all)));
    points.contribute('p', 'a', 1);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    points.contribute('p', 'a', 2);
    await points.settle(LIMIT);
    expect(seen).toEqual(['a:1', 'a:2']);
  }
});
