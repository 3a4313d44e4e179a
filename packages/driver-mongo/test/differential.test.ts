import { SqlDriver } from '@objectql/driver-sql';
import type {
  Aggregation,
  AggregateStatement,
  Driver,
  DriverSession,
  GroupKey,
  Row,
} from '@objectql/core/driver';
import { matches, sorted } from '@objectos/testing';
import type { SortKey } from '@objectos/spec/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoDriver } from '../src/index.js';
import { databases, type OpenedDatabase } from './databases.js';
import { filter, item, piece, pieceRow, relatedFilter, row, sort } from './generated.js';

const numbered = (from: number) => (rows: readonly Row[]) =>
  rows.map((values, index): Row => ({ ...values, id: String(index + from) }));
const rows = fc.array(row, { maxLength: 10 }).map(numbered(10));
const pieces = fc.array(pieceRow, { maxLength: 8 }).map(numbered(100));

const group: fc.Arbitrary<GroupKey> = fc.oneof(
  fc.constantFrom('name', 'size', 'ratio', 'price', 'active', 'born', 'opens', 'seen'),
  fc.record({
    column: fc.constantFrom('born', 'seen'),
    unit: fc.constantFrom('day', 'week', 'month', 'quarter', 'year'),
    timeZone: fc.constantFrom('UTC', 'Europe/Berlin', 'America/New_York'),
    alias: fc.constant('span'),
  }),
);
const aggregation: fc.Arbitrary<Omit<Aggregation, 'alias'>> = fc.oneof(
  fc.constant({ function: 'count' as const }),
  fc.record({
    function: fc.constantFrom('count', 'countDistinct', 'min', 'max'),
    column: fc.constantFrom('name', 'size', 'ratio', 'price', 'active', 'born', 'seen', 'small'),
  }),
  fc.record({
    function: fc.constantFrom('sum', 'avg'),
    column: fc.constantFrom('size', 'ratio', 'price', 'small'),
  }),
);
const aggregate: fc.Arbitrary<AggregateStatement> = fc
  .record({
    keys: fc.uniqueArray(group, {
      maxLength: 2,
      selector: (key) => (typeof key === 'string' ? key : key.alias),
    }),
    list: fc.array(aggregation, { minLength: 1, maxLength: 3 }),
    where: filter,
    when: filter,
    least: fc.constantFrom(undefined, -1, 0, 0.5, 1, 2),
    direction: fc.constantFrom('asc' as const, 'desc' as const),
    limit: fc.constantFrom(undefined, 0, 1, 3),
  })
  .map(({ keys, list, where, when, least, direction, limit }) => {
    const numeric = list.findIndex(({ function: name }) => name === 'sum' || name === 'avg');
    const having = least === undefined || numeric === -1 ? {} : bound(`a${numeric}`, least);
    return {
      table: item,
      derived: [{ kind: 'conditional', alias: 'small', when, column: 'size' }],
      groupBy: keys,
      aggregations: list.map((one, index) => ({ ...one, alias: `a${index}` })),
      where,
      ...having,
      orderBy: [{ field: 'a0', direction }],
      limit,
    };
  });

function bound(field: string, value: number): Pick<AggregateStatement, 'having'> {
  return { having: { op: 'gte', field, value } };
}

async function fill(driver: Driver, things: readonly Row[], parts: readonly Row[]): Promise<void> {
  await driver.transaction(async (session: DriverSession) => {
    for (const table of [item, piece]) {
      await session.delete({ table, where: { op: 'and', args: [] } });
    }
    await session.insert(item, things);
    await session.insert(piece, parts);
  });
}

describe.each(databases)('generated statements: $name', ({ open }) => {
  let place: OpenedDatabase;
  let mongo: MongoDriver;
  const sqlite = new SqlDriver({ url: ':memory:' });

  beforeAll(async () => {
    place = await open();
    mongo = new MongoDriver({ url: place.url });
    for (const driver of [mongo, sqlite]) {
      await driver.connect();
      await driver.applySchema([item, piece].map((table) => ({ kind: 'createTable', table })));
    }
  });
  afterAll(async () => {
    await mongo.close();
    await sqlite.close();
    await place.drop();
  });

  it('find, sort and page as on SQLite and in the naive evaluation', async () => {
    const queries = fc.array(fc.record({ where: relatedFilter, keys: sort }), {
      minLength: 1,
      maxLength: 5,
    });
    await fc.assert(
      fc.asyncProperty(rows, pieces, queries, async (things, parts, list) => {
        await fill(mongo, things, parts);
        await fill(sqlite, things, parts);
        for (const { where, keys } of list) {
          const orderBy: SortKey[] = [...keys, { field: 'id', direction: 'asc' }];
          const found = things.filter((one) => matches(where, one, () => parts));
          const ids = sorted(found, orderBy).map(({ id }) => ({ id }));
          const statement = { table: item, columns: ['id'], where, orderBy };
          expect(await mongo.reader.find(statement), 'mongo').toEqual(ids);
          expect(await sqlite.reader.find(statement), 'sqlite').toEqual(ids);
          const page = { ...statement, offset: 1, limit: 2 };
          expect(await mongo.reader.find(page)).toEqual(ids.slice(1, 3));
          expect(await mongo.reader.count({ table: item, where })).toBe(ids.length);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('aggregate as on SQLite', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        fc.array(aggregate, { minLength: 1, maxLength: 5 }),
        async (things, statements) => {
          await fill(mongo, things, []);
          await fill(sqlite, things, []);
          for (const statement of statements) {
            const expected = await sqlite.reader.aggregate(statement);
            expect(await mongo.reader.aggregate(statement)).toEqual(expected);
          }
        },
      ),
      { numRuns: 80 },
    );
  });

  it('update and delete the rows that they find', async () => {
    await fc.assert(
      fc.asyncProperty(
        rows,
        pieces,
        relatedFilter,
        relatedFilter,
        async (things, parts, one, two) => {
          const left = [];
          for (const driver of [mongo, sqlite]) {
            await fill(driver, things, parts);
            const counts = await driver.transaction(async (session) => [
              await session.update({ table: item, set: { size: 3, code: null }, where: one }),
              await session.delete({ table: item, where: two }),
            ]);
            const columns = item.columns.map(({ name }) => name);
            const orderBy: SortKey[] = [{ field: 'id', direction: 'asc' }];
            left.push([counts, await driver.reader.find({ table: item, columns, orderBy })]);
          }
          expect(left[0]).toEqual(left[1]);
        },
      ),
      { numRuns: 40 },
    );
  });
});
