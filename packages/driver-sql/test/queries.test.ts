import { createObjectQL, type ObjectQL } from '@objectql/core';
import type { Row } from '@objectql/core/driver';
import { emptyPostgres, findPostgres } from '@objectos/testing';
import { systemContext, type AggregateQuery, type Query } from '@objectos/spec/contracts';
import { describe, expect, it } from 'vitest';
import { SqlDriver } from '../src/index.js';
import { generate, type World } from './queries/generate.js';
import { groupsOf, matching, ordered } from './queries/naive.js';

/*
 * Generated objects, rows and queries, answered by the engine over a database and by a naive
 * evaluation in memory. A failure tells its seed: `QUERY_SEED=… pnpm exec vitest run …`.
 */

const SEED = Number(process.env['QUERY_SEED'] ?? Date.now() % 1_000_000);
const postgres = await findPostgres();
const ctx = systemContext('differential');

async function load(objectql: ObjectQL, world: World): Promise<void> {
  await objectql.loadSources(
    world.objects.map(({ name, text }) => ({ file: `objects/${name}.object.yml`, text })),
  );
  for (const { name } of world.objects) {
    const rows = world.rows.get(name) ?? [];
    const written = await objectql.insertMany(
      name,
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)),
      ),
      ctx,
      { acceptId: true },
    );
    expect(written.every((row) => row.success)).toBe(true);
  }
}

const ids = (rows: readonly Row[]) => rows.map((row) => row['id']);

async function checkList(objectql: ObjectQL, world: World, query: Query): Promise<void> {
  const rows = ordered(world, matching(world, 'child', query.where), query.orderBy ?? []);
  const all = await objectql.find('child', { ...query, limit: 1_000, count: true }, ctx);
  expect(ids(all.records)).toEqual(ids(rows));
  expect(all.total).toBe(rows.length);
  const paged: unknown[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page = await objectql.find('child', { ...query, limit: 7, cursor }, ctx);
    paged.push(...ids(page.records));
    cursor = page.next;
  }
  expect(paged).toEqual(ids(rows));
}

async function checkGroups(objectql: ObjectQL, world: World, query: AggregateQuery): Promise<void> {
  const { rows } = await objectql.aggregate('child', query, ctx);
  const expected = groupsOf(world, query);
  expect(rows.length).toBe(expected.length);
  rows.forEach((row, at) => {
    for (const [name, value] of Object.entries(expected[at] ?? {})) {
      if (typeof value === 'number' && !Number.isInteger(value)) {
        expect(row[name], name).toBeCloseTo(value, 6);
      } else expect(row[name], name).toEqual(value);
    }
  });
}

async function compare(seed: number, driver: SqlDriver, queries: number): Promise<void> {
  const world = generate(seed);
  const objectql = createObjectQL({ driver });
  try {
    await load(objectql, world);
    for (let at = 0; at < queries; at += 1) {
      const [query, groups] = [world.nextQuery(), world.nextAggregate()];
      try {
        await checkList(objectql, world, query);
        await checkGroups(objectql, world, groups);
      } catch (error) {
        const told = JSON.stringify({ query, groups, objects: world.objects }, null, 1);
        throw new Error(`seed ${seed}, query ${at}: ${told}`, { cause: error });
      }
    }
  } finally {
    await objectql.close();
  }
}

describe(`generated queries, seed ${SEED}`, () => {
  it.each([0, 1, 2, 3])('answer on SQLite as in memory (%i)', async (run) => {
    await compare(SEED + run, new SqlDriver({ url: ':memory:' }), 60);
  });

  it.skipIf(postgres === undefined).each([0, 1])(
    'answer on PostgreSQL as in memory (%i)',
    async (run) => {
      const place = await emptyPostgres(postgres ?? '');
      try {
        await compare(SEED + run, new SqlDriver({ url: place.url }), 60);
      } finally {
        await place.drop();
      }
    },
    60_000,
  );
});
